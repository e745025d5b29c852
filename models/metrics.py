"""Error rates over a corpus: the sum of all edits over the sum of all reference lengths."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from .manifest import UNKNOWN_PHONE

_EDIT, _UNUSUAL = 10**9, 10**5
"""Edits decide first, then how many words are not said the usual way; what is below counts phones."""


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Edits (replaced, left out, added) against a reference of this many phones, words or characters."""

    edits: int = 0
    length: int = 0

    @property
    def rate(self) -> float | None:
        """A fraction, above 1 if much was added; None if there was nothing to recognise."""
        return self.edits / self.length if self.length else None

    def __add__(self, other: ErrorRate) -> ErrorRate:
        return ErrorRate(self.edits + other.edits, self.length + other.length)


def total(rates: Iterable[ErrorRate | None]) -> ErrorRate | None:
    """Their sum, leaving out None; None if nothing is left."""
    known = [rate for rate in rates if rate is not None]
    return sum(known, ErrorRate()) if known else None


def phone_errors(reference: Sequence[str], heard: Sequence[str]) -> ErrorRate:
    """``<unk>`` in the reference, a sound that nobody could name, is right whatever one phone was heard."""
    if UNKNOWN_PHONE in reference:
        return ErrorRate(_wildcard_distance(reference, heard), len(reference))
    return ErrorRate(Levenshtein.distance(reference, heard), len(reference))


def word_errors(reference: str, heard: str) -> ErrorRate:
    """Case and the shape of apostrophes are ignored, apostrophes are not: ``I'M`` is ``I'm`` but not ``im``."""
    words = spelled(reference)
    return ErrorRate(Levenshtein.distance(words, spelled(heard)), len(words))


def character_errors(reference: str, heard: str) -> ErrorRate:
    """Spaces and punctuation are ignored, and how a character is composed; so Korean's are syllables."""
    characters = letters(reference)
    return ErrorRate(Levenshtein.distance(characters, letters(heard)), len(characters))


def nearest_errors(words: Sequence[Sequence[Sequence[str]]], heard: Sequence[str]) -> ErrorRate:
    """Against that of all ways to say the words in a row which has the fewest edits.

    words: for each the phones of every right way, the usual one first.  The length is that of the way chosen.
    """
    added = _EDIT * np.arange(len(heard) + 1)
    said = np.array(list(heard), dtype="U")
    costs = added
    for ways in words:
        ends = []
        for number, way in enumerate(ways):
            row = costs + len(way) + (_UNUSUAL if number else 0)
            for phone in way:
                following = row + _EDIT
                np.minimum(following[1:], row[:-1] + _EDIT * (said != phone), out=following[1:])
                row = np.minimum.accumulate(following - added) + added
            ends.append(row)
        costs = np.min(ends, axis=0)
    return ErrorRate(int(costs[-1]) // _EDIT, int(costs[-1]) % _UNUSUAL)


def divergence_rate(pronounced: Sequence[str], canonical: Sequence[str]) -> float:
    """How far a speaker strayed: Levenshtein distance over canonical length; ``<unk>`` strays like any wrong phone."""
    return Levenshtein.distance(pronounced, canonical) / len(canonical) if canonical else 0.0


def spelled(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()


def letters(text: str) -> str:
    """The characters of a text as they are compared."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFC", text)))


def _wildcard_distance(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein distance in which UNKNOWN_PHONE equals every phone."""
    previous = list(range(len(heard) + 1))
    for row, expected in enumerate(reference, 1):
        current = [row]
        for column, phone in enumerate(heard, 1):
            wrong = expected not in (phone, UNKNOWN_PHONE)
            current.append(min(previous[column - 1] + wrong, previous[column] + 1, current[-1] + 1))
        previous = current
    return previous[-1]
