"""Formats, folders and contradicting options: a document per recording, nothing lost, nothing written over."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pysubs2
import pytest
import soundfile
from terminals import on_a_terminal, without_styles

from saidmeant.streaming.cli import main
from saidmeant.streaming.documents import SUFFIXES
from saidmeant.streaming.transcripts import read_transcripts

DATA = Path(__file__).parent / "data"
THINK, THREE = DATA / "think.wav", DATA / "three_sentences.wav"
PAUSES = ["--pause-ms", "800"]  # shorter than those between the three sentences

Captured = pytest.CaptureFixture[str]


def test_one_recording_goes_to_standard_output(bundle: str, capsys: Captured) -> None:
    assert main(["transcribe", "--format", "srt", *PAUSES, "--bundle", bundle, str(THREE)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    cues = pysubs2.SSAFile.from_string(captured.out, "srt")
    assert len(cues) == 3
    assert all(500 <= cue.duration <= 7000 for cue in cues)


def test_several_recordings_make_one_table(bundle: str, capsys: Captured) -> None:
    options = ["--format", "csv", *PAUSES, "--bundle", bundle]
    assert main(["transcribe", *options, str(THINK), "nowhere.wav", str(THREE)]) == 1
    captured = capsys.readouterr()
    assert captured.err == "saidmeant: nowhere.wav does not exist\n"
    rows = list(csv.DictReader(io.StringIO(captured.out)))
    assert captured.out.count("segment") == 1, "one header"
    assert {row["file"] for row in rows} == {str(THINK), str(THREE)}
    assert {row["segment"] for row in rows} == {"0", "1", "2"}


@pytest.mark.parametrize("kind", SUFFIXES)
def test_a_folder_gets_a_file_for_each_and_says_so(kind: str, bundle: str, tmp_path: Path, capsys: Captured) -> None:
    shutil.copy(THINK, tmp_path / "other.wav")
    names = [str(THINK), str(tmp_path / "other.wav")]
    options = ["transcribe", "--format", kind, "--output", str(tmp_path / "a" / "b"), "--bundle", bundle]
    assert main([*options, *names]) == 0
    captured = capsys.readouterr()
    files = [tmp_path / "a" / "b" / f"{Path(name).stem}{SUFFIXES[kind]}" for name in names]
    assert captured.out == ""
    assert captured.err == "".join(f"saidmeant: wrote {file}\n" for file in files)
    first, second = (file.read_text(encoding="utf-8") for file in files)
    assert "right" in first
    assert first.replace(names[0], names[1]) == second
    assert main([*options, names[0]]) == 0
    assert capsys.readouterr().err == f"saidmeant: replaced {files[0]}\n"


def test_json_in_a_folder_is_what_replay_reads(bundle: str, tmp_path: Path, capsys: Captured) -> None:
    assert main(["transcribe", "--json", "--bundle", bundle, str(THREE)]) == 0
    printed = capsys.readouterr().out
    assert main(["transcribe", "--json", "--output", str(tmp_path), "--bundle", bundle, str(THREE)]) == 0
    written = tmp_path / "three_sentences.jsonl"
    assert written.read_text(encoding="utf-8") == printed
    (found,) = read_transcripts(written)
    assert [update.as_dict() for update in found.finals] == [
        {key: value for key, value in json.loads(line).items() if key != "file"} for line in printed.splitlines()
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("transcribe --format srt a.wav b.wav", "--format srt makes a document for each of 2 recordings: add --output"),
        ("transcribe --format srt --output {0} a/x.wav b/x.flac", "a/x.wav and b/x.flac would both become {0}/x.srt"),
        ("transcribe --format csv --updates a.wav", "--format csv writes finished documents: leave out --updates"),
        ("transcribe --format vtt --live a.wav", "--format vtt writes finished documents: leave out --live"),
        ("transcribe --output {0} --updates a.wav", "--output writes finished documents: leave out --updates"),
        ("transcribe --record {0} a.wav", "--record keeps what a microphone or raw PCM delivers"),
        ("transcribe --record {0} -", "--record needs --sample-rate"),
        ("transcribe --json --format srt a.wav", "argument --format: not allowed with argument --json"),
        ("transcribe --format pdf a.wav", "argument --format: invalid choice: 'pdf'"),
        ("transcribe --phones sampa a.wav", "argument --phones: invalid choice: 'sampa'"),
        ("replay --speed 0 a.jsonl", "argument --speed: '0' is not a factor from 0.1 to 100"),
        ("replay --speed fast a.jsonl", "argument --speed: 'fast' is not a factor"),
        ("replay --speed nan a.jsonl", "argument --speed: 'nan' is not a factor"),
        ("replay --play --speed 2 {0}/a.jsonl", "--play has the pace of the recording: leave out --speed"),
    ],
)
def test_what_contradicts_itself_gets_one_line_and_status_2(
    arguments: str, message: str, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "a.jsonl").touch()
    assert main(shlex.split(arguments.format(tmp_path))) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"saidmeant: {message.format(tmp_path)}")
    assert captured.err.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_one_line(bundle: str, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "file").touch()
    assert main(["transcribe", "--output", str(tmp_path / "file" / "a"), "--bundle", bundle, str(THINK)]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"saidmeant: cannot write into {tmp_path / 'file' / 'a'}: Not a directory\n"


def test_what_was_heard_before_an_error_is_in_the_document(bundle: str, tmp_path: Path, capsys: Captured) -> None:
    samples, sample_rate = soundfile.read(THINK, dtype="float32")
    path = tmp_path / "broken.wav"
    soundfile.write(path, np.append(samples, np.full(4_800, np.nan, np.float32)), sample_rate, subtype="FLOAT")
    assert main(["transcribe", "--format", "srt", "--bundle", bundle, str(path)]) == 1
    captured = capsys.readouterr()
    assert "right" in captured.out
    assert captured.err == "saidmeant: the samples contain NaN or infinity\n"


def test_phones_are_shown_as_asked_and_json_keeps_its_own(bundle: str, capsys: Captured) -> None:
    assert main(["transcribe", "--phones", "respelling", "--bundle", bundle, str(THINK)]) == 0
    said = capsys.readouterr().out.splitlines()[1]
    assert re.fullmatch(r" +said +[a-z -]+", said)
    assert main(["transcribe", "--phones", "ipa", "--json", "--bundle", bundle, str(THINK)]) == 0
    ipa = capsys.readouterr().out
    assert main(["transcribe", "--json", "--bundle", bundle, str(THINK)]) == 0
    assert capsys.readouterr().out == ipa


def test_live_lines_are_spelled_too(bundle: str) -> None:
    status, shown, errors = on_a_terminal(
        ["transcribe", "--live", "--phones", "respelling", "--bundle", bundle, str(THINK)], stdout=True, stderr=False
    )
    assert (status, errors) == (0, "")
    said = re.findall(r"said +(.*)", without_styles(shown))
    assert len(said) > 2
    assert all(re.fullmatch(r"[a-z -]*", line) for line in said)
