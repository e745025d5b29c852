"""What a learner is told about a word, and how sure the recogniser is of what it heard.

``correct``, ``different`` or ``unsure``.  A word that the surface line reads as it should be is correct, and so is one
whose worst phone fits the audio well enough (streaming/goodness.py).  A wrong "you are wrong" is worse than silence, so
``different`` needs strong evidence: that phone's goodness, because who misses one phone misses more that of everything
said, and a surface line that is sure of itself: where it is not, what it heard is likelier its own mistake.
Thresholds and tables are fitted by ``saidmeant calibrate`` (export/calibration.py) and stand in the manifest.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .hypothesis import Span, Token

CORRECT, DIFFERENT, UNSURE = "correct", "different", "unsure"
CONTEXT_WEIGHT = 1.0
"""Of the mean goodness beside that of the worst phone."""
UNCLEAR_WEIGHT = 10.0
"""Of the mean doubt about the phones of the surface line, which is a probability and not in nats."""
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
    """Doubt about its worst phone up to which a word is called correct although the surface line reads otherwise."""

    @property
    def judges(self) -> bool:
        """Whether there are thresholds."""
        return self.correct > -math.inf


UNCALIBRATED = Calibration()


@dataclass(frozen=True, slots=True)
class Against:
    """What speaks against a word.  differs: whether the surface line reads something else."""

    doubt: float
    """About its worst phone: how far it is from fitting the audio."""
    around: float
    """The same of everything said, on average."""
    unclear: float
    """Mean probability that a phone of the surface line was not said."""
    differs: bool

    @property
    def evidence(self) -> float:
        return self.doubt + CONTEXT_WEIGHT * self.around - UNCLEAR_WEIGHT * self.unclear


def against(own: Sequence[float], everything: Sequence[float], phones: Sequence[Token], differs: bool) -> Against:
    """own, everything: goodness of a word's phones, and of all phones of the segment; not empty.

    phones: the segment's surface line, with confidences as calibrated.
    """
    unclear = 1.0 - sum(phone.confidence for phone in phones) / len(phones) if phones else 1.0
    return Against(-min(own), -sum(everything) / len(everything), unclear, differs)


def verdict(word: Against, confidence: float, calibration: Calibration) -> str:
    """confidence: the probability that the word was meant, 1 where the text is known."""
    if not word.differs:
        return CORRECT
    if word.evidence >= calibration.different and confidence >= SURE_OF_WORD:
        return DIFFERENT
    return CORRECT if word.doubt <= calibration.correct else UNSURE


def judged(
    spans: Sequence[Span], phones: Sequence[Token], word_confidences: Sequence[float], calibration: Calibration
) -> tuple[Span, ...]:
    """The spans of a segment with their verdicts; those without goodness keep None.

    phones: the surface line; word_confidences: of the spans that have a word, in order.
    """
    everything = [value for span in spans for value in span.goodness]
    sure = iter(word_confidences)
    found = []
    for span in spans:
        confidence = next(sure) if span.word else 0.0
        if calibration.judges and span.goodness:
            word = against(span.goodness, everything, phones, span.differs)
            span = dataclasses.replace(span, verdict=verdict(word, confidence, calibration))
        found.append(span)
    return tuple(found)


def word_probability(raw: float, levels: Sequence[float], calibration: Calibration) -> float:
    """The probability of a word whose letters have this mean confidence."""
    return float(np.interp(raw, levels, calibration.words)) if calibration.words else raw
