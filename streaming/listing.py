"""``saidmeant models``: the shipped bundles, what they were measured to do, and how fast they are here."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from .audio import AudioFile
from .bundle import Bundle, load_bundle, shipped_bundles
from .profiler import shipped_sample
from .recognizer import Recognizer

RATES = (
    {"surface_per": "PER", "surface_jer": "jamo ER"},
    {"meaning_wer": "WER", "meaning_cer": "CER"},
)
"""Surface and meaning: what a manifest may say of each, and what it is called."""
ROUNDS = 5
"""How often every bundle transcribes the sample; the median counts."""


def list_bundles(*, speed: bool = False) -> int:
    """Print a table of all shipped bundles; with ``speed`` they are timed on this machine."""
    bundles = [load_bundle(name) for name in shipped_bundles()]
    factors = speeds([Recognizer.load(name) for name in shipped_bundles()]) if speed else None
    Console().print(table(bundles, factors))
    return 0


def speeds(recognizers: Sequence[Recognizer]) -> list[float]:
    """Processor seconds per second of audio of each: one thread, its language's sample, taking turns, medians.

    Processor time, because other programs disturb it less than time on the clock.
    """
    sources = [AudioFile(shipped_sample(recognizer.bundle.manifest.language)) for recognizer in recognizers]
    clips = [list(source) for source in sources]
    times: list[list[float]] = [[] for _ in recognizers]
    for _ in range(ROUNDS):
        for recognizer, source, audio, spent in zip(recognizers, sources, clips, times, strict=True):
            started = time.process_time()
            recognizer.transcribe(audio, sample_rate=source.sample_rate)
            spent.append((time.process_time() - started) * source.sample_rate / sum(map(len, audio)))
    return [statistics.median(spent) for spent in times]


def table(bundles: Sequence[Bundle], factors: Sequence[float] | None = None) -> Table:
    """One line per bundle; factors: real-time factors, if they were measured."""
    columns = ["bundle", "language", "MB", "chunk ms", "surface errors", "meaning errors", "measured on"]
    lines = Table(*columns, *(["real-time factor"] if factors else []))
    for i, bundle in enumerate(bundles):
        manifest = bundle.manifest
        lines.add_row(
            f"{manifest.name} (preview)" if manifest.preview else manifest.name,
            manifest.language,
            f"{bundle.size_bytes / 1e6:.1f}",
            str(manifest.chunk_ms),
            *(_rate(manifest.figures, names) for names in RATES),
            manifest.measured_on or "-",
            *([f"{factors[i]:.3f}"] if factors else []),
        )
    return lines


def _rate(figures: Mapping[str, float], names: Mapping[str, str]) -> str:
    return next((f"{figures[name]:.1%} {called}" for name, called in names.items() if name in figures), "-")
