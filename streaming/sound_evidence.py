"""What the surface head hears as evidence for the letters of the meaning line, where the writing mostly spells sounds.

In Hangul most letters are what is said.  The two heads err in different places, so the logarithmic opinion pool of both
(Genest & Zidek 1986, doi 10.1214/ss/1177013825) tells the beam search (beam.py) more than the meaning head alone.  What
rules of pronunciation change the surface head hears otherwise than it is written; its small weight leaves such letters
to the meaning head and the language model.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from operator import itemgetter

from .lanes import Candidate
from .spelling import WORD_BOUNDARY

FLOOR = 2e-3
"""The probability of what is not among a head's candidates."""
LEAST = 1e-3
"""Less likely letters are dropped."""
MOST = 12
"""So many letters are kept."""


def pooled(
    letters: Sequence[Candidate], sounds: Sequence[Candidate], weight: float, sound_of: Callable[[str], str]
) -> Sequence[Candidate]:
    """The candidates of a frame by both heads, the likeliest first.

    letters, sounds: those of the meaning and of the surface head; weight: that of the surface head, the other one's
    makes it 1; sound_of: a letter as the surface line writes it.  A word boundary is no sound: the meaning head has it.
    """
    if not weight or not (letters or sounds):
        return letters
    written = {letter: math.exp(log_prob) for letter, log_prob in letters}
    heard = {sound: math.exp(log_prob) for sound, log_prob in sounds}
    agreed = {}
    for letter in {**written, **heard}:
        by_meaning = max(written.get(letter, 0.0), FLOOR)
        by_surface = by_meaning if letter == WORD_BOUNDARY else max(heard.get(sound_of(letter), 0.0), FLOOR)
        agreed[letter] = by_meaning ** (1 - weight) * by_surface**weight
    blank = _rest(written) ** (1 - weight) * _rest(heard) ** weight
    total = blank + sum(agreed.values())
    best = heapq.nlargest(MOST, agreed.items(), key=itemgetter(1))
    return [(letter, math.log(value / total)) for letter, value in best if value > LEAST * total]


def _rest(probabilities: dict[str, float]) -> float:
    """What candidates leave to the blank."""
    return max(1.0 - sum(probabilities.values()), FLOOR)
