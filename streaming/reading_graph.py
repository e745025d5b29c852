"""The text of a reading as states: every phone of every pronunciation of every word, in the order of the text.

Each pronunciation has two slots in front of its phones: an unused one, and the one through which it is entered.  So
"one phone further" and "over one phone" are the same shift of the arrays everywhere, and never lead into another word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .errors import UsageError
from .language import ENGLISH, Language
from .lexicon import Lexicon, Pronunciation

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

LEAD = 2
BLANK_FLOOR = 2e-3
"""Least probability of the blank; what the candidates leave over is rounded."""
MOST_PRONUNCIATIONS = 4


@dataclass(frozen=True, slots=True)
class Inventory:
    """The phones of a language: their numbers, and how far apart they are."""

    numbers: Mapping[str, int]
    distances: Floats
    """(phones, phones) edits."""


@dataclass(frozen=True, slots=True)
class ReadingGraph:
    """The states of a text; words are numbered from 0, states over all their pronunciations."""

    words: tuple[str, ...]
    pronunciations: tuple[tuple[Pronunciation, ...], ...]
    first: Indices
    """(words + 1,) the first state of each word, and how many states there are."""
    phones: Indices
    """(states,) numbers of phones; of the slots in front, any."""
    is_phone: NDArray[np.bool_]
    entries: Indices
    """(pronunciations,) the slots through which they are entered."""
    entry_words: Indices
    """(pronunciations,) their words."""
    first_entry: Indices
    """(words + 1,) the first pronunciation of each word, and how many there are."""
    exits: Indices
    """(words, 2 * MOST_PRONUNCIATIONS) last states, then the ones before them; a word with fewer repeats its first."""
    left: Floats
    """(states,) phones still to come in the word."""
    state_words: Indices
    """(states,) their words."""
    language: Language = ENGLISH

    @property
    def inventory(self) -> Inventory:
        return inventory_of(self.language)


@cache
def inventory_of(language: Language) -> Inventory:
    """Computed once."""
    units = language.units
    distances = np.array([[language.distance(one, other) for other in units] for one in units]) / 100
    return Inventory({unit: number for number, unit in enumerate(units)}, distances)


def reading_graph(reference: str | Sequence[str], lexicon: Lexicon, language: Language = ENGLISH) -> ReadingGraph:
    """A text, or its sentences, as states.  Raises UsageError if it has no words, or one that nobody can pronounce."""
    sentences = [reference] if isinstance(reference, str) else reference
    found = [each for sentence in sentences for each in language.read(sentence, lexicon)]
    if not found:
        raise UsageError("the reference text has no words")
    words = tuple(word for word, _ in found)
    return _graph(words, tuple(options[:MOST_PRONUNCIATIONS] for _, options in found), language)


def _graph(
    words: tuple[str, ...], pronunciations: tuple[tuple[Pronunciation, ...], ...], language: Language
) -> ReadingGraph:
    numbers_of = inventory_of(language).numbers
    first, first_entry = [0], [0]
    phones: list[int] = []
    left: list[float] = []
    entries: list[int] = []
    entry_words: list[int] = []
    exits: list[list[int]] = []
    for index, options in enumerate(pronunciations):
        ends = []
        for option in options:
            entries.append(len(phones) + LEAD - 1)
            entry_words.append(index)
            phones += [-1] * LEAD + [numbers_of[phone] for phone in option]
            left += [float(len(option))] * LEAD + [float(len(option) - i) for i in range(1, len(option) + 1)]
            ends.append(len(phones) - 1)
        ends += ends[:1] * (MOST_PRONUNCIATIONS - len(ends))
        exits.append(ends + [end - 1 for end in ends])
        first.append(len(phones))
        first_entry.append(len(entries))
    numbers = np.array(phones, np.intp)
    return ReadingGraph(
        words,
        pronunciations,
        np.array(first, np.intp),
        np.maximum(numbers, 0),
        numbers >= 0,
        np.array(entries, np.intp),
        np.array(entry_words, np.intp),
        np.array(first_entry, np.intp),
        np.array(exits, np.intp),
        np.array(left),
        np.repeat(np.arange(len(words)), np.diff(first)),
        language,
    )
