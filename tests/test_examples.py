"""The examples, run as a user would run them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from served import serving

from saidmeant.streaming import AudioFile, Recognizer

THINK = Path(__file__).parent / "data" / "think.wav"
EXAMPLES = Path(__file__).parents[1] / "examples" / "python"


def run(name: str, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_every_example_is_run_here_or_with_the_microphone() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {
        "microphone.py",
        "own_audio_loop.py",
        "profile_session.py",
        "scripted_reading.py",
        "server_client.py",
        "transcribe_file.py",
    }


def test_transcribe_file(bundle: str) -> None:
    meaning, *spans = run("transcribe_file.py", str(THINK), bundle).splitlines()
    words = [match[1] for line in spans if (match := re.match(r" +\d+\.\d\d s  (\S+)", line))]
    assert " ".join(words) == meaning
    assert len(words) >= 3


def test_profile_session_counts_every_call(bundle: str) -> None:
    counted, per_call, last_words, factor = run("profile_session.py", str(THINK), bundle).splitlines()
    seconds, calls, chunk_ms = (float(number) for number in re.findall(r"\d+(?:\.\d+)?", counted))
    assert calls == -(-seconds * 1000 // chunk_ms)
    p50, p95 = (float(number) for number in re.findall(r"(\d+\.\d) ms", per_call))
    assert 0 < p50 <= p95
    assert re.fullmatch(r"last words \d+\.\d ms after the audio ends", last_words)
    assert float(factor.removeprefix("real-time factor ")) > 0


def test_scripted_reading_says_what_was_skipped(bundle: str) -> None:
    lines = run("scripted_reading.py", "I really think this is right", str(THINK), bundle).splitlines()
    assert lines[0].startswith("partial ")
    final, event, *spans = lines[-8:]
    assert final == "final   I (really) think this is right >"
    assert event.endswith("skipped at 'really'")
    assert [line.split()[2] for line in spans] == ["I", "really", "think", "this", "is", "right"]


def test_server_client(recognizer: Recognizer) -> None:
    with serving(recognizer) as served:
        *_, final, end = run("server_client.py", str(THINK), served.socket).splitlines()
    (expected,) = recognizer.transcribe(AudioFile(THINK))
    assert final == f"final   {expected.meaning.text} | {expected.surface.text}"
    assert end == "finish"


@pytest.mark.parametrize("attempt", [1, 2])
def test_own_audio_loop_ends_the_same_whatever_the_slices(attempt: int, bundle: str) -> None:
    *partials, final = run("own_audio_loop.py", str(THINK), bundle).splitlines()
    assert all(line.startswith("partial ") for line in partials)
    (expected, *_) = run("transcribe_file.py", str(THINK), bundle).splitlines()
    assert final.startswith("final ")
    assert final.endswith(f" | {expected}")
