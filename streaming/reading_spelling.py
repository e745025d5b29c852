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
from .language import ENGLISH, Language
from .reading_graph import BLANK_FLOOR, Floats, Indices

NOTHING = -1e9
WORST = 6.0
"""Nats: a letter that was not heard; no word is worse on average."""
FADING = 0.35
"""Nats a letter by which a word that was spelled is forgotten in each frame."""

EARLY = 2
"""Frames by which the first letter of a word may come before its phones."""
NO_LETTERS = ("",)


class Spelling:
    """Frames in; how well each word of the text has just been spelled out."""

    def __init__(self, words: Sequence[str], letters: Collection[str], language: Language = ENGLISH) -> None:
        """letters: those of the meaning head; a word with others is never spelled, and nothing is known of it."""
        spelled = [_known(language.letters(word), letters) for word in words]
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
        self._on_from = np.zeros(len(self._letters), np.intp)  # the frames in which these spellings began
        self._after_from = np.zeros(len(self._letters), np.intp)
        self._scores: Floats = np.full(len(self._sizes), -WORST)
        self._scores_from = np.zeros(len(self._sizes), np.intp)

    def since(self, words: Indices, frames: Indices) -> Floats:
        """Nats a letter, from -WORST to 0, which fits perfectly, of these words spelled since these frames."""
        return np.where(self._scores_from[words] >= frames - EARLY, self._scores[words], -WORST)

    def hear(self, frame: int, candidates: Sequence[Candidate], low: int, high: int) -> None:
        """Take in a frame's letters, for the words from ``low`` to ``high`` (exclusive)."""
        states = slice(int(self._first[low]), int(self._first[high]))
        on, after = self._on[states], self._after[states]
        on_from, after_from = self._on_from[states], self._after_from[states]
        either = np.maximum(on, after)
        either_from = np.where(on >= after, on_from, after_from)
        self._scores[low:high] = np.maximum(self._scores[low:high] - FADING, -WORST)
        if not candidates:
            self._on[states], self._after[states], self._after_from[states] = NOTHING, either, either_from
            return
        fits, blank = self._fits(candidates)
        before, before_from = np.full(len(on), NOTHING), np.zeros(len(on), np.intp)
        before[1:] = np.where(self._doubled[states][1:], after[:-1], either[:-1])
        before_from[1:] = np.where(self._doubled[states][1:], after_from[:-1], either_from[:-1])
        before[self._begins[states]], before_from[self._begins[states]] = 0.0, frame
        self._on_from[states] = np.where(on >= before, on_from, before_from)
        self._on[states] = np.maximum(on, before) + fits[self._letters[states]]
        self._after[states], self._after_from[states] = either + blank, either_from
        self._note(low, high)

    def _note(self, low: int, high: int) -> None:
        """Words that have just been spelled better than before, or after those were forgotten."""
        ends = self._first[low + 1 : high + 1] - 1
        scores = self._on[ends] / self._sizes[low:high]
        better = scores > self._scores[low:high]
        np.copyto(self._scores[low:high], scores, where=better)
        np.copyto(self._scores_from[low:high], self._on_from[ends], where=better)

    def _fits(self, candidates: Sequence[Candidate]) -> tuple[Floats, float]:
        rest = math.log(max(BLANK_FLOOR, 1.0 - sum(math.exp(log_prob) for _, log_prob in candidates)))
        best = max(rest, *(log_prob for _, log_prob in candidates))
        fits = np.full(len(self._number), -WORST)
        for letter, log_prob in candidates:
            if letter in self._number:
                fits[self._number[letter]] = max(log_prob - best, -WORST)
        return fits, max(rest - best, -WORST)


def _known(found: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    """A word's letters, if the meaning head has them all."""
    return found if all(letter in known for letter in found) else NO_LETTERS
