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

    def after(self, key: int) -> dict[int, int]:
        """What was seen after the letters with that number: ``-log p`` in steps by the code of the letter."""
        first = bisect_left(self.keys, key << BITS)
        last = bisect_left(self.keys, key + 1 << BITS, first)
        codes = (each & MOST_LETTERS for each in self.keys[first:last])
        return dict(zip(codes, self.log_probs[first:last], strict=True))


@dataclass(frozen=True, slots=True)
class Context:
    """The last letters of a hypothesis: what was seen after them, and what it costs to go by fewer of them."""

    seen: dict[int, int]
    backoff: int
    shorter: Context | None


class LetterModel:
    """The log-probability (nats) of a letter after others."""

    start, end = START, END

    def __init__(self, letters: Sequence[str], orders: Sequence[Order]) -> None:
        self.letters = tuple(letters)
        self._codes: Mapping[str, int] = {letter: number for number, letter in enumerate(letters, 1)}
        self._orders = orders
        self._contexts: dict[str, Context] = {}

    def context(self, letters: str) -> str:
        """What matters of all the letters so far."""
        return letters[-(len(self._orders) - 1) :]

    def score(self, context: str, letter: str) -> float:
        """log p(letter | context); context: as :meth:`context` gives it.  Raises KeyError for an unknown letter."""
        code, steps = self._codes[letter], 0
        known: Context | None = self._contexts.get(context) or self._add(context)
        while known is not None:
            found = known.seen.get(code)
            if found is not None:
                return -LOG_STEP * (steps + found)
            steps += known.backoff
            known = known.shorter
        raise KeyError(letter)

    def _add(self, letters: str) -> Context:
        """A context that was not asked for lately."""
        key, order = self._key(letters), len(letters)
        seen = self._orders[order].after(key)
        backoff, shorter = 0, None
        if letters:
            shorter = self._contexts.get(letters[1:]) or self._add(letters[1:])
            below = self._orders[order - 1]
            place = below.place(key)
            backoff = below.backoffs[place] if place is not None and below.backoffs is not None else 0
        known = Context(seen, backoff, shorter) if seen or backoff or shorter is None else shorter
        if len(self._contexts) >= MOST_CACHED:
            self._contexts.clear()
        self._contexts[letters] = known
        return known

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
