"""Latency profiling: what a bundle costs on this machine, beside an offline peer on the same clips.

Audio is fed in slices of exactly one chunk, so that one ``accept`` does one decoding step; its time is the compute per
chunk.  Reading files is not counted.  The cold start and the peak memory come from fresh processes, the peer runs in
a process of its own (processes.py), and peer and recogniser take turns clip by clip.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from .audio import AudioFile
from .hypothesis import rounded
from .processes import NoPeer, PeerProcess, PeerTiming, fresh_process
from .recognizer import Recognizer

ROUNDS = 3
"""How often every clip is transcribed and a fresh process started; figures are medians over the rounds."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording in slices of one chunk; the last may be shorter."""

    path: Path
    sample_rate: int
    chunks: tuple[NDArray[np.float32], ...]

    @property
    def seconds(self) -> float:
        return sum(len(chunk) for chunk in self.chunks) / self.sample_rate


@dataclass(frozen=True, slots=True)
class Timing:
    """One pass over one clip, all in seconds."""

    steps: tuple[float, ...]
    """Each ``accept`` but the first, in which no chunk is complete yet."""
    flush: float
    """``finish``: from the last sample to the final update."""
    total: float
    cpu: float
    """Processor time of the whole pass, all threads; on a busy machine less than ``total``."""


@dataclass(frozen=True, slots=True)
class PeerProfile:
    """The peer on the same clips."""

    name: str
    real_time_factor: float
    cpu_per_second: float
    ratio: float
    """The peer's seconds over ours."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What was measured.  Milliseconds are compute, not waiting for audio."""

    bundle: str
    threads: int
    chunk_ms: int
    look_ahead_ms: int
    files: int
    audio_seconds: float
    real_time_factor: float
    """Seconds of waiting per second of audio, by the wall clock."""
    cpu_per_second: float
    """Processor seconds per second of audio, which other programs disturb less."""
    chunk_p50_ms: float
    chunk_p95_ms: float
    chunk_max_ms: float
    flush_ms: float
    cold_start_ms: float
    """From starting an interpreter to the first chunk decoded."""
    peak_memory_mb: float
    """Of a fresh process that transcribes the first file."""
    peer: PeerProfile | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Raw timings, before any median."""

    starts: list[float]
    """Cold starts in seconds, one per round."""
    peaks: list[int]
    """Peak memory in bytes, one per round."""
    ours: list[list[Timing]]
    """Per clip, per round."""
    theirs: list[list[PeerTiming]]
    """The same of the peer."""


def run(paths: Sequence[Path], *, bundle: str, threads: int, as_json: bool, peer: str | None) -> int:
    """The command line's ``profile``: measure, print a table or one JSON object on stdout, progress on stderr.

    Without paths the shipped sample is used.
    """
    recognizer = Recognizer.load(bundle, threads=threads)
    manifest = recognizer.bundle.manifest
    clips = [read_clip(path, manifest.chunk_ms) for path in paths or [shipped_sample()]]
    measured = measure(recognizer, clips, threads=threads, peer=peer)
    profile = summary(recognizer, clips, measured, threads=threads, peer=peer)
    if as_json:
        print(json.dumps(rounded(dataclasses.asdict(profile), 4)))
    else:
        Console().print(table(profile))
    return 0


def shipped_sample() -> Path:
    """The recording that ships with the package, which ``verify`` listens to as well."""
    return Path(str(resources.files("saidmeant.export") / "sample.wav"))


def read_clip(path: Path, chunk_ms: int) -> Clip:
    """A whole file.  Raises AudioError if it cannot be read."""
    source = AudioFile(path, chunk_seconds=chunk_ms / 1000)
    return Clip(path, source.sample_rate, tuple(source))


def measure(recognizer: Recognizer, clips: Sequence[Clip], *, threads: int, peer: str | None) -> Measured:
    """Every round of everything."""
    bundle, first = recognizer.bundle.folder, clips[0]
    measured = Measured([], [], [[] for _ in clips], [[] for _ in clips])
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("profiling", total=ROUNDS * (len(clips) + 1))
        for _ in range(ROUNDS):
            seconds, peak = fresh_process(bundle, threads, first.path)
            measured.starts.append(seconds)
            measured.peaks.append(peak)
            progress.advance(task)
        with PeerProcess(peer, threads) if peer else NoPeer() as rival:
            time_clip(recognizer, first)  # once for nothing: the first use of memory is not what a chunk costs
            rival.transcribe(first.path)
            for _ in range(ROUNDS):
                for clip, ours, theirs in zip(clips, measured.ours, measured.theirs, strict=True):
                    ours.append(time_clip(recognizer, clip))
                    theirs.append(rival.transcribe(clip.path))
                    progress.advance(task)
    return measured


def time_clip(recognizer: Recognizer, clip: Clip) -> Timing:
    """Transcribe a clip in a session of its own, timing every call."""
    steps = []
    cpu = time.process_time()
    with recognizer.session() as session:
        for chunk in clip.chunks:
            began = time.perf_counter()
            session.accept(chunk, sample_rate=clip.sample_rate)
            steps.append(time.perf_counter() - began)
        began = time.perf_counter()
        session.finish()
        flush = time.perf_counter() - began
    return Timing(tuple(steps[1:]), flush, sum(steps) + flush, time.process_time() - cpu)


def summary(
    recognizer: Recognizer, clips: Sequence[Clip], measured: Measured, *, threads: int, peer: str | None
) -> Profile:
    """Timings to figures: medians over the rounds."""
    audio = sum(clip.seconds for clip in clips)
    seconds = sum(statistics.median(timing.total for timing in rounds) for rounds in measured.ours)
    cpu = sum(statistics.median(timing.cpu for timing in rounds) for rounds in measured.ours)
    rival = sum(statistics.median(timing.seconds for timing in rounds) for rounds in measured.theirs)
    rival_cpu = sum(statistics.median(timing.cpu for timing in rounds) for rounds in measured.theirs)
    by_round = [[step for timing in timings for step in timing.steps] for timings in zip(*measured.ours, strict=True)]
    p50, p95, most = (
        1000 * statistics.median(float(np.percentile(steps, percent)) if steps else 0.0 for steps in by_round)
        for percent in (50, 95, 100)
    )
    manifest = recognizer.bundle.manifest
    return Profile(
        bundle=manifest.name,
        threads=threads,
        chunk_ms=manifest.chunk_ms,
        look_ahead_ms=manifest.look_ahead_ms,
        files=len(clips),
        audio_seconds=audio,
        real_time_factor=seconds / audio,
        cpu_per_second=cpu / audio,
        chunk_p50_ms=p50,
        chunk_p95_ms=p95,
        chunk_max_ms=most,
        flush_ms=1000 * statistics.median(timing.flush for rounds in measured.ours for timing in rounds),
        cold_start_ms=1000 * statistics.median(measured.starts),
        peak_memory_mb=statistics.median(measured.peaks) / 1e6,
        peer=PeerProfile(peer, rival / audio, rival_cpu / audio, rival / seconds) if peer else None,
    )


def table(profile: Profile) -> Table:
    """The figures, one per line."""
    lines = Table(
        "figure",
        "value",
        title=f"{profile.bundle}: {profile.files} files, {profile.audio_seconds:.1f} s of audio, "
        f"{profile.threads} thread{'s' if profile.threads > 1 else ''}, median of {ROUNDS} runs",
    )
    lines.add_row("chunk + look-ahead", f"{profile.chunk_ms} + {profile.look_ahead_ms} ms")
    lines.add_row("real-time factor", f"{profile.real_time_factor:.3f}")
    lines.add_row("processor seconds per second of audio", f"{profile.cpu_per_second:.3f}")
    lines.add_row(
        "compute per chunk, p50 / p95 / max",
        f"{profile.chunk_p50_ms:.1f} / {profile.chunk_p95_ms:.1f} / {profile.chunk_max_ms:.1f} ms",
    )
    lines.add_row("end of audio to final text", f"{profile.flush_ms:.0f} ms")
    lines.add_row("cold start to first decoded chunk", f"{profile.cold_start_ms:.0f} ms")
    lines.add_row("peak memory", f"{profile.peak_memory_mb:.0f} MB")
    if peer := profile.peer:
        lines.add_row(f"{peer.name} (int8, offline), real-time factor", f"{peer.real_time_factor:.3f}")
        lines.add_row(f"{peer.name}, processor seconds per second", f"{peer.cpu_per_second:.3f}")
        lines.add_row(f"{peer.name} / {profile.bundle}, time", f"{peer.ratio:.1f}")
    return lines
