"""The lines of the open segment, made anew at every chunk: only what changed since the last time is made again.

Everything here equals what lines.py makes of all runs; tests/test_growing.py holds it to that.
"""

from __future__ import annotations

from collections.abc import Sequence

from .beam import BeamSearch
from .hypothesis import Hypothesis, Token, Word
from .lanes import Run
from .letters import Letter, run
from .lines import Clock, Scale, meaning_line, shown, surface_line, token_of, words_of


class GrowingSurface:
    """The surface line of one segment.  Greedy decoding changes only its last phone."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._tokens: list[Token] = []
        self._texts: list[str] = []

    def line(self, runs: Sequence[Run], clock: Clock) -> Hypothesis:
        """runs: those of the last call, of which only the last may have changed, and what followed."""
        if runs and clock.cuts(runs[-1]):
            return surface_line(runs, clock, self._scale, final=False)
        del self._tokens[-1:], self._texts[-1:]
        for new in runs[len(self._tokens) :]:
            self._tokens.append(token_of(new, new.symbol, clock, self._scale.phones))
            self._texts.append(new.symbol)
        text = self._scale.language.said(self._texts)
        return Hypothesis(text, tuple(self._tokens), (), max(0, len(self._tokens) - 1))


class GrowingMeaning:
    """The meaning line of one segment, by beam search."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._letters: list[Letter] = []
        self._tokens: list[Token] = []
        self._words: list[Word] = []
        self._closed: list[tuple[int, int]] = [(0, 0)]
        """After each word boundary: how many tokens and how many complete words there are."""

    def line(self, beam: BeamSearch, clock: Clock) -> Hypothesis:
        """What the likeliest hypothesis spells now."""
        last = beam.best_letter
        if last is not None and clock.cuts(run(last)):
            return meaning_line(beam.best(final=False), clock, self._scale, final=False, stable=beam.stable())
        letters = beam.line()
        self._forget(letters)
        for letter in letters[len(self._letters) :]:
            self._add(letter, clock)
        open_word = words_of(self._tokens[self._closed[-1][0] :], self._scale)
        words = (*self._words, *open_word)
        return Hypothesis(" ".join(word.text for word in words), tuple(self._tokens), words, beam.stable())

    def _forget(self, letters: Sequence[Letter]) -> None:
        """Everything from the first letter on that is no longer there."""
        kept = min(len(letters), len(self._letters))
        while kept and self._letters[kept - 1] is not letters[kept - 1]:
            kept -= 1
        del self._letters[kept:], self._tokens[kept:]
        while self._closed[-1][0] > kept:
            self._closed.pop()
        del self._words[self._closed[-1][1] :]

    def _add(self, letter: Letter, clock: Clock) -> None:
        token = token_of(run(letter), shown(letter.symbol), clock, self._scale.levels)
        self._letters.append(letter)
        self._tokens.append(token)
        if token.text == " ":
            self._words += words_of(self._tokens[self._closed[-1][0] :], self._scale)
            self._closed.append((len(self._tokens), len(self._words)))
