"""Sessions kept on disk: what was heard and understood, also after a kill, and never at the cost of listening."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import wave
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rich.console import Console

from saidmeant.streaming import AudioFile, EndpointConfig, Recognizer, read_updates
from saidmeant.streaming.outputs import reporter
from saidmeant.streaming.recording import Recording, RecordingScreen
from saidmeant.streaming.screen import LiveScreen, PlainScreen

THREE = Path(__file__).parent / "data" / "three_sentences.wav"
COMMAND = [sys.executable, "-m", "saidmeant.streaming"]
BEGAN = datetime(2026, 2, 28, 14, 3, 7, tzinfo=timezone.utc)
PAUSES = ["--pause-ms", "800"]  # shorter than those between the three sentences
SECONDS = 120  # patience for a busy machine


def pcm() -> bytes:
    return soundfile.read(THREE, dtype="int16")[0].astype("<i2").tobytes()  # type: ignore[no-any-return]


def listener(bundle: str, folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """A process that records what it is given on standard input."""
    return subprocess.Popen(
        [
            *COMMAND,
            "transcribe",
            "--sample-rate",
            "16000",
            "--bundle",
            bundle,
            "--record",
            str(folder),
            *PAUSES,
            *options,
            "-",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def recorded(folder: Path) -> tuple[Path, Path]:
    """The two files of the only recording."""
    audio, updates = sorted(folder.iterdir(), reverse=True)
    assert (audio.suffix, updates.suffix) == (".wav", ".jsonl")
    assert audio.stem == updates.stem
    return audio, updates


def test_a_session_is_kept_whole(bundle: str, recognizer: Recognizer, tmp_path: Path) -> None:
    process = listener(bundle, tmp_path / "new" / "folder", "--json")
    output, errors = process.communicate(pcm(), timeout=SECONDS)
    assert process.returncode == 0
    audio, updates = recorded(tmp_path / "new" / "folder")
    assert soundfile.read(audio, dtype="int16")[0].tobytes() == pcm()
    assert datetime.strptime(audio.stem, "%Y-%m-%d_%H-%M-%S").astimezone() <= datetime.now().astimezone()
    assert errors.decode() == f"saidmeant: recording to {audio} and .jsonl\n"
    kept = [json.loads(line) for line in updates.read_text(encoding="utf-8").splitlines()]
    shown = [json.loads(line) for line in output.decode().splitlines()]
    assert len(kept) == 3
    assert [each | {"file": "-"} for each in kept] == shown
    assert {each["file"] for each in kept} == {audio.name}
    again = recognizer.transcribe(AudioFile(audio), endpoint=EndpointConfig(pause_ms=800))
    assert [update.as_dict() for update in again] == [update.as_dict() for update in read_updates(updates)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_in_mid_session_leaves_the_audio_and_what_was_understood(bundle: str, tmp_path: Path) -> None:
    process = listener(bundle, tmp_path, "--json")
    assert process.stdin is not None
    assert process.stdout is not None
    sent = pcm()
    process.stdin.write(sent)
    process.stdin.flush()
    first = json.loads(process.stdout.readline())
    process.stdout.readline()  # two of three sentences are final; the third has been heard, or is being heard
    deadline = time.monotonic() + SECONDS
    while recorded(tmp_path)[0].stat().st_size < len(sent) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait(SECONDS)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    audio, updates = recorded(tmp_path)
    with wave.open(str(audio)) as sound:  # the header of the file itself, not a reader's repair of it
        frames = sound.getnframes()
        assert frames * 2 >= len(sent) - 2 * sound.getframerate() // 5
        assert sound.readframes(frames) == sent[: 2 * frames]
    assert AudioFile(audio).duration == frames / 16_000
    kept = read_updates(updates)
    assert len(kept) >= 2
    assert kept[0].segment == first["segment"]
    assert kept[0].meaning.text == first["meaning"]["text"]


def test_the_header_is_right_after_every_chunk(tmp_path: Path) -> None:
    recording = Recording(tmp_path, 48_000, BEGAN)
    for count in range(1, 6):
        recording.hear(np.full(4_800, 0.25, np.float32))
        with wave.open(str(recording.audio_path)) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (48_000, 1, 4_800 * count)
    recording.close()
    assert recording.audio_path.name == "2026-02-28_14-03-07.wav"


def test_loud_samples_are_clipped_and_never_wrap(tmp_path: Path) -> None:
    recording = Recording(tmp_path, 16_000, BEGAN)
    recording.hear(np.array([1.5, 1.0, -1.0, -1.5, 0.5, np.inf, np.nan], np.float32))
    recording.close()
    assert soundfile.read(recording.audio_path, dtype="int16")[0].tolist() == [
        32767,
        32767,
        -32768,
        -32768,
        16384,
        32767,
        0,
    ]


def test_a_second_session_in_the_same_second_gets_another_name(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        recording = Recording(tmp_path, 16_000, BEGAN)
        recording.close()
        names.append(recording.updates_path.name)
    assert names == ["2026-02-28_14-03-07.jsonl", "2026-02-28_14-03-07_2.jsonl", "2026-02-28_14-03-07_3.jsonl"]


def test_a_folder_that_cannot_be_made_is_one_line_and_listening_goes_on(bundle: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = listener(bundle, tmp_path / "file" / "folder")
    output, errors = process.communicate(pcm(), timeout=SECONDS)
    assert process.returncode == 0
    assert output.decode().count("meant") == 3
    expected = f"cannot record in {tmp_path / 'file' / 'folder'}: Not a directory; going on without recording"
    assert errors.decode() == f"saidmeant: {expected}\n"


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from saidmeant.streaming.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of the size of files are POSIX")
def test_a_full_disk_is_one_line_and_listening_goes_on(bundle: str, tmp_path: Path) -> None:
    """The system refuses to let a file grow, which is what a full disk does."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            LIMITED,
            *"transcribe --sample-rate 16000 - --bundle".split(),
            bundle,
            "--record",
            tmp_path,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = process.communicate(pcm(), timeout=SECONDS)
    assert process.returncode == 0
    assert output.decode().count("meant") == 3
    began, failed = errors.decode().splitlines()
    assert began.startswith("saidmeant: recording to ")
    assert failed == f"saidmeant: cannot record in {tmp_path}: File too large; going on without recording"
    with wave.open(str(recorded(tmp_path)[0])) as sound:
        assert sound.readframes(sound.getnframes()) == pcm()[: 2 * sound.getnframes()]
        assert 16_000 < 2 * sound.getnframes() <= 20_000


def test_nothing_is_written_before_anything_was_heard(tmp_path: Path) -> None:
    messages: list[str] = []
    with RecordingScreen(PlainScreen(), tmp_path, messages.append):
        pass
    assert list(tmp_path.iterdir()) == []
    assert messages == []


def test_without_the_option_nothing_is_written(bundle: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "transcribe", "--sample-rate", "16000", "--bundle", bundle, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    process.communicate(pcm(), timeout=SECONDS)
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_messages_stand_above_the_lines_that_rewrite_themselves(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=20, color_system=None)
    live = LiveScreen(console)
    with RecordingScreen(live, tmp_path, reporter(live)) as screen:
        screen.hear(np.full(1_600, 0.1, np.float32), 16_000)
        screen.hear(np.full(1_600, 0.1, np.float32), 16_000)
    assert isinstance(console.file, io.StringIO)
    (line,) = (line for line in console.file.getvalue().split("\n") if "recording to" in line)
    assert line.strip().endswith(".wav and .jsonl"), "the message has its line for itself"
    assert "[#" not in line.rpartition("\x1b[2K")[2]
