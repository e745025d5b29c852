"""``saidmeant models``: the shipped bundles, what they were measured to do, and how fast they are here."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from .audio import AudioFile
from .bundle import Bundle, load_bundle, shipped_bundles
from .outputs import status
from .preview import preview_notice
from .profiler import shipped_sample
from .recognizer import Recognizer

ROUNDS = 5
"""How often every bundle transcribes the sample; the median counts."""


def list_bundles(*, speed: bool = False) -> int:
    """Print a table of all shipped bundles; with ``speed`` they are timed on this machine."""
    bundles = [load_bundle(name) for name in shipped_bundles()]
    for bundle in bundles:
        if notice := preview_notice(bundle.manifest):
            status(notice)
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
    columns = ["bundle", "language", "MB", "chunk ms", "phone errors", "word errors", "measured on"]
    lines = Table(*columns, *(["real-time factor"] if factors else []))
    for i, bundle in enumerate(bundles):
        manifest = bundle.manifest
        rates = [manifest.figures.get(name) for name in ("surface_per", "meaning_wer")]
        lines.add_row(
            f"{manifest.name} (preview)" if manifest.preview else manifest.name,
            manifest.language,
            f"{bundle.size_bytes / 1e6:.1f}",
            str(manifest.chunk_ms),
            *("-" if rate is None else f"{rate:.1%}" for rate in rates),
            manifest.measured_on or "-",
            *([f"{factors[i]:.3f}"] if factors else []),
        )
    return lines
