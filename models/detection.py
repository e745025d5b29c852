"""Mispronunciation detection: a threshold, and how often it is right.

The threshold is the one with the best F1 on the speakers at even positions of the sorted list (half A); what is
reported is how it does on the others (half B).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .evidence import UNJUDGED, Judged
from .statistics import halves, interval


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts of the text's phones: right and false alarms, mispronounced phones that were let pass, the rest."""

    hits: int
    false_alarms: int
    misses: int
    passed: int
    elsewhere: int = 0
    """Alarms about phones that the text does not have, which no rate but :attr:`f1_of_all_alarms` counts."""

    @property
    def precision(self) -> float | None:
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float | None:
        return _share(self.hits, self.hits + self.misses)

    @property
    def f1(self) -> float | None:
        return _share(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)

    @property
    def f1_of_all_alarms(self) -> float | None:
        """With every alarm about a word that was taken for another as a false one."""
        return _share(2 * self.hits, 2 * self.hits + self.false_alarms + self.elsewhere + self.misses)

    @property
    def false_acceptance_rate(self) -> float | None:
        """Mispronounced phones that were let pass, of all mispronounced ones."""
        return _share(self.misses, self.hits + self.misses)

    @property
    def false_rejection_rate(self) -> float | None:
        """Well pronounced phones of the text with an alarm, of all well pronounced ones."""
        return _share(self.false_alarms, self.false_alarms + self.passed)


def rates(phones: Iterable[Judged], threshold: float) -> Rates:
    """An alarm at every phone whose score reaches the threshold."""
    hits = false = misses = passed = elsewhere = 0
    for phone in phones:
        alarm = phone.score >= threshold
        hits += alarm and phone.wrong is True
        false += alarm and phone.wrong is False
        misses += not alarm and phone.wrong is True
        passed += not alarm and phone.wrong is False
        elsewhere += alarm and phone.wrong is None
    return Rates(hits, false, misses, passed, elsewhere)


def best_threshold(phones: Sequence[Judged]) -> float | None:
    """The score with the best F1, the highest of equals; None if no phone is wrong or none has a score."""
    judged = [phone for phone in phones if phone.score > UNJUDGED and phone.wrong is not None]
    positives = sum(phone.wrong is True for phone in phones)
    if not judged or not positives:
        return None
    scores = np.array([phone.score for phone in judged])
    order = np.argsort(-scores, kind="stable")
    scores, wrong = scores[order], np.array([phone.wrong is True for phone in judged])[order]
    f1 = 2 * np.cumsum(wrong) / (np.arange(1, len(wrong) + 1) + positives)
    last = np.append(scores[1:] != scores[:-1], True)  # equal scores are all alarms or none is
    return float(scores[np.where(last, f1, -1.0).argmax()])


def detect(phones: Sequence[Judged], speakers: Iterable[str]) -> dict[str, Any] | None:
    """Threshold from half A, figures of half B; None if either half has no mispronounced phone.

    speakers: all of the manifest, with or without known phones, so that the halves are always the same.
    """
    first, second = halves(speakers)
    threshold = best_threshold([phone for phone in phones if phone.speaker in first])
    tested = [phone for phone in phones if phone.speaker in second]
    if threshold is None or not any(phone.wrong for phone in tested):
        return None
    found = rates(tested, threshold)
    chosen = rates((phone for phone in phones if phone.speaker in first), threshold)
    return {
        "f1": found.f1,
        "f1_interval": interval(_f1_parts(tested, threshold)),
        "precision": found.precision,
        "recall": found.recall,
        "false_acceptance_rate": found.false_acceptance_rate,
        "false_rejection_rate": found.false_rejection_rate,
        "threshold": threshold,
        "f1_on_half_a": chosen.f1,
        "phones": sum(phone.wrong is not None for phone in tested),
        "mispronounced": found.hits + found.misses,
        "mispronounced_in_recognised_words": sum(phone.wrong is True and phone.score > UNJUDGED for phone in tested),
        "alarms": found.hits + found.false_alarms,
        "alarms_on_other_words": found.elsewhere,
        "f1_of_all_alarms": found.f1_of_all_alarms,
    }


def _f1_parts(phones: Iterable[Judged], threshold: float) -> Iterable[tuple[str, float, float]]:
    """F1 = 2 hits / (alarms + mispronounced), by phone."""
    for phone in phones:
        alarm, wrong = phone.score >= threshold and phone.wrong is not None, phone.wrong is True
        yield phone.speaker, 2.0 * (alarm and wrong), float(alarm + wrong)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
