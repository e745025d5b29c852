"""This profile against one that was kept: what became slower, and whether that may be chance.

Intervals are percentile bootstraps (Efron 1979) of the difference of a percentile: both sets of measurements are drawn
anew with replacement, so they hold for these clips on this machine and not for others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from .errors import UsageError
from .profile_report import Profile

RESAMPLES, SEED = 2000, 20260606
FEWEST = 3
"""Measurements without which no interval is computed."""
NEGLIGIBLE = 0.02
"""A difference of less than this share is no regression, however certain."""
PERCENTS = (50, 95)


@dataclass(frozen=True, slots=True)
class Change:
    """One percentile of one figure, before and now, in milliseconds; ``low`` to ``high``: 95 % of the difference."""

    figure: str
    percent: int
    before: float
    now: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``slower`` or ``faster`` if the whole interval says so and it is more than a trifle."""
        trifle = NEGLIGIBLE * self.before
        return "slower" if self.low > trifle else "faster" if self.high < -trifle else ""


def read_profile(path: Path) -> dict[str, Any]:
    """What ``saidmeant profile --json`` wrote.  Raises UsageError for anything else."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the profile {path}: {error}") from error
    if not isinstance(old, dict) or not isinstance(old.get("samples"), dict):
        raise UsageError(f"{path} is not a profile: `saidmeant profile --json` writes one")
    return old


def compare(old: dict[str, Any], new: Profile) -> list[Change]:
    """Every figure that both have measured often enough."""
    rng = np.random.default_rng(SEED)
    changes = []
    for figure, values in new.samples.items():
        before, now = (np.asarray(side, float) for side in (old["samples"].get(figure, ()), values))
        if min(len(before), len(now)) < FEWEST:
            continue
        for percent in PERCENTS:
            drawn = [
                np.percentile(side[rng.integers(0, len(side), (RESAMPLES, len(side)))], percent, axis=1)
                for side in (before, now)
            ]
            low, high = np.percentile(drawn[1] - drawn[0], (2.5, 97.5))
            was, is_now = (float(np.percentile(side, percent)) for side in (before, now))
            changes.append(Change(figure, percent, was, is_now, float(low), float(high)))
    return changes


def warnings(old: dict[str, Any], new: Profile) -> list[str]:
    """Why the two may not be comparable."""
    found = []
    for what, before, now in (
        ("processor", old.get("machine", {}).get("processor"), new.machine.processor),
        ("threads", old.get("threads"), new.threads),
        ("chunk", old.get("chunk_ms"), new.chunk_ms),
        ("seconds of audio", old.get("audio_seconds"), round(new.audio_seconds, 4)),
    ):
        if before != now:
            found.append(f"not the same {what}: {before} before, {now} now")
    return found


def comparison_table(changes: list[Change], complaints: list[str]) -> Table:
    """Before, now, and the interval of the difference."""
    lines = Table("figure, ms", "before", "now", "difference (95 %)", "", title="against the profile that was kept")
    for change in changes:
        lines.add_row(
            f"{change.figure}, p{change.percent}", f"{change.before:.1f}", f"{change.now:.1f}",
            f"{change.low:+.1f} … {change.high:+.1f}", change.verdict,
        )  # fmt: skip
    lines.caption = "\n".join(complaints)
    return lines
