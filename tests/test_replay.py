"""Sessions shown again from their JSON: all that was said, at its pace, with or without the recording; and exported."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path

import pytest
from korean import update_of
from terminals import on_a_terminal, without_styles

from saidmeant.streaming import AudioFile, EndpointConfig, Recognizer, Update, to_srt, to_textgrid
from saidmeant.streaming.cli import main
from saidmeant.streaming.replay import Replayed, partial_at

THREE = Path(__file__).parent / "data" / "three_sentences.wav"
THINK = Path(__file__).parent / "data" / "think.wav"

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def finals(recognizer: Recognizer) -> list[Update]:
    return recognizer.transcribe(AudioFile(THREE), endpoint=EndpointConfig(pause_ms=800))


@pytest.fixture
def session(finals: list[Update], tmp_path: Path) -> Path:
    """A recorded session: three sentences, the audio beside the JSON."""
    shutil.copy(THREE, tmp_path / "take.wav")
    path = tmp_path / "take.jsonl"
    lines = [json.dumps({"file": "take.wav"} | update.as_dict()) + "\n" for update in finals]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_piped_it_is_the_transcript(session: Path, bundle: str, capsys: Captured) -> None:
    assert main(["transcribe", "--bundle", bundle, "--pause-ms", "800", str(THREE)]) == 0
    transcript = capsys.readouterr().out
    began = time.monotonic()
    assert main(["replay", str(session)]) == 0
    assert time.monotonic() - began < 5, "nobody watches: no need to wait"
    assert capsys.readouterr().out == transcript


def test_on_a_terminal_the_lines_grow_at_the_pace_of_speech(session: Path, capsys: Captured) -> None:
    main(["replay", str(session)])
    transcript = capsys.readouterr().out
    began = time.monotonic()
    status, shown, errors = on_a_terminal(["replay", "--speed", "4", str(session)], stdout=True, stderr=False)
    took = time.monotonic() - began
    assert (status, errors) == (0, "")
    text = without_styles(shown)
    for line in transcript.splitlines():
        assert line in text
    assert text.count("meant") > 12
    assert re.search(r"\[#+\.*\] +-?\d+ dB", text), "the recording moves the level meter"
    assert took >= (AudioFile(THREE).duration or 0.0) / 4


def test_without_the_recording_it_is_shown_too(session: Path) -> None:
    (session.parent / "take.wav").unlink()
    status, shown, errors = on_a_terminal(["replay", "--speed", "50", str(session)], stdout=True, stderr=False)
    assert (status, errors) == (0, "")
    assert "no sound" not in shown
    assert without_styles(shown).count("0:0") >= 3


def test_a_partial_is_what_had_begun(finals: list[Update]) -> None:
    final = finals[0]
    for second in (token.start for token in final.surface.tokens):
        partial = partial_at(final, second)
        assert not partial.final
        assert partial.surface.tokens == tuple(token for token in final.surface.tokens if token.start < second)
        assert partial.meaning.text == " ".join(word.text for word in partial.meaning.words)
    whole = partial_at(final, final.end)
    assert (whole.surface, whole.meaning.text) == (final.surface, final.meaning.text)


@pytest.mark.parametrize("recording", [THREE, THINK, None], ids=["its own", "too short", "none"])
def test_every_segment_comes_once_and_in_its_order(recording: Path | None, finals: list[Update]) -> None:
    source = Replayed(None if recording is None else AudioFile(recording), finals, 100.0, None)
    shown: list[Update] = []
    for _ in source:
        for update in source.updates():
            shown.append(update)
            assert update.start <= source.seconds
            assert not update.final or update.end <= source.seconds
    assert [update for update in shown if update.final] == finals
    assert len(shown) > 3 * len(finals)


def test_it_exports_without_decoding(session: Path, finals: list[Update], capsys: Captured) -> None:
    assert main(["replay", "--format", "textgrid", str(session)]) == 0
    assert capsys.readouterr().out == to_textgrid(finals, AudioFile(THREE).duration)
    assert main(["replay", "--format", "srt", "--phones", "ipa", str(session)]) == 0
    assert capsys.readouterr().out == to_srt(finals, phones="ipa")


def test_json_exports_as_itself(session: Path, capsys: Captured) -> None:
    assert main(["replay", "--json", str(session)]) == 0
    assert capsys.readouterr().out == session.read_text(encoding="utf-8")


def test_an_export_never_writes_over_what_it_reads(session: Path, capsys: Captured) -> None:
    before = session.read_bytes()
    assert main(["replay", "--json", "--output", str(session.parent), str(session)]) == 2
    assert "is read from: choose another folder" in capsys.readouterr().err
    assert session.read_bytes() == before


def test_a_cut_session_says_so_and_goes_on(session: Path, capsys: Captured) -> None:
    session.write_bytes(session.read_bytes()[:-20])
    assert main(["replay", str(session)]) == 0
    captured = capsys.readouterr()
    assert captured.err == f"saidmeant: the last line of {session} was cut off and is left out\n"
    assert captured.out.count("meant") == 2


def test_a_session_that_is_none_is_one_line(capsys: Captured) -> None:
    assert main(["replay", str(THINK)]) == 1
    assert capsys.readouterr().err == f"saidmeant: {THINK} is not a transcript in JSON: it is not UTF-8 text\n"


def test_playing_without_an_output_device_says_so_and_shows(
    session: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounddevice = pytest.importorskip("sounddevice", exc_type=OSError)
    outputs = [device for device in sounddevice.query_devices() if device["max_output_channels"]]
    if outputs:
        pytest.skip("this machine has an audio output")
    assert main(["replay", "--play", str(session)]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("saidmeant: --play: no audio output: ")
    assert captured.out.count("meant") == 3


def test_playing_without_a_recording_says_so(session: Path, capsys: Captured) -> None:
    (session.parent / "take.wav").unlink()
    assert main(["replay", "--play", str(session)]) == 0
    assert capsys.readouterr().err == "saidmeant: --play: the recording is not there; name it after SESSION\n"


def test_what_had_begun_in_korean_is_hangul() -> None:
    update = update_of("국물 같이", "궁물 가치")
    early = partial_at(update, update.surface.tokens[6].start)
    assert (early.surface.text, early.meaning.text) == ("궁물", "국물")
