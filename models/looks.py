"""How well the look of a line tells an end from a hesitation: what no choice of pauses can make better.

A look is what an endpoint goes by (``BeamSearch.finished``).  Beside the recogniser's, that of the words which were
really said, by the same trigram: where even those do not tell, a better recogniser would not either.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from saidmeant.streaming.beam import SHORTNESS, WHOLE_WORDS
from saidmeant.streaming.language_model import LanguageModel

from .hesitations import Pause
from .pause_traces import Trace

LOOK_SECONDS = 0.85
"""Into a pause; a shorter one is looked at when it ends."""
ENDS_FOUND = (0.3, 0.5, 0.7)


@dataclass(frozen=True, slots=True)
class Look:
    """Of the line in one pause: as recognised, and of the words that were said."""

    complete: bool
    recognised: float
    said: float


@dataclass(frozen=True, slots=True)
class Separation:
    """area: how often an end looks more finished than a hesitation, 0.5 is chance.

    mistaken: the share of hesitations that look finished where the shares :data:`ENDS_FOUND` of the ends do.
    """

    area: float
    mistaken: tuple[float, ...]


def looks(traces: Iterable[Trace], model: LanguageModel) -> list[Look]:
    """One for each pause."""
    return [Look(p.complete, recognised(each, p), said(p.said, model)) for each in traces for p in each.pauses]


def recognised(trace: Trace, pause: Pause) -> float:
    """How finished the line looked in a pause."""
    place = bisect_right(trace.heard, min(pause.start + LOOK_SECONDS, pause.end)) - 1
    return trace.moments[place].finished if place >= 0 else 0.0


def said(text: str, model: LanguageModel) -> float:
    """How finished a text looks, as ``BeamSearch.finished`` has it for one hypothesis."""
    words = text.lower().split()
    found = (model.prefix(word) for word in words)
    numbers = (model.start, *(model.unknown if f is None or f.word is None else f.word for f in found))
    return math.exp(model.score(numbers[-2:], model.end) - SHORTNESS * max(0, WHOLE_WORDS - len(words)))


def separation(ends: Sequence[float], hesitations: Sequence[float]) -> Separation | None:
    """None without ends or without hesitations."""
    if not ends or not hesitations:
        return None
    one, two = np.array(ends), np.array(hesitations)
    above = (one[:, None] > two).mean() + (one[:, None] == two).mean() / 2
    mistaken = tuple(float((two >= np.quantile(one, 1 - share)).mean()) for share in ENDS_FOUND)
    return Separation(float(above), mistaken)


def separations(found: Sequence[Look]) -> dict[str, Separation | None]:
    """By whose words they are."""
    ends, others = [look for look in found if look.complete], [look for look in found if not look.complete]
    return {
        "as recognised": separation([look.recognised for look in ends], [look.recognised for look in others]),
        "as really said": separation([look.said for look in ends], [look.said for look in others]),
    }
