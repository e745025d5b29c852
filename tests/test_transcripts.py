"""Updates back from JSON: the same ones, by recording, and a clear line for what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from saidmeant.streaming import AudioFile, Recognizer, SaidMeantError, Update, read_updates
from saidmeant.streaming.hypothesis import JSON_VERSION, rounded
from saidmeant.streaming.transcripts import read_transcripts

THREE = Path(__file__).parent / "data" / "three_sentences.wav"


@pytest.fixture(scope="module")
def updates(recognizer: Recognizer) -> list[Update]:
    """Partial and final ones of a real recording."""
    return list(recognizer.stream(AudioFile(THREE)))


def line(update: Update, **front: Any) -> str:
    return json.dumps(front | update.as_dict()) + "\n"


def test_updates_come_back_equal_up_to_rounding(updates: list[Update], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(line(update, file="a.wav") for update in updates), encoding="utf-8")
    back = read_updates(path)
    assert [update.as_dict() for update in back] == [update.as_dict() for update in updates]
    for one, other in zip(back, updates, strict=True):
        assert one.surface.tokens[0].start == pytest.approx(other.surface.tokens[0].start, abs=0.0005)
        assert type(one) is type(other)
        assert type(one.spans) is tuple
    assert back == [Update.from_dict(rounded(update.as_dict(), 3)) for update in updates]


def test_recordings_are_kept_apart(updates: list[Update], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    finals = [update for update in updates if update.final]
    path.write_text("".join(line(u, file=name) for name in ("a.wav", "b.wav") for u in finals), encoding="utf-8")
    first, second = read_transcripts(path)
    assert (first.file, second.file) == ("a.wav", "b.wav")
    assert first.finals == second.finals
    assert len(first.finals) == len(finals)
    assert not first.cut


def test_an_array_is_read_too(updates: list[Update], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([update.as_dict() for update in updates], indent=1), encoding="utf-8")
    (found,) = read_transcripts(path)
    assert (found.file, len(found.updates)) == ("", len(updates))


def test_a_last_line_that_was_cut_off_costs_only_itself(updates: list[Update], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    whole = "".join(line(update) for update in updates)
    path.write_text(whole[:-10], encoding="utf-8")
    (found,) = read_transcripts(path)
    assert found.cut
    assert len(found.updates) == len(updates) - 1
    path.write_text(line(updates[0])[:50], encoding="utf-8")
    (found,) = read_transcripts(path)
    assert (found.cut, found.updates) == (True, ())


def test_an_empty_file_is_a_session_in_which_nothing_was_said(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    (found,) = read_transcripts(tmp_path / "a.jsonl")
    assert (found.updates, found.cut) == ((), False)


def changed(update: Update, **changes: Any) -> str:
    return json.dumps(update.as_dict() | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": JSON_VERSION + 1}, r"line 2: not an update of version 1: its version is 2; a newer saidmeant"),
        ({"version": None}, r"line 2: not an update of version 1: its version is None$"),
        ({"start": "now"}, r"line 2: not an update: start: expected float, found 'now'"),
        ({"spans": [{"word": "a"}]}, r"line 2: not an update: spans\[0\]: missing key 'start'"),
        ({"loudness": 3}, r"line 2: not an update: unknown key 'loudness'; valid keys: segment, "),
    ],
)
def test_a_wrong_line_is_named(changes: dict[str, Any], message: str, updates: list[Update], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line(updates[0]) + changed(updates[0], **changes) + "\n" + line(updates[0]), encoding="utf-8")
    with pytest.raises(SaidMeantError, match=message):
        read_updates(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello\n", "line 1: not JSON as"),
        (b"3\n", "line 1: not an update: expected a JSON object"),
        (b"[3]", "item 1: not an update: expected a JSON object"),
        (b"{}\n", "line 1: not an update of version 1: its version is None"),
        (b"RIFF\xff\xfe\x00WAVE", "is not a transcript in JSON: it is not UTF-8 text"),
    ],
)
def test_another_file_is_refused_in_one_line(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(SaidMeantError, match=message) as refused:
        read_updates(tmp_path / "a.jsonl")
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SaidMeantError, match=r"cannot read .*nowhere\.jsonl: No such file"):
        read_updates(tmp_path / "nowhere.jsonl")
