"""What a learner is told about a word, and how sure the recogniser is of what it heard.

``correct``, ``different`` or ``unsure``.  A wrong "you are wrong" is worse than silence, so ``different`` needs strong
evidence *and* a difference that the surface line shows.  The evidence is the goodness of pronunciation
(streaming/goodness.py) of a word's worst phone and, because who misses one phone misses more, that of everything said.
Thresholds and tables are fitted by ``saidmeant calibrate`` (models/calibrate.py) and stand in the manifest.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .hypothesis import Span

CORRECT, DIFFERENT, UNSURE = "correct", "different", "unsure"
CONTEXT_WEIGHT = 2.0
"""Of the mean goodness beside that of the worst phone."""
SURE_OF_WORD = 0.7
"""A word that is less probable than this is not called different: it may not be the word that was meant."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a bundle's numbers mean; empty tables: confidences as the model gives them, and no verdicts."""

    phones: tuple[float, ...] = ()
    """Probability that a phone was said, by level of its confidence."""
    words: tuple[float, ...] = ()
    """Probability that a word was meant, where the mean of its letters' confidences is that of each level."""
    different: float = math.inf
    """Evidence from which a word is called different."""
    correct: float = -math.inf
    """Evidence up to which it is called correct."""

    @property
    def judges(self) -> bool:
        """Whether there are thresholds."""
        return self.correct > -math.inf


UNCALIBRATED = Calibration()


def evidence(own: Sequence[float], everything: Sequence[float]) -> float:
    """How much speaks against a word: own, everything: goodness of its phones, and of all around it; not empty."""
    return -min(own) - CONTEXT_WEIGHT * sum(everything) / len(everything)


def verdict(evidence: float, differs: bool, word_confidence: float, calibration: Calibration) -> str:
    """``differs``: whether the surface line reads something else; word_confidence: 1 where the text is known."""
    if evidence <= calibration.correct:
        return CORRECT
    if evidence >= calibration.different and differs and word_confidence >= SURE_OF_WORD:
        return DIFFERENT
    return UNSURE


def judged(spans: Sequence[Span], word_confidences: Sequence[float], calibration: Calibration) -> tuple[Span, ...]:
    """The spans of a segment with their verdicts; those without goodness keep None.

    word_confidences: of the spans that have a word, in order.
    """
    everything = [value for span in spans for value in span.goodness]
    sure = iter(word_confidences)
    found = []
    for span in spans:
        confidence = next(sure) if span.word else 0.0
        if calibration.judges and span.goodness:
            against = evidence(span.goodness, everything)
            span = dataclasses.replace(span, verdict=verdict(against, bool(span.edits), confidence, calibration))
        found.append(span)
    return tuple(found)


def word_probability(raw: float, levels: Sequence[float], calibration: Calibration) -> float:
    """The probability of a word whose letters have this mean confidence."""
    return float(np.interp(raw, levels, calibration.words)) if calibration.words else raw
