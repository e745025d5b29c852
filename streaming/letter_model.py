"""Which letter follows which: an n-gram model with back-off, for a language whose words are too many to list.

Korean joins particles and endings to its stems, so that half of the words of a new text have never been seen; the
letters (jamo.py) before each letter foretell it nearly as well.  The file is an ``.npz`` that ``python -m
saidmeant.export.letter_model`` writes: ``letters`` as UTF-8 (the marks of a sentence's start and end come first), and
for each order the n-grams as sorted numbers (in ``keys_n`` the increments byte by byte, :func:`planes`; :data:`BITS`
per letter, its place in ``letters`` from 1), their probabilities and, but for the last, their back-off weights, as in
language_model.py.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .language_model import LOG_STEP

START, END = "<", ">"
"""The marks of a sentence's start and end: no letters of a Korean meaning line."""
BITS = 7
MOST_LETTERS, MOST_ORDER = 2**BITS - 1, 64 // BITS
MOST_CACHED = 32_768
NUMBER = np.dtype("<u8")


@dataclass(frozen=True, slots=True)
class Order:
    """The n-grams of one length: keys in order, and in steps of :data:`LOG_STEP` nats ``-log p`` and back-off."""

    keys: memoryview
    log_probs: memoryview
    backoffs: memoryview | None

    def place(self, key: int) -> int | None:
        """Where an n-gram stands."""
        place = bisect_left(self.keys, key)
        return place if place < len(self.keys) and self.keys[place] == key else None


class LetterModel:
    """The log-probability (nats) of a letter after others."""

    start, end = START, END

    def __init__(self, letters: Sequence[str], orders: Sequence[Order]) -> None:
        self.letters = tuple(letters)
        self._codes: Mapping[str, int] = {letter: number for number, letter in enumerate(letters, 1)}
        self._orders = orders
        self._scores: dict[tuple[str, str], float] = {}

    def context(self, letters: str) -> str:
        """What matters of all the letters so far."""
        return letters[-(len(self._orders) - 1) :]

    def score(self, context: str, letter: str) -> float:
        """log p(letter | context); context: as :meth:`context` gives it.  Raises KeyError for an unknown letter."""
        key = context, letter
        found = self._scores.get(key)
        if found is None:
            found = self._score(context, letter)
            if len(self._scores) >= MOST_CACHED:
                self._scores.clear()
            self._scores[key] = found
        return found

    def _score(self, context: str, letter: str) -> float:
        """From the longest context that was seen with the letter; each shorter one costs its back-off."""
        steps = 0
        while True:
            order = self._orders[len(context)]
            place = order.place(self._key(context + letter))
            if place is not None:
                return -LOG_STEP * (steps + order.log_probs[place])
            if not context:
                raise KeyError(letter)
            seen = self._orders[len(context) - 1]
            before = seen.place(self._key(context))
            if before is not None and seen.backoffs is not None:
                steps += seen.backoffs[before]
            context = context[1:]

    def _key(self, letters: str) -> int:
        key = 0
        for letter in letters:
            key = key << BITS | self._codes[letter]
        return key


def planes(numbers: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Numbers as rows of their first, second, … bytes (8, numbers), which compress a sixth better."""
    return np.ascontiguousarray(numbers.astype(NUMBER).view(np.uint8).reshape(-1, NUMBER.itemsize).T)


def letter_model(arrays: Mapping[str, NDArray[np.generic]]) -> LetterModel:
    """The model in a file's arrays.  Raises ValueError or KeyError if they do not fit each other."""
    letters = bytes(arrays["letters"]).decode("utf-8")
    if letters[:2] != START + END or len({*letters}) != len(letters) or len(letters) > MOST_LETTERS:
        raise ValueError("its letters are not the two marks and then others, each once")
    count = sum(name.startswith("keys_") for name in arrays)
    if not 2 <= count <= MOST_ORDER:
        raise ValueError(f"{count} orders; 2 to {MOST_ORDER} are possible")
    return LetterModel(letters, [_order(arrays, number, count) for number in range(1, count + 1)])


def _order(arrays: Mapping[str, NDArray[np.generic]], number: int, count: int) -> Order:
    names = [f"log_prob_{number}"] + ([f"backoff_{number}"] if number < count else [])
    rows, steps = arrays[f"keys_{number}"], [arrays[name] for name in names]
    if rows.dtype != np.uint8 or rows.ndim != 2 or len(rows) != NUMBER.itemsize:
        raise ValueError(f"keys_{number} are not the bytes of numbers")
    increments = np.ascontiguousarray(rows.T).view(NUMBER).ravel()
    if not np.all(increments):
        raise ValueError(f"keys_{number} are not increments")
    keys = np.cumsum(increments, dtype=np.uint64)
    if (keys[1:] <= keys[:-1]).any():
        raise ValueError(f"keys_{number} are too large")
    if any(array.dtype != np.uint8 or array.shape != keys.shape for array in steps):
        raise ValueError(f"the probabilities of order {number} do not fit its n-grams")
    views = [np.ascontiguousarray(array).data for array in (keys, *steps)]  # single entries come out faster
    return Order(views[0], views[1], views[2] if number < count else None)
