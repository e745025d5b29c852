"""The microphone through a real PortAudio stream: a private PulseAudio whose null sink is what the microphone hears.

Each recording runs in a process of its own, because PortAudio looks for its devices once, when it is loaded.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rapidfuzz import fuzz
from room import MISSING, REASON, SECONDS, Room, similarity

from saidmeant.streaming import level

THINK = Path(__file__).parent / "data" / "think.wav"
pytestmark = pytest.mark.skipif(bool(MISSING), reason=REASON)


class Recording:
    """A process that records: its program prints a line when it has heard something, and one at the end."""

    def __init__(self, environment: dict[str, str], program: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", program],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_it_hears(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "hears\n"

    def end(self) -> str:
        output, errors = self.process.communicate(timeout=SECONDS)
        assert self.process.returncode == 0, errors
        return output.strip()


RECORD = """
import sys, numpy
from saidmeant.streaming import AudioError, Microphone
microphone = Microphone(stall_seconds=4.0)  # PulseAudio keeps up to 2 s to itself
chunks, error = [], None
try:
    for chunk in microphone:
        chunks.append(chunk)
        if len(chunks) == 1:
            print("hears")
        if len(chunks) == {limit}:
            break
except AudioError as caught:
    error = str(caught)
numpy.save({path!r}, numpy.concatenate(chunks))
print([microphone.closed, microphone.sample_rate, microphone.overflows, error])
"""


def test_it_records_what_is_played(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "heard.npy"
    recording = Recording(room.environment, RECORD.format(limit=60, path=str(path)))
    recording.wait_until_it_hears()
    room.play(THINK)
    assert recording.end() == "[True, 16000, 0, None]"
    heard = np.load(path)
    assert heard.dtype == np.float32
    assert heard.shape == (96_000,)
    played, _ = soundfile.read(THINK, dtype="float32")
    assert similarity(heard, played) > 0.95


def test_a_lost_device_ends_with_what_was_heard_and_a_clear_error(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "heard.npy"
    recording = Recording(room.environment, RECORD.format(limit=-1, path=str(path)))
    recording.wait_until_it_hears()
    room.play(THINK)
    room.daemon.kill()
    output = recording.end()
    played, _ = soundfile.read(THINK, dtype="float32")
    heard = np.load(path)
    assert similarity(heard, played) > 0.95
    error = f"the microphone 'default' was lost after {len(heard) / 16_000:.1f} s of audio: is it still plugged in?"
    assert output == f"[True, 16000, 0, {error!r}]".replace(repr(error), f'"{error}"')


def test_a_device_that_falls_silent_without_ending_is_lost_too(room: Room, tmp_path: Path) -> None:
    recording = Recording(room.environment, RECORD.format(limit=-1, path=str(tmp_path / "heard.npy")))
    recording.wait_until_it_hears()
    room.suspend()
    assert "the microphone 'default' has delivered nothing for 4 s after " in recording.end()


def test_a_rate_that_the_device_refuses_is_replaced_by_its_own(room: Room, tmp_path: Path) -> None:
    refused = "from saidmeant.streaming import microphone as module\nmodule.SAMPLE_RATE = 1\n"
    recording = Recording(room.environment, refused + RECORD.format(limit=2, path=str(tmp_path / "heard.npy")))
    recording.wait_until_it_hears()
    assert recording.end() == "[True, 44100, 0, None]"


def test_audio_that_nobody_fetches_is_counted_and_stopping_delivers_the_rest(room: Room) -> None:
    program = """
import time
from saidmeant.streaming import microphone as module
module.BUFFER_SECONDS = 0.5
with module.Microphone() as microphone:
    while microphone.overflows < 5:
        time.sleep(0.1)
    microphone.stop()
    print(sum(map(len, microphone)), microphone.closed)
"""
    assert Recording(room.environment, program).end() == "8000 True"


def test_ctrl_c_in_the_loop_leaves_it_closed(room: Room) -> None:
    program = """
from saidmeant.streaming import Microphone
microphone = Microphone()
try:
    with microphone:
        for chunk in microphone:
            raise KeyboardInterrupt
except KeyboardInterrupt:
    print(microphone.closed)
"""
    assert Recording(room.environment, program).end() == "True"


def saidmeant(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "saidmeant.streaming", *arguments]
    return subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=SECONDS)


def test_devices_are_listed_with_the_default_marked(room: Room) -> None:
    listed = saidmeant(room.environment, "devices")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout.splitlines() == [
        "   0 pulse (32 channels, 44100 Hz)",
        "*  1 default (32 channels, 44100 Hz)",
    ]


@pytest.mark.parametrize("device", ["7", "no such thing", ""])
def test_an_unknown_device_gets_a_line_that_lists_the_others(room: Room, device: str) -> None:
    ended = saidmeant(room.environment, "listen", "--device", device)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"saidmeant: unknown device {device!r}; inputs: 0 pulse, 1 default\n"


def test_part_of_a_name_will_do_unless_it_fits_several(room: Room) -> None:
    program = """
from saidmeant.streaming import AudioError, Microphone
print([Microphone(name).device.number for name in (0, "1", "PULSE", "def", "default")])
try:
    Microphone("ul")
except AudioError as error:
    print(error)
"""
    expected = "[0, 1, 0, 1, 1]\n'ul' is several inputs: 0 pulse, 1 default"
    assert Recording(room.environment, program).end() == expected


def test_a_machine_without_a_microphone(room: Room) -> None:
    ended = saidmeant({**room.environment, "PULSE_SERVER": "unix:/nowhere"}, "listen")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[-1] == "saidmeant: no microphone found: connect one, or transcribe a file"


def test_what_is_played_comes_out_as_text_and_ctrl_c_loses_nothing(room: Room, bundle: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "saidmeant.streaming", "listen", "--json", "--bundle", bundle],
        env=room.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "saidmeant: listening to 'default'; Ctrl-C ends\n"
    room.play(THINK)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    finals = [json.loads(line) for line in output.splitlines()]
    heard = " ".join(final["meaning"]["text"] for final in finals).lower()
    assert fuzz.ratio(heard, "i think this is right") > 60, heard
    assert all(final["final"] and "file" not in final for final in finals)


def test_a_device_lost_in_mid_session_still_prints_what_was_heard(room: Room, bundle: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "saidmeant.streaming", "listen", "--json", "--bundle", bundle],
        env=room.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    process.stderr.readline()
    room.play(THINK)
    room.daemon.kill()
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "saidmeant: the microphone 'default' was lost after " in errors
    assert fuzz.ratio(json.loads(output)["meaning"]["text"].lower(), "i think this is right") > 60, output


def test_the_example_shows_both_lines_until_ctrl_c(room: Room, bundle: str) -> None:
    example = Path(__file__).parents[1] / "examples" / "python" / "microphone.py"
    process = subprocess.Popen(
        [sys.executable, "-u", str(example), bundle],
        env=room.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "listening to default; Ctrl-C ends\n"
    room.play(THINK)
    time.sleep(3)  # the pause that makes it final
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (0, "")
    finals = [line for line in output.splitlines() if not line.startswith("...")]
    assert fuzz.ratio(finals[-1].partition(" | ")[2].lower(), "i think this is right") > 60, output


def test_a_session_can_be_recorded(room: Room, bundle: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "saidmeant.streaming", "listen", "--json", "--record", tmp_path, "--bundle", bundle],
        env=room.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    process.stderr.readline()
    assert process.stderr.readline().startswith(f"saidmeant: recording to {tmp_path}")
    room.play(THINK)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (0, "")
    audio, updates = sorted(tmp_path.iterdir(), reverse=True)
    played, _ = soundfile.read(THINK, dtype="float32")
    assert similarity(soundfile.read(audio, dtype="float32")[0], played) > 0.95
    kept = [json.loads(line) for line in updates.read_text(encoding="utf-8").splitlines()]
    assert [{"file": audio.name} | json.loads(line) for line in output.splitlines()] == kept


def test_a_replayed_session_is_heard(room: Room, bundle: str, tmp_path: Path) -> None:
    transcribed = saidmeant(room.environment, "transcribe", "--json", "--bundle", bundle, str(THINK))
    (tmp_path / "a.jsonl").write_text(transcribed.stdout, encoding="utf-8")
    recording = Recording(room.environment, RECORD.format(limit=80, path=str(tmp_path / "heard.npy")))
    recording.wait_until_it_hears()
    replayed = saidmeant(room.environment, "replay", "--play", str(tmp_path / "a.jsonl"))
    assert (replayed.returncode, replayed.stderr) == (0, "")
    assert "meant" in replayed.stdout
    assert recording.end() == "[True, 16000, 0, None]"
    played, _ = soundfile.read(THINK, dtype="float32")
    assert similarity(np.load(tmp_path / "heard.npy"), played) > 0.95


def test_a_silent_microphone_is_what_the_warning_is_for(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "heard.npy"
    Recording(room.environment, RECORD.format(limit=35, path=str(path))).end()
    meter = level.LevelMeter()
    meter.hear(np.load(path), 16_000)
    assert meter.warning.startswith("no sound")
