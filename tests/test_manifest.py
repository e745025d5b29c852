"""models/manifest.py: what a line means, and one clear error for a line that means nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saidmeant.models.manifest import ManifestError, read_manifest
from saidmeant.streaming.jamo import named

GOOD = {"audio": "set/one.opus", "text": "Some  THINGS", "duration": 1.5, "speaker": 7, "age": 12}
WORD = {"text": "THINGS", "canonical": ["TH", "IH", "NG", "Z"], "surface": ["T", "IH", "Z"], "accuracy": [0, 2, 0.4, 2]}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "set.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_reads_every_field(tmp_path: Path) -> None:
    (utterance,) = read_manifest(write(tmp_path, {**GOOD, "id": "a", "words": [WORD]}))
    assert (utterance.id, utterance.speaker, utterance.duration) == ("a", "7", 1.5)
    assert utterance.audio == tmp_path / "set" / "one.opus"
    assert utterance.text == "some things"
    assert utterance.words is not None
    assert utterance.words[0].text == "things"
    assert utterance.words[0].accuracy == (0.0, 2.0, 0.4, 2.0)
    assert utterance.fields == {"age": 12}


def test_jamo_may_be_written_by_their_names(tmp_path: Path) -> None:
    named_word = {"text": "각", "canonical": ["ㄱ", "ㅏ", "-ㄱ"], "surface": ["ᄀ", "ᅡ", "<unk>"]}
    (utterance,) = read_manifest(write(tmp_path, {**GOOD, "language": "ko", "words": [named_word]}))
    assert (utterance.language, utterance.canonical) == ("ko", named("ㄱ ㅏ -ㄱ"))
    assert utterance.surface == (*named("ㄱ ㅏ"), "<unk>")


def test_optional_fields_may_be_absent(tmp_path: Path) -> None:
    (utterance,) = read_manifest(write(tmp_path, {"audio": "one.wav", "text": "yes"}))
    assert (utterance.id, utterance.speaker, utterance.duration, utterance.words) == ("one.wav", "", 0.0, None)
    assert utterance.canonical is None
    assert utterance.surface is None


def test_phones_of_the_words_are_joined(tmp_path: Path) -> None:
    silent = {"text": "A", "canonical": ["AH"], "surface": []}
    (utterance,) = read_manifest(write(tmp_path, {**GOOD, "words": [silent, WORD]}))
    assert utterance.canonical == ("AH", "TH", "IH", "NG", "Z")
    assert utterance.surface == ("T", "IH", "Z")


def test_one_word_of_unknown_surface_makes_it_unknown(tmp_path: Path) -> None:
    (utterance,) = read_manifest(write(tmp_path, {**GOOD, "words": [WORD, {**WORD, "surface": None}]}))
    assert utterance.surface is None
    assert utterance.canonical == ("TH", "IH", "NG", "Z") * 2


def test_lines_are_counted_with_the_empty_ones(tmp_path: Path) -> None:
    utterances = read_manifest(write(tmp_path, GOOD, "", "   ", GOOD))
    assert [utterance.line for utterance in utterances] == [1, 4]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "not JSON"),
        ("RIFF....WAVEfmt", "not JSON"),
        ("[1]", "a line must be a JSON object, found [1]"),
        ({"text": "yes"}, "the field 'audio' is missing"),
        ({"audio": "one.wav"}, "the field 'text' is missing"),
        ({**GOOD, "audio": 5}, "audio must be a path, found 5"),
        ({**GOOD, "text": None}, "text must be a string, found null"),
        ({**GOOD, "duration": "long"}, 'duration must be a number of seconds, found "long"'),
        ({**GOOD, "duration": True}, "duration must be a number of seconds, found true"),
        ({**GOOD, "words": {"a": 1}}, "words must be a list"),
        ({**GOOD, "words": ["yes"]}, "a word must be a JSON object"),
        ({**GOOD, "words": [{"text": "YES"}]}, "the field 'canonical' is missing"),
        ({**GOOD, "words": [{**WORD, "surface": "T IH Z"}]}, "surface must be a list of phones"),
        ({**GOOD, "words": [{**WORD, "canonical": [1]}]}, "canonical must be a list of phones, found 1"),
        ({**GOOD, "words": [{**WORD, "accuracy": [2]}]}, "accuracy has 1 numbers for 4 canonical phones"),
        ({**GOOD, "words": [{**WORD, "accuracy": ["x"] * 4}]}, 'accuracy must be numbers, found "x"'),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: object, fault: str) -> None:
    path = write(tmp_path, GOOD, line)
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert str(caught.value).startswith(f"{path}, line 2: ")
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ManifestError, match="not UTF-8 text"):
        read_manifest(path)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_manifest(tmp_path / "none.jsonl")
