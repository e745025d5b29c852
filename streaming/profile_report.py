"""The profiler's figures: from raw timings to percentiles, as a table and as JSON that can be compared later."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from .capacity import Capacity
from .hypothesis import rounded
from .machine import Machine, this_machine
from .profile_arguments import PEERS
from .profile_clips import Clip
from .profiler import ROUNDS, Measured, Speed
from .recognizer import Recognizer

PERCENTILES = (50, 90, 95, 99)
DEFINITIONS = {
    "word latency, phone latency": (
        "from the true end of what was said to the first update that shows it and from which on every update keeps it "
        "(user-perceived latency, after Shangguan et al. 2021, arXiv 2104.02207). Audio comes in slices of 100 ms. "
        "Words on the meaning lane, phones on the surface lane; only those that the final text has right"
    ),
    "first partial": "from the start of the first word to the first update that shows anything",
    "final, with the wait": "from the true end of a segment's last word to its final update, with the endpoint's pause",
    "final, after the decision": "from the endpoint's decision to the return of the call that brings the final update",
    "end of audio to final text": "from the last sample to the final update, without any pause: a file that has ended",
    "compute per chunk": "one `accept` of one chunk of audio by the wall clock; its parts by the processor clock",
    "Python per chunk": "all of a chunk's processor time outside sherpa-onnx's encoder, filter bank and result",
    "real-time factor": "seconds of waiting per second of audio, fed as fast as it goes",
    "sessions": "most sessions at the pace of speech, in threads of one process, of which none is a chunk late",
    "cold start": "from starting an interpreter to the first decoded chunk, in a fresh process",
    "peak memory": "resident, of a fresh process that transcribes the first file",
}


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
    size_mb: float
    """The bundle."""
    machine: Machine
    samples: dict[str, list[float]]
    """Every single measurement in milliseconds, by figure: what percentiles and comparisons are computed from."""
    times_from: tuple[str, ...] = ()
    """Who says when words were said."""
    true_words: int = 0
    true_phones: int = 0
    speeds: tuple[Speed, ...] = ()
    not_shipped: tuple[str, ...] = ()
    capacity: Capacity | None = None
    peer: PeerProfile | None = None

    def percentile(self, figure: str, percent: float) -> float | None:
        """Of a figure's samples; None if there are none."""
        values = self.samples.get(figure)
        return float(np.percentile(values, percent)) if values else None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: every field, the percentiles of every figure, and what the figures mean."""
        plain = dataclasses.asdict(self)
        plain["percentiles_ms"] = {
            figure: {f"p{percent}": self.percentile(figure, percent) for percent in (*PERCENTILES, 100)}
            for figure, values in self.samples.items()
            if values
        }
        plain["definitions"] = DEFINITIONS
        found: dict[str, Any] = rounded(plain, 4)
        return found


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
        size_mb=recognizer.bundle.size_bytes / 1e6,
        machine=this_machine(),
        samples=samples(measured),
        times_from=tuple(dict.fromkeys(clip.times.source for clip in clips if clip.times)),
        true_words=sum(found.true_words for found in measured.felt),
        true_phones=sum(found.true_phones for found in measured.felt),
        speeds=tuple(measured.speeds),
        not_shipped=tuple(measured.not_shipped),
        capacity=measured.capacity,
        peer=PeerProfile(peer, rival / audio, rival_cpu / audio, rival / seconds) if peer else None,
    )


def samples(measured: Measured) -> dict[str, list[float]]:
    """Every single measurement, in milliseconds, by the figure that it belongs to."""
    timings = [timing for rounds in measured.ours for timing in rounds]
    parts = [part for timing in timings for part in timing.parts]
    seconds = {
        "word latency": [value for found in measured.felt for value in found.words],
        "phone latency": [value for found in measured.felt for value in found.phones],
        "first partial": [value for found in measured.felt for value in found.first_partial],
        "final, with the wait": [value for found in measured.felt for value in found.finals_waited],
        "final, after the decision": [value for found in measured.felt for value in found.finals_decided],
        "end of audio to final text": [timing.flush for timing in timings],
        "compute per chunk": [step for timing in timings for step in timing.steps],
        "encoder per chunk": [part.decode for part in parts],
        "filter bank per chunk": [part.front_end for part in parts],
        "result per chunk": [part.result for part in parts],
        "Python per chunk": [part.python for part in parts],
        "cold start": measured.starts,
    }
    return {figure: [round(1000 * value, 4) for value in values] for figure, values in seconds.items() if values}


def table(profile: Profile) -> Table:
    """The figures, one per line."""
    lines = Table(
        "figure", "p50", "p90", "p95", "p99", "max",
        title=title(profile),
        caption=caption(profile),
        title_justify="left",
        caption_justify="left",
    )  # fmt: skip
    for figure in profile.samples:
        values = [profile.percentile(figure, percent) for percent in (*PERCENTILES, 100)]
        lines.add_row(f"{figure}, ms", *(f"{value:.1f}" for value in values if value is not None))
        if figure == "compute per chunk":
            lines.add_row("its share of the chunk", *(f"{(value or 0) / profile.chunk_ms:.1%}" for value in values))
    lines.add_section()
    for figure, value in totals(profile):
        lines.add_row(figure, value)
    return lines


def title(profile: Profile) -> str:
    """What was measured, in one line."""
    files, threads = (
        f"{count} {noun}{'s' if count > 1 else ''}"
        for count, noun in ((profile.files, "file"), (profile.threads, "thread"))
    )
    return (
        f"{profile.bundle}: {files}, {profile.audio_seconds:.1f} s of audio, {threads}, {profile.chunk_ms} + "
        f"{profile.look_ahead_ms} ms, {ROUNDS} rounds"
    )


def totals(profile: Profile) -> list[tuple[str, str]]:
    """Figures that have no percentiles."""
    rows = [
        ("real-time factor", f"{profile.real_time_factor:.3f}"),
        ("processor seconds per second", f"{profile.cpu_per_second:.3f}"),
        ("peak memory", f"{profile.peak_memory_mb:.0f} MB"),
        ("model size", f"{profile.size_mb:.1f} MB"),
    ]
    rows += [
        (f"real-time factor, {speed.chunk_ms} ms, {speed.threads} threads", f"{speed.real_time_factor:.3f}")
        for speed in profile.speeds
    ]
    if profile.capacity:
        rows.append(("sessions at the pace of speech", str(profile.capacity.sessions)))
    if peer := profile.peer:
        rows.append((f"{peer.name} ({PEERS[peer.name]}), real-time factor", f"{peer.real_time_factor:.3f}"))
        rows.append((f"{peer.name}, processor seconds per second", f"{peer.cpu_per_second:.3f}"))
        rows.append((f"{peer.name} / {profile.bundle}, time", f"{peer.ratio:.1f}"))
    return rows


def caption(profile: Profile) -> str:
    """Where the figures come from."""
    words, phones = (len(profile.samples.get(f"{item} latency", ())) for item in ("word", "phone"))
    times = (
        f"True times: {'; '.join(profile.times_from)}; {words} of {profile.true_words} words and {phones} of "
        f"{profile.true_phones} phones are right in the final text and count."
        if profile.times_from
        else "No word latency: nobody said when the words were spoken (a manifest with `timing` does)."
    )
    return "\n".join([f"Machine: {profile.machine}.", times, *profile.not_shipped])
