"""The letters of a hypothesis of the beam search: a chain from the last to the first, shared with other hypotheses."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .lanes import Run


@dataclass(slots=True, eq=False)
class Letter:
    """The last letter of a hypothesis and, through ``before``, all others.  Never changed."""

    before: Letter | None
    symbol: str
    frame: int
    log_prob: float
    count: int
    """How many letters there are, this one included."""


def letters(last: Letter | None) -> list[Letter]:
    """A hypothesis from its first letter to its last."""
    found = []
    while last is not None:
        found.append(last)
        last = last.before
    return found[::-1]


def runs(last: Letter | None) -> list[Run]:
    """As greedy decoding gives them."""
    return [run(letter) for letter in letters(last)]


def run(letter: Letter) -> Run:
    """A letter's end is not known, so it takes one frame."""
    return Run(letter.symbol, letter.frame, letter.frame, level(letter.log_prob))


def level(log_prob: float) -> int:
    """The confidence level of a probability."""
    return min(15, int(16 * math.exp(log_prob)))
