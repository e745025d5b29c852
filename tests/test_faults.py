"""Faults around the process: stopped, starved, asked to end, nobody reads, the disk is full, forked.

A device that is lost: tests/test_microphone.py.  The rate that changes: tests/test_session.py.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import soundfile
from rapidfuzz import fuzz
from room import MISSING, REASON, Room

from saidmeant.streaming import Recognizer

DATA = Path(__file__).parent / "data"
THINK, THREE = DATA / "think.wav", DATA / "three_sentences.wav"
COMMAND = [sys.executable, "-u", "-m", "saidmeant.streaming"]
SECONDS = 120  # patience for a busy machine
INTERRUPTED = 130
SENTENCE = "i think this is right"
needs_microphone = pytest.mark.skipif(bool(MISSING), reason=REASON)
posix = pytest.mark.skipif(os.name == "nt", reason="signals and forks are POSIX")

SMALL_BUFFER = """
import sys
from saidmeant.streaming import microphone
microphone.BUFFER_SECONDS = {seconds}
from saidmeant.streaming.cli import main
sys.exit(main(sys.argv[1:]))
"""


def start(command: list[str], environment: dict[str, str] | None = None, **pipes: Any) -> subprocess.Popen[str]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes}
    return subprocess.Popen(command, env=environment, text=True, **streams)


def listening(room: Room, bundle: str, *options: str, buffer_seconds: float | None = None) -> subprocess.Popen[str]:
    """``saidmeant listen --json``, when it has begun."""
    command = COMMAND
    if buffer_seconds is not None:
        command = [sys.executable, "-u", "-c", SMALL_BUFFER.format(seconds=buffer_seconds)]
    process = start([*command, "listen", "--json", "--bundle", bundle, *options], room.environment)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("saidmeant: listening to ")
    return process


def stop_for(process: subprocess.Popen[str], seconds: float) -> None:
    process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    process.send_signal(signal.SIGCONT)


def ended(process: subprocess.Popen[str], number: int = signal.SIGINT) -> tuple[list[dict[str, Any]], str]:
    process.send_signal(number)
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    return [json.loads(line) for line in output.splitlines()], errors


def heard(finals: list[dict[str, Any]]) -> str:
    return " ".join(final["meaning"]["text"] for final in finals).lower()


@needs_microphone
def test_a_process_that_is_stopped_for_three_seconds_loses_nothing(room: Room, bundle: str) -> None:
    process = listening(room, bundle)
    playing = subprocess.Popen(["paplay", str(THREE)], env=room.environment)
    time.sleep(1.5)
    stop_for(process, 3.0)
    playing.wait(SECONDS)
    finals, errors = ended(process)
    assert "lost" not in errors
    assert [final["gap"] for final in finals] == [None] * len(finals)
    expected = "my sister lives in london she drinks tea at breakfast we speak on the phone"
    assert fuzz.ratio(heard(finals), expected) > 70, heard(finals)


@needs_microphone
def test_what_exceeds_the_buffer_is_dropped_loudly_and_the_gap_is_marked(room: Room, bundle: str) -> None:
    process = listening(room, bundle, buffer_seconds=1.0)
    room.play(THINK)
    time.sleep(2.5)  # the sentence is over, and decoded
    stop_for(process, 4.0)
    time.sleep(1.5)
    room.play(THINK)
    finals, errors = ended(process)
    gaps = [final["gap"] for final in finals if final["gap"]]
    lost = sum(gap["end"] - gap["start"] for gap in gaps)
    assert 1.5 < lost < 4.5, (gaps, errors)
    assert errors.count("of audio lost from") == len(gaps)
    assert f"{lost:.1f} s of audio were lost: this machine is too busy to keep up" in errors
    marked = next(i for i, final in enumerate(finals) if final["gap"])
    assert fuzz.ratio(heard(finals[: marked + 1]), SENTENCE) > 60
    assert fuzz.ratio(heard(finals[marked + 1 :]), SENTENCE) > 60
    assert all(final["start"] >= gaps[0]["end"] - 0.04 for final in finals[marked + 1 :])


SLOW_CONSUMER = """
import json, time
from saidmeant.streaming import microphone as module
module.BUFFER_SECONDS = 1.0
chunks, gaps = 0, []
with module.Microphone() as microphone:
    for chunk in microphone:
        chunks += 1
        if microphone.gap_seconds:
            gaps.append(round(microphone.gap_seconds, 1))
        if chunks == 5:
            time.sleep(3.5)
        if chunks == 30:
            break
print(json.dumps([gaps, round(microphone.lost_seconds, 1), microphone.overflows]))
"""


@needs_microphone
def test_a_consumer_that_stops_reading_and_comes_back_hears_how_much_is_missing(room: Room) -> None:
    process = start([sys.executable, "-u", "-c", SLOW_CONSUMER], room.environment)
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    (gap,), lost, overflows = json.loads(output)
    assert 2.0 <= gap == lost <= 3.5
    assert overflows == round(lost / 0.1)


@needs_microphone
def test_a_pipe_that_nobody_reads_does_not_keep_it_from_ending(room: Room, bundle: str) -> None:
    """``listen --updates | something that hangs``: memory is bounded by the buffer, a second signal ends it."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b" " * 4096)  # full from the start
    except BlockingIOError:
        os.set_blocking(writer, True)
    buffered = [each for each in COMMAND if each != "-u"]
    process = start([*buffered, "listen", "--json", "--updates", "--bundle", bundle], room.environment, stdout=writer)
    os.close(writer)
    assert process.stderr is not None
    process.stderr.readline()
    room.play(THINK)
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    time.sleep(1.0)
    assert process.poll() is None, "the last words are still waiting for their reader"
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == INTERRUPTED
    os.close(reader)
    assert process.wait(SECONDS) in (1, 130)
    errors = process.stderr.read()
    process.stderr.close()
    assert "Traceback" not in errors, errors


@needs_microphone
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_listening_and_loses_nothing(room: Room, bundle: str, number: int, tmp_path: Path) -> None:
    process = listening(room, bundle, "--record", str(tmp_path))
    room.play(THINK)
    finals, _ = ended(process, number)
    assert fuzz.ratio(heard(finals), SENTENCE) > 60
    assert len(list(tmp_path.glob("*.jsonl"))) == 1


def pcm(path: Path) -> bytes:
    return bytes(soundfile.read(path, dtype="int16")[0].astype("<i2").tobytes())


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_pipe_is_waited_for(bundle: str, number: int) -> None:
    command = [*COMMAND, "transcribe", "--json", "--sample-rate", "16000", "--bundle", bundle, "--updates", "-"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(pcm(THINK))
    process.stdin.flush()
    lines = [process.stdout.readline()]  # it is at work
    time.sleep(1.0)
    process.send_signal(number)
    lines += process.stdout.readlines()  # the pipe is still open: only the signal can have ended it
    assert process.wait(SECONDS) == 0
    process.stdin.close()
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()
    last = json.loads(lines[-1])
    assert last["final"]
    assert last["meaning"]["text"] == "I think this is right"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("kind", ["text", "json", "srt"])
def test_a_full_disk_under_the_output_is_one_line(bundle: str, kind: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [*COMMAND, "transcribe", "--format", kind, "--bundle", bundle, str(THINK)]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=SECONDS)
    assert (result.returncode, result.stderr) == (1, "saidmeant: No space left on device\n")


def small_disk(folder: Path, kilobytes: int) -> None:
    """A disk of its own; skips where nobody may make one."""
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk here")


def test_a_full_disk_under_a_recording_leaves_whole_files_and_goes_on(bundle: str, tmp_path: Path) -> None:
    small_disk(tmp_path, 128)
    try:
        command = [*COMMAND, "transcribe", "--sample-rate", "16000", "--record", str(tmp_path), "--bundle", bundle, "-"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        output, errors = process.communicate(pcm(THREE), timeout=SECONDS)
        assert process.returncode == 0, errors
        assert output.decode().count("meant") >= 1
        failed = errors.decode().splitlines()[-1]
        assert failed == f"saidmeant: cannot record in {tmp_path}: No space left on device; going on without recording"
        (audio,) = tmp_path.glob("*.wav")
        kept = soundfile.read(audio, dtype="int16")[0].tobytes()
        assert len(kept) > 60_000
        assert pcm(THREE).startswith(kept)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@posix
def test_a_reader_that_leaves_ends_it_quietly(bundle: str) -> None:
    command = [*COMMAND, "transcribe", "--json", "--updates", "--bundle", bundle, str(THREE)]
    process = start(command)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(SECONDS) == 1
    assert process.stderr.read() == ""
    process.stderr.close()


FORK = """
import os, sys
from saidmeant.streaming import AudioFile, Recognizer
recognizer = Recognizer.load(sys.argv[1], threads=int(sys.argv[3]))
chunks = list(AudioFile(sys.argv[2]))
session = recognizer.session()
for chunk in chunks[:10]:
    session.accept(chunk)
child = os.fork()
for chunk in chunks[10:]:
    session.accept(chunk)
text = session.finish()[-1].meaning.text
again = recognizer.transcribe(AudioFile(sys.argv[2]))[-1].meaning.text
if child == 0:
    os._exit(0 if text == again == "I think this is right" else 1)
print(text, "|", again, "|", os.waitpid(child, 0)[1])
"""


@posix
@pytest.mark.parametrize("threads", [1, 2])
def test_a_fork_in_mid_session_leaves_two_that_work(bundle: str, threads: int) -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORK, bundle, str(THINK), str(threads)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    expected = "I think this is right | I think this is right | 0\n"
    assert (result.stdout, result.returncode) == (expected, 0), result.stderr


def test_a_consumer_that_leaves_a_stream_in_the_middle(recognizer: Recognizer) -> None:
    """The source is closed with it, and the recogniser is as good as new."""
    closed = []

    def source() -> Any:
        try:
            for _ in range(100):
                yield soundfile.read(THINK, dtype="float32")[0]
        finally:
            closed.append(True)

    updates = recognizer.stream(source())
    next(updates)
    updates.close()  # type: ignore[attr-defined]
    assert closed == [True]
    (update,) = recognizer.transcribe([soundfile.read(THINK, dtype="float32")[0]])
    assert update.meaning.text.lower() == SENTENCE
