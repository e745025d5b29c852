"""What the language model makes of the letters of a hypothesis: a tree in which every sequence of letters stands once.

Inside a word the likeliest word that begins so stands in for it (Ortmanns et al. 1996, language-model look-ahead); a
word outside the vocabulary pays for each of its letters.  All of this depends on the letters alone, so it is computed
when the beam search (beam.py) first gets there and kept as long as a hypothesis goes through it.
"""

from __future__ import annotations

import math
from typing import Protocol

from .language_model import Context, LanguageModel, Prefix

WORD_BOUNDARY = "|"


class Prices(Protocol):
    """What a spelling needs to know of the beam search's configuration."""

    @property
    def weight(self) -> float: ...
    @property
    def word_bonus(self) -> float: ...
    @property
    def unknown_letter(self) -> float: ...


class Spelling:
    """Letters since the start of the segment, by what can still matter of them."""

    __slots__ = (
        "_ending", "_here", "_model", "_prices",
        "children", "context", "language", "most", "scores", "spelled", "state", "symbol", "words",
    )  # fmt: skip

    def __init__(
        self,
        model: LanguageModel,
        prices: Prices,
        symbol: str,
        context: Context,
        spelled: str,
        language: float,
        words: int,
    ) -> None:
        self._model = model
        self._prices = prices
        self.symbol = symbol
        """The last letter; empty at the start."""
        self.context = context
        """The last two words."""
        self.spelled = spelled
        """The letters since the last word boundary."""
        self.language = language
        """Weighted language model score, look-ahead included."""
        self.words = words
        """Complete ones."""
        self.state = hash((context, spelled, symbol))
        """Two hypotheses with the same one cannot be told apart by what follows."""
        self.children: dict[str, Spelling] = {}
        """One letter more, as far as anybody went there."""
        self.scores: dict[str, float] = {}
        """The language scores of one letter more, as far as :meth:`score` was asked."""
        self._here: Prefix | None = model.prefix(spelled)
        self.most = language + self._most_gain()
        """No letter but a word boundary brings a higher score."""
        self._ending: tuple[float, float] | None = None

    @classmethod
    def root(cls, model: LanguageModel, prices: Prices) -> Spelling:
        """No letter yet."""
        return cls(model, prices, "", (model.start,), "", 0.0, 0)

    def score(self, symbol: str) -> float:
        """The language score with one more letter; minus infinity if that cannot be: there are no empty words."""
        found = self.scores.get(symbol)
        if found is None:
            found = self.scores[symbol] = self._closed()[0] if symbol == WORD_BOUNDARY else self._longer(symbol)
        return found

    def grow(self, symbol: str) -> Spelling:
        """These letters and one more, which :meth:`score` allows."""
        model, prices, language = self._model, self._prices, self.score(symbol)
        if symbol == WORD_BOUNDARY:
            context = (*self.context, self._closed()[1])[-2:]
            child = Spelling(model, prices, symbol, context, "", language, self.words + 1)
        else:
            child = Spelling(model, prices, symbol, self.context, self.spelled + symbol, language, self.words)
        self.children[symbol] = child
        return child

    @property
    def ending(self) -> tuple[float, float]:
        """The language score with the last word complete, and the log-probability that the sentence ends with it."""
        if self._ending is None:
            language, context = self.language, self.context
            if self.spelled:
                language, word = self._closed()
                context = (*context, word)[-2:]
            self._ending = language, self._model.score(context, self._model.end)
        return self._ending

    def _longer(self, symbol: str) -> float:
        prices, here, spelled = self._prices, self._here, self.spelled + symbol
        if here is None:
            return self.language + prices.unknown_letter
        before = here.best if self.spelled else 0.0  # the look-ahead that the score holds
        there = self._model.prefix(spelled)
        if there is not None:
            return self.language + prices.weight * (there.best - before)
        unknown = prices.weight * (self._model.unknown_score - before)
        return self.language + (unknown + prices.unknown_letter * len(spelled))  # for what it has spelled so far

    def _most_gain(self) -> float:
        """A known letter can only narrow the words down, so only the price of an unknown word may be a gain."""
        prices, here = self._prices, self._here
        if here is None:
            return max(0.0, prices.unknown_letter)
        unknown = prices.weight * (self._model.unknown_score - (here.best if self.spelled else 0.0))
        return max(0.0, unknown + prices.unknown_letter * (len(self.spelled) + 1))

    def _closed(self) -> tuple[float, int]:
        """The language score and the id of the last word once the word is complete."""
        model, prices, found = self._model, self._prices, self._here
        if not self.spelled:
            return -math.inf, model.unknown
        if found is None:
            return self.language + prices.word_bonus, model.unknown
        if found.word is None:  # the beginning of known words, but none itself
            unknown = prices.weight * (model.unknown_score - found.best)
            price = unknown + prices.unknown_letter * len(self.spelled)
            return self.language + price + prices.word_bonus, model.unknown
        gain = model.score(self.context, found.word) - found.best
        return self.language + prices.weight * gain + prices.word_bonus, found.word
