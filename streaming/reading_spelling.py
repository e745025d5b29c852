"""How well the letters that the meaning head hears spell the words of a text, frame by frame.

The meaning head writes a learner's word as it is meant, so that its letters tell a word said badly from another word,
which phones alone do not.  Each word is searched for by itself, anywhere in time, with the topology of CTC (Graves et
al. 2006); its score is the mean over its letters, relative to the likeliest label of every frame, and fades afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from .lanes import Candidate
from .reading_graph import BLANK_FLOOR, Floats, Indices

NOTHING = -1e9
WORST = 6.0
"""Nats: a letter that was not heard; no word is worse on average."""
FADING = 0.25
"""Nats a letter by which a word that was spelled is forgotten in each frame."""

NO_LETTERS = ("",)


class Spelling:
    """Frames in; how well each word of the text has just been spelled out."""

    def __init__(self, words: Sequence[str], letters: Collection[str]) -> None:
        """letters: those of the meaning head; a word with others is never spelled, and nothing is known of it."""
        spelled = [_letters(word, letters) for word in words]
        self.known = np.array([spelling != NO_LETTERS for spelling in spelled])
        """(words,)"""
        inventory = sorted({letter for spelling in spelled for letter in spelling})
        self._number = {letter: number for number, letter in enumerate(inventory)}
        self._letters = np.array([self._number[letter] for spelling in spelled for letter in spelling], np.intp)
        sizes = np.array([len(spelling) for spelling in spelled], np.intp)
        self._first: Indices = np.concatenate([[0], np.cumsum(sizes)])
        self._sizes = sizes.astype(float)
        self._begins = np.zeros(len(self._letters), bool)
        self._begins[self._first[:-1]] = True
        self._doubled = np.concatenate([[False], self._letters[1:] == self._letters[:-1]])
        self.forget()

    def forget(self) -> None:
        """Nothing has been spelled yet."""
        self._on = np.full(len(self._letters), NOTHING)  # each letter, going on or followed by blanks
        self._after = np.full(len(self._letters), NOTHING)
        self.scores: Floats = np.full(len(self._sizes), -WORST)
        """(words,) nats a letter, from -WORST to 0, which fits perfectly."""

    def hear(self, candidates: Sequence[Candidate], low: int, high: int) -> None:
        """Take in a frame's letters, for the words from ``low`` to ``high`` (exclusive)."""
        words, states = slice(low, high), slice(int(self._first[low]), int(self._first[high]))
        self.scores[words] = np.maximum(self.scores[words] - FADING, -WORST)
        if not candidates:
            np.maximum(self._after[states], self._on[states], out=self._after[states])
            self._on[states] = NOTHING
            return
        fits, blank = self._fits(candidates)
        on, after = self._on[states], self._after[states]
        before = np.full(len(on), NOTHING)
        before[1:] = np.maximum(after[:-1], np.where(self._doubled[states][1:], NOTHING, on[:-1]))
        before[self._begins[states]] = 0.0
        either = np.maximum(on, after)
        self._on[states] = np.maximum(on, before) + fits[self._letters[states]]
        self._after[states] = either + blank
        ends = self._first[low + 1 : high + 1] - 1
        self.scores[words] = np.maximum(self.scores[words], self._on[ends] / self._sizes[words])

    def _fits(self, candidates: Sequence[Candidate]) -> tuple[Floats, float]:
        rest = math.log(max(BLANK_FLOOR, 1.0 - sum(math.exp(log_prob) for _, log_prob in candidates)))
        best = max(rest, *(log_prob for _, log_prob in candidates))
        fits = np.full(len(self._number), -WORST)
        for letter, log_prob in candidates:
            if letter in self._number:
                fits[self._number[letter]] = max(log_prob - best, -WORST)
        return fits, max(rest - best, -WORST)


def _letters(word: str, known: Collection[str]) -> tuple[str, ...]:
    """A word as the meaning head spells it: the case of *I* is the line's, not the head's."""
    found = tuple(word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return found if all(letter in known for letter in found) else NO_LETTERS
