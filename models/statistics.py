"""How sure a figure is: bootstrap intervals over speakers, and whether confidences mean what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

RESAMPLES = 1000
SEED = 20260606
BINS = 16
"""As many as the model has levels of confidence."""

Interval = tuple[float, float]
Parts = Iterable[tuple[str, float, float]]
"""Speaker, numerator and denominator of each utterance, word or phone."""


def interval(parts: Parts, *, resamples: int = RESAMPLES, seed: int = SEED) -> Interval | None:
    """The 95 % interval of a ratio of sums, by resampling speakers with replacement (percentile bootstrap, Efron 1979).

    Error rates are such ratios (edits over length), so are F1 (2 tp over 2 tp + fp + fn) and the difference of two
    error rates on the same references (difference of edits over length), which makes that interval a paired one.
    Utterances of one speaker are not independent, therefore speakers are drawn.  None with fewer than two speakers.
    """
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for speaker, numerator, denominator in parts:
        sums[speaker][0] += numerator
        sums[speaker][1] += denominator
    if len(sums) < 2:
        return None
    table = np.array([sums[speaker] for speaker in sorted(sums)])  # (speakers, 2)
    drawn = np.random.default_rng(seed).integers(0, len(table), (resamples, len(table)))
    totals = table[drawn].sum(axis=1)  # (resamples, 2)
    totals = totals[totals[:, 1] > 0]
    if not len(totals):
        return None
    low, high = np.percentile(totals[:, 0] / totals[:, 1], (2.5, 97.5))
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Expected calibration error of so many confidences, and the bins that it is computed from."""

    error: float
    count: int
    bins: tuple[tuple[float, float, int], ...]
    """Mean confidence, share that is right, how many; bins without any are left out."""

    def as_dict(self) -> dict[str, Any]:
        rows = [{"confidence": round(c, 4), "right": round(r, 4), "count": n} for c, r, n in self.bins]
        return {"expected_calibration_error": self.error, "count": self.count, "bins": rows}


def calibrate(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> Calibration | None:
    """Bins of equal width over [0, 1] (Naeini et al. 2015, Guo et al. 2017); None without any confidence.

    The error is the mean distance between a bin's confidence and the share of it that is right, weighted by its size.
    """
    if not confidences:
        return None
    values, hits = np.asarray(confidences, float), np.asarray(right, float)
    places = np.clip((values * bins).astype(int), 0, bins - 1)
    rows = []
    for place in range(bins):
        inside = places == place
        if inside.any():
            rows.append((float(values[inside].mean()), float(hits[inside].mean()), int(inside.sum())))
    error = sum(count * abs(mean - share) for mean, share, count in rows) / len(values)
    return Calibration(error, len(values), tuple(rows))


def halves(speakers: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Speakers at even positions of the sorted list, and at odd ones."""
    ordered = sorted(set(speakers))
    return frozenset(ordered[::2]), frozenset(ordered[1::2])
