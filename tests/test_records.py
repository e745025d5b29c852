"""models/records.py: what was recognised comes back as it was, and only for the bundle that recognised it."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from saidmeant.models.manifest import Utterance
from saidmeant.models.records import Record, key, open_records, recognizer_digest
from saidmeant.models.stability import Stability
from saidmeant.streaming import Recognizer
from saidmeant.streaming.errors import UsageError
from saidmeant.streaming.hypothesis import Token, Word
from saidmeant.streaming.language_model_file import read_language_model, shipped_language_model

ONE = Utterance("one", Path("here/one.wav"), "a", "", 0.0, None, {})
TWO = dataclasses.replace(ONE, id="two")
HEARD = Record(
    (Token("AH", 0.04, 0.12, 0.96875),),
    (Word("a", 0.08, 0.16, 0.1 + 0.2),),
    1.5,
    0.0123,
    stability=(Stability(1, 0, 0, 1, 0), Stability(3, 2, 1, 1, 0)),
)
DEAF = Record(None, None, 1.0, 0.1)


def test_what_is_kept_comes_back(tmp_path: Path, recognizer: Recognizer) -> None:
    path = tmp_path / "dev.records"
    first = open_records(path, recognizer)
    assert first.recognised == {}
    first.add(ONE, HEARD)
    first.add_peer("whisper-base", ONE, "Ä, it's 5.")
    first.close()
    second = open_records(path, recognizer)
    second.add(TWO, DEAF)
    second.close()
    third = open_records(path, recognizer)
    third.close()
    assert third.recognised == {key(ONE): HEARD, key(TWO): DEAF}
    assert third.peers == {("whisper-base", key(ONE)): "Ä, it's 5."}
    assert HEARD.text == "a"
    assert DEAF.text is None


def test_the_manifest_may_lie_elsewhere() -> None:
    assert key(ONE) == key(dataclasses.replace(ONE, audio=Path("there/one.wav")))
    assert key(ONE) != key(dataclasses.replace(ONE, audio=Path("here/other.wav")))


def changed(recognizer: Recognizer, **fields: Any) -> Recognizer:
    """The same with other fields in its bundle's manifest."""
    other = copy.copy(recognizer)
    manifest = dataclasses.replace(recognizer.bundle.manifest, **fields)
    other.bundle = dataclasses.replace(recognizer.bundle, manifest=manifest)
    return other


def test_another_bundle_has_its_own(tmp_path: Path, recognizer: Recognizer) -> None:
    path = tmp_path / "dev.records"
    open_records(path, recognizer).close()
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"dev\.records holds what another bundle or decoding recognised \(.*\); give"):
        open_records(path, changed(recognizer, files={"model.onnx": "0"}))
    assert path.read_bytes() == before
    open_records(path, changed(recognizer, name="copy", figures={"meaning_wer": 0.0})).close()


def test_another_decoding_is_told_apart(recognizer: Recognizer) -> None:
    heavier = changed(recognizer, language_weight=recognizer.bundle.manifest.language_weight + 1)
    assert recognizer_digest(heavier) != recognizer_digest(recognizer)
    with_model = changed(recognizer, language_model="en")
    with_model.language_model = read_language_model(shipped_language_model("en"))
    without = copy.copy(with_model)
    without.language_model = None
    assert recognizer_digest(with_model) != recognizer_digest(without)


@pytest.mark.parametrize("content", ["my notes\n", "[]\n", '{"id": 1}\n', "\n{}"])
def test_any_other_file_is_left_alone(tmp_path: Path, recognizer: Recognizer, content: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"notes\.txt holds no records"):
        open_records(path, recognizer)
    assert path.read_text() == content


def test_a_line_that_was_cut_short_is_done_again(tmp_path: Path, recognizer: Recognizer) -> None:
    path = tmp_path / "dev.records"
    records = open_records(path, recognizer)
    records.add(ONE, HEARD)
    records.add(TWO, HEARD)
    records.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    again = open_records(path, recognizer)
    assert list(again.recognised) == [key(ONE)]
    again.add(TWO, HEARD)
    again.close()
    assert path.read_bytes() == whole


def test_a_damaged_line_is_named(tmp_path: Path, recognizer: Recognizer) -> None:
    path = tmp_path / "dev.records"
    records = open_records(path, recognizer)
    records.add(ONE, HEARD)
    records.close()
    path.write_text(path.read_text() + '{"key": ["one"]}\n')
    with pytest.raises(UsageError, match=r"dev\.records, line 3: not a record"):
        open_records(path, recognizer)
