"""What a model of letters (letter_model.py) makes of the letters of a hypothesis: any word can be spelled."""

from __future__ import annotations

import math

from .letter_model import LetterModel
from .spelling import WORD_BOUNDARY, Prices, Spelling


class LetterSpelling(Spelling):
    """Letters since the start of the segment; what matters of them are the last few."""

    __slots__ = ("_context", "_ending", "_model", "_prices", "_scores")

    def __init__(
        self,
        model: LetterModel,
        prices: Prices,
        symbol: str = "",
        context: str | None = None,
        spelled: str = "",
        language: float = 0.0,
        words: int = 0,
    ) -> None:
        """context: as of :meth:`LetterModel.score`; None: that of a sentence's start."""
        self._model = model
        self._prices = prices
        self._context = model.start if context is None else context
        self.symbol = symbol
        self.spelled = spelled
        self.language = language
        self.words = words
        self.state = hash(self._context)
        self.children: dict[str, Spelling] = {}
        self.most = self.most_closed = language + prices.word_bonus  # no letter is likelier than certain
        self._scores: dict[str, float] = {}
        self._ending: tuple[float, float] | None = None

    def score(self, symbol: str) -> float:
        found = self._scores.get(symbol)
        if found is None:
            found = self._scores[symbol] = self._score(symbol)
        return found

    def _score(self, symbol: str) -> float:
        if symbol == WORD_BOUNDARY and not self.spelled:
            return -math.inf
        return self.language + self._prices.word_bonus + self._prices.weight * self._model.score(self._context, symbol)

    def grow(self, symbol: str) -> LetterSpelling:
        spelled, words = (self.spelled + symbol, self.words) if symbol != WORD_BOUNDARY else ("", self.words + 1)
        context = self._model.context(self._context + symbol)
        child = LetterSpelling(self._model, self._prices, symbol, context, spelled, self.score(symbol), words)
        self.children[symbol] = child
        return child

    @property
    def ending(self) -> tuple[float, float]:
        if self._ending is None:
            self._ending = self.language, self._model.score(self._context, self._model.end)
        return self._ending
