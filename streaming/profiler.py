"""``saidmeant profile``: what a bundle costs on this machine and what its latency feels like, beside an offline peer.

Compute: audio is fed in slices of exactly one chunk, so that one ``accept`` does one decoding step.  Latency: it is fed
in slices of 100 ms at the pace of speech (latency.py).  Reading files is not counted.  The cold start and the peak
memory come from fresh processes, the peer runs in a process of its own (processes.py), and peer and recogniser take
turns clip by clip.
"""

from __future__ import annotations

import copy
import dataclasses
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from .bundle import shipped_bundles
from .capacity import Capacity, capacity
from .errors import UsageError
from .latency import Felt, felt, listen
from .processes import NoPeer, PeerProcess, PeerTiming, fresh_process
from .profile_clips import Clip as Clip
from .profile_clips import read_clip as read_clip
from .profile_clips import read_clips, shipped_clip
from .profile_clips import shipped_sample as shipped_sample
from .profile_microphone import recorded_clip
from .recognizer import Recognizer
from .stopwatch import Step, Stopwatch, WatchedHost

ROUNDS = 3
"""How often every clip is transcribed and a fresh process started; figures are medians over the rounds."""
SPEED_THREADS = (1, 2, 4)
SPEED_CHUNKS_MS = (160, 320, 640)


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure.  paths: recordings and manifests; none: the shipped recording whose times are known."""

    paths: Sequence[Path] = ()
    bundle: str = "en-base"
    threads: int = 1
    peer: str | None = None
    quick: bool = False
    """Do not wait for real time, and leave out what takes minutes: other threads, other chunks, sessions."""
    variants: Sequence[str] = ()
    """Further bundles, of other chunk lengths."""
    microphone_seconds: float | None = None
    """Listen to the microphone so long instead of to files."""


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
    parts: tuple[Step, ...] = ()
    """The steps in their parts."""


@dataclass(frozen=True, slots=True)
class Speed:
    """The real-time factor of one bundle with so many threads."""

    bundle: str
    chunk_ms: int
    threads: int
    real_time_factor: float
    cpu_per_second: float


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
    felt: list[Felt] = field(default_factory=list)
    """Per clip."""
    speeds: list[Speed] = field(default_factory=list)
    not_shipped: list[str] = field(default_factory=list)
    """Lines on the chunk lengths that could not be measured."""
    capacity: Capacity | None = None


def profile(request: Request) -> tuple[Recognizer, list[Clip], Measured]:
    """Measure everything that was asked for.  Raises AudioError, BundleError, UsageError or SaidMeantError."""
    if request.microphone_seconds is not None and (request.paths or request.peer):
        raise UsageError("--microphone takes neither files nor a peer: what is said live cannot be said twice")
    recognizer = Recognizer.load(request.bundle, threads=request.threads)
    chunk_ms = recognizer.bundle.manifest.chunk_ms
    if request.microphone_seconds is not None:
        clips = [recorded_clip(request.microphone_seconds, chunk_ms)]
    else:
        clips = read_clips(list(request.paths) or [shipped_clip(recognizer.bundle.manifest.language)], chunk_ms)
    measured = measure(recognizer, clips, threads=request.threads, peer=request.peer)
    console = Console(stderr=True)
    if not request.quick:
        console.print(f"listening at the pace of speech, {sum(clip.seconds for clip in clips):.0f} s …")
    alone = request.quick and request.threads == 1  # other threads would not be on the clock
    clock = time.thread_time if alone else time.perf_counter
    for clip in clips:
        measured.felt.append(felt(clip, listen(recognizer, clip, real_pace=not request.quick, clock=clock)))
    if not request.quick:
        console.print("other threads and chunk lengths …")
        measured.speeds.extend(speeds(recognizer, clips[0], request, measured.not_shipped))
        console.print("sessions side by side …")
        measured = dataclasses.replace(measured, capacity=capacity(recognizer, clips[0]))
    return recognizer, clips, measured


def measure(recognizer: Recognizer, clips: Sequence[Clip], *, threads: int, peer: str | None) -> Measured:
    """Every round of compute, cold start, memory and the peer."""
    bundle, first = recognizer.bundle.folder, clips[0]
    started_on = first.path if first.path.exists() else shipped_sample(recognizer.bundle.manifest.language)
    measured = Measured([], [], [[] for _ in clips], [[] for _ in clips])
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("profiling", total=ROUNDS * (len(clips) + 1))
        for _ in range(ROUNDS):
            seconds, peak = fresh_process(bundle, threads, started_on)
            measured.starts.append(seconds)
            measured.peaks.append(peak)
            progress.advance(task)
        with PeerProcess(peer, threads, recognizer.bundle.manifest.language) if peer else NoPeer() as rival:
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
    watch, parts = Stopwatch(), []
    watched = copy.copy(recognizer)
    watched.host = WatchedHost(recognizer.host, watch)
    cpu = time.process_time()
    with watched.session() as session:
        for chunk in clip.chunks:
            parts.append(watch.step(lambda chunk=chunk: session.accept(chunk, sample_rate=clip.sample_rate)))  # type: ignore[misc]
        flush = watch.step(session.finish).total
    steps = [part.total for part in parts]
    return Timing(tuple(steps[1:]), flush, sum(steps) + flush, time.process_time() - cpu, tuple(parts[1:]))


def speeds(recognizer: Recognizer, clip: Clip, request: Request, missing: list[str]) -> list[Speed]:
    """Real-time factors by threads and chunk length; ``missing`` receives a line for each length without a bundle."""
    name, own = recognizer.bundle.manifest.name, recognizer.bundle.manifest.chunk_ms
    bundles: dict[int, str] = {own: request.bundle}
    for variant in (*request.variants, *(shipped for shipped in shipped_bundles() if shipped.startswith(f"{name}-"))):
        bundles.setdefault(Recognizer.load(variant).bundle.manifest.chunk_ms, variant)
    for chunk_ms in SPEED_CHUNKS_MS:
        if chunk_ms not in bundles:
            missing.append(
                f"{chunk_ms} ms: no bundle; `saidmeant export CHECKPOINT {name}-{chunk_ms} --chunk-ms {chunk_ms}` "
                f"makes one, --variant {name}-{chunk_ms} measures it"
            )
    found = []
    for chunk_ms, variant in sorted(bundles.items()):
        recut = Clip(clip.path, clip.sample_rate, tuple(clip.sliced(chunk_ms / 1000)))
        for threads in SPEED_THREADS:
            loaded = Recognizer.load(variant, threads=threads)
            time_clip(loaded, recut)
            timings = [time_clip(loaded, recut) for _ in range(ROUNDS)]
            seconds, cpu = (
                statistics.median(values) for values in zip(*((t.total, t.cpu) for t in timings), strict=True)
            )
            found.append(Speed(variant, chunk_ms, threads, seconds / clip.seconds, cpu / clip.seconds))
    return found
