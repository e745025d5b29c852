"""What a model of words (language_model.py) makes of the letters of a hypothesis.

Inside a word the likeliest word that begins so stands in for it (Ortmanns et al. 1996, language-model look-ahead); a
word outside the vocabulary pays for each of its letters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from .language_model import Context, LanguageModel, Prefix
from .spelling import WORD_BOUNDARY, Prices, Spelling

NOTHING_KNOWN: Mapping[str, Prefix] = MappingProxyType({})


class WordSpelling(Spelling):
    """Letters since the start of the segment; what matters of them are the last two words and those since."""

    __slots__ = ("_closed", "_ending", "_here", "_model", "_prices", "context", "longer", "look_ahead", "unknown")

    def __init__(
        self,
        model: LanguageModel,
        prices: Prices,
        here: Prefix | None,
        symbol: str,
        context: Context,
        spelled: str,
        language: float,
        words: int,
    ) -> None:
        """here: the known words that begin with what is ``spelled``."""
        self._model = model
        self._prices = prices
        self._here = here
        self.symbol = symbol
        self.context = context
        """The last two words."""
        self.spelled = spelled
        self.language = language
        self.words = words
        self.state = hash((context, spelled, symbol))
        self.children: dict[str, Spelling] = {}
        self.longer: Mapping[str, Prefix] = NOTHING_KNOWN if here is None else model.longer(here, spelled)
        """The known words, by the letter that follows."""
        self.look_ahead = here.best if here and spelled else 0.0
        """What of the score is of the likeliest known word, unweighted."""
        self.unknown = self._unknown()
        """The language score with a letter that leads to no known word."""
        self.most = max(language, self.unknown)  # known letters can only narrow the words down
        self.most_closed = self._most_closed()  # no word is likelier than certain
        self._closed: tuple[float, int] | None = None
        self._ending: tuple[float, float] | None = None

    @classmethod
    def root(cls, model: LanguageModel, prices: Prices) -> WordSpelling:
        """No letter yet."""
        return cls(model, prices, model.prefix(""), "", (model.start,), "", 0.0, 0)

    def score(self, symbol: str) -> float:
        if symbol == WORD_BOUNDARY:
            return self.closed[0]
        there = self.longer.get(symbol)
        if there is None:
            return self.unknown
        return self.language + self._prices.weight * (there.best - self.look_ahead)

    def grow(self, symbol: str) -> WordSpelling:
        model, prices, language = self._model, self._prices, self.score(symbol)
        if symbol == WORD_BOUNDARY:
            context = (*self.context, self.closed[1])[-2:]
            child = WordSpelling(model, prices, model.prefix(""), symbol, context, "", language, self.words + 1)
        else:
            here, spelled = self.longer.get(symbol), self.spelled + symbol
            child = WordSpelling(model, prices, here, symbol, self.context, spelled, language, self.words)
        self.children[symbol] = child
        return child

    @property
    def ending(self) -> tuple[float, float]:
        if self._ending is None:
            language, context = self.language, self.context
            if self.spelled:
                language, word = self.closed
                context = (*context, word)[-2:]
            self._ending = language, self._model.score(context, self._model.end)
        return self._ending

    @property
    def closed(self) -> tuple[float, int]:
        """The language score and the id of the last word once the word is complete."""
        if self._closed is None:
            self._closed = self._close()
        return self._closed

    def _unknown(self) -> float:
        prices = self._prices
        if self._here is None:
            return self.language + prices.unknown_letter
        unknown = prices.weight * (self._model.unknown_score - self.look_ahead)
        return self.language + (unknown + prices.unknown_letter * (len(self.spelled) + 1))  # for all that it has

    def _most_closed(self) -> float:
        prices, letters = self._prices, len(self.spelled)
        if not letters:
            return -math.inf
        unknown = max(0.0, prices.unknown_letter) * letters
        return self.language + unknown - prices.weight * self.look_ahead + prices.word_bonus

    def _close(self) -> tuple[float, int]:
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
