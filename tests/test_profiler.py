"""The profiler on the shipped sample: figures that are there, in order and from the processes that they claim."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from saidmeant.streaming import Recognizer, SaidMeantError
from saidmeant.streaming.cli import main
from saidmeant.streaming.memory import peak_memory_bytes
from saidmeant.streaming.processes import PeerProcess, PeerTiming, fresh_process
from saidmeant.streaming.profile_clips import read_clip, shipped_sample
from saidmeant.streaming.profile_report import summary, table
from saidmeant.streaming.profiler import Measured, Timing, measure, time_clip


@pytest.fixture
def tones(tmp_path: Path) -> list[Path]:
    """One and two seconds of a tone, the second stereo at 44.1 kHz."""
    paths = []
    for seconds, rate in ((1, 16_000), (2, 44_100)):
        wave = 0.1 * np.sin(np.arange(seconds * rate) * 2 * np.pi * 440 / rate)
        paths.append(tmp_path / f"{rate}.wav")
        soundfile.write(paths[-1], np.stack([wave, wave], axis=1), rate)
    return paths


def test_a_clip_is_cut_into_slices_of_one_chunk(tones: list[Path]) -> None:
    plain, stereo = (read_clip(path, chunk_ms=320) for path in tones)
    assert [len(chunk) for chunk in plain.chunks] == [5120, 5120, 5120, 640]
    assert {len(chunk) for chunk in stereo.chunks[:-1]} == {14112}
    assert (plain.seconds, stereo.seconds) == (1.0, 2.0)


def test_figures_are_medians_over_rounds_and_sums_over_clips(recognizer: Recognizer, tones: list[Path]) -> None:
    clips = [read_clip(path, chunk_ms=320) for path in tones]

    def timing(*steps: float, flush: float, total: float) -> Timing:
        return Timing(steps, flush, total, cpu=total / 2)

    ours = [
        [
            timing(0.010, 0.020, flush=0.1, total=0.2),
            timing(0.010, 0.030, flush=0.2, total=0.3),
            timing(0.5, flush=9, total=9),
        ],
        [
            timing(0.020, 0.040, flush=0.3, total=0.3),
            timing(0.040, 0.050, flush=0.3, total=0.5),
            timing(0.9, flush=9, total=9),
        ],
    ]
    theirs = [[PeerTiming(seconds, 2 * seconds) for seconds in rounds] for rounds in ([1, 2, 9], [3, 2.8, 0.1])]
    measured = Measured([0.3, 0.5, 0.4], [90_000_000, 80_000_000, 70_000_000], ours, theirs)
    profile = summary(recognizer, clips, measured, threads=2, peer="whisper-base")
    assert profile.audio_seconds == 3.0
    assert profile.real_time_factor == pytest.approx((0.3 + 0.5) / 3)
    assert profile.cpu_per_second == pytest.approx((0.15 + 0.25) / 3)
    assert profile.chunk_max_ms == pytest.approx(50)  # rounds have 40, 50 and 900
    assert profile.chunk_p50_ms == pytest.approx(35)  # rounds have 20, 35 and 700
    assert profile.flush_ms == pytest.approx(300)
    assert profile.cold_start_ms == pytest.approx(400)
    assert profile.peak_memory_mb == pytest.approx(80)
    assert profile.peer is not None
    assert profile.peer.real_time_factor == pytest.approx((2 + 2.8) / 3)
    assert profile.peer.cpu_per_second == pytest.approx((4 + 5.6) / 3)
    assert profile.peer.ratio == pytest.approx((2 + 2.8) / (0.3 + 0.5))
    assert "whisper-base" in "".join(str(cell) for cell in table(profile).columns[0].cells)


def test_every_call_is_timed_and_the_first_is_left_out(recognizer: Recognizer) -> None:
    clip = read_clip(shipped_sample(), recognizer.bundle.manifest.chunk_ms)
    timing = time_clip(recognizer, clip)
    assert len(timing.steps) == len(clip.chunks) - 1
    assert min(timing.steps) > 0
    assert timing.total >= sum(timing.steps) + timing.flush


def test_the_parts_of_a_step_are_its_whole(recognizer: Recognizer) -> None:
    timing = time_clip(recognizer, read_clip(shipped_sample(), recognizer.bundle.manifest.chunk_ms))
    assert len(timing.parts) == len(timing.steps)
    busy = [part for part in timing.parts if part.decode > 0]
    assert len(busy) >= len(timing.parts) - 1  # one chunk, one step of the model
    assert all(part.front_end > 0 and part.result > 0 and part.python > 0 for part in busy)
    spent = sum(part.decode + part.front_end + part.result + part.python for part in timing.parts)
    assert spent < timing.cpu
    assert np.median([part.decode for part in busy]) > np.median([part.python for part in busy])


def test_the_command_prints_one_json_object(bundle: str, sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "--quick", "--json", "--bundle", bundle, str(sample)]) == 0
    output = capsys.readouterr().out
    assert output.count("\n") == 1
    profile = json.loads(output)
    assert profile["files"] == 1
    assert profile["audio_seconds"] == pytest.approx(soundfile.info(sample).duration, abs=1e-3)
    assert 0 < profile["chunk_p50_ms"] <= profile["chunk_p95_ms"] <= profile["chunk_max_ms"]
    assert profile["real_time_factor"] > 0
    assert profile["cpu_per_second"] > 0
    assert profile["flush_ms"] > 0
    assert profile["cold_start_ms"] > 50  # an interpreter, numpy and the model
    assert 40 < profile["peak_memory_mb"] < 1000
    assert profile["size_mb"] > 1
    assert profile["machine"]["cores"] >= 1
    assert profile["peer"] is None
    assert "word latency" not in profile["samples"]  # nobody said when they were spoken
    assert set(profile["percentiles_ms"]) == set(profile["samples"])
    assert "word latency, phone latency" in profile["definitions"]


def test_a_microphone_cannot_repeat_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "--microphone", "--peer", "whisper-base"]) == 2
    assert "cannot be said twice" in capsys.readouterr().err


def test_a_fresh_process_does_not_inherit_our_memory(recognizer: Recognizer, sample: Path) -> None:
    ballast = np.ones(100_000_000)  # 0.8 GB here must not show there
    ours = peak_memory_bytes()
    assert ours > ballast.nbytes
    seconds, peak = fresh_process(recognizer.bundle.folder, 1, sample)
    assert seconds > 0
    assert peak < ours - ballast.nbytes // 2


def test_a_fresh_process_that_fails_says_so(recognizer: Recognizer, tmp_path: Path) -> None:
    with pytest.raises(SaidMeantError, match=r"a fresh process could not load .*exit status [1-9]"):
        fresh_process(recognizer.bundle.folder, 1, tmp_path / "missing.wav")


def test_a_missing_file_is_one_clear_error(bundle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "--bundle", bundle, str(tmp_path / "missing.wav")]) == 1
    assert "missing.wav does not exist" in capsys.readouterr().err


def test_the_peer_takes_turns_with_us(recognizer: Recognizer, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faster_whisper", reason="the peer needs the extra 'peer'")
    monkeypatch.setattr("saidmeant.streaming.profiler.ROUNDS", 1)
    clip = read_clip(sample, recognizer.bundle.manifest.chunk_ms)
    measured = measure(recognizer, [clip], threads=1, peer="whisper-base")
    assert len(measured.starts) == len(measured.ours[0]) == len(measured.theirs[0]) == 1
    assert measured.theirs[0][0].seconds > 0
    assert measured.theirs[0][0].cpu > 0
    profile = summary(recognizer, [clip], measured, threads=1, peer="whisper-base")
    assert profile.peer is not None
    assert profile.peer.ratio == pytest.approx(profile.peer.real_time_factor / profile.real_time_factor)


def test_the_peer_hears_what_was_meant_in_the_sample(sample: Path) -> None:
    pytest.importorskip("faster_whisper", reason="the peer needs the extra 'peer'")
    command = [sys.executable, "-m", "saidmeant.models.peer", "whisper-base"]
    lines = "".join(json.dumps(str(path)) + "\n" for path in (sample, sample.with_name("nothing.wav")))
    answer = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    ready, heard, missing = (json.loads(line) for line in answer.stdout.splitlines())
    assert ready == {"ready": True}
    assert heard["seconds"] > 0
    assert "is right" in heard["text"].lower()
    assert "nothing.wav" in missing["error"]


def test_an_unknown_peer_is_refused_with_the_valid_names() -> None:
    with pytest.raises(SaidMeantError, match="the peer vosk: unknown peer 'vosk'; there are: whisper-base, vosk-ko"):
        PeerProcess("vosk", 1).__enter__()
