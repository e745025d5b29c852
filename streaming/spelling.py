"""What a language model makes of the letters of a hypothesis: a tree in which every sequence of letters stands once.

It depends on the letters alone, so it is computed when the beam search (beam.py) first gets there and kept as long as
a hypothesis goes through it.  Two kinds: :mod:`.word_spelling` and :mod:`.letter_spelling`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

WORD_BOUNDARY = "|"


class Prices(Protocol):
    """What a spelling needs to know of the beam search's configuration."""

    @property
    def weight(self) -> float: ...
    @property
    def word_bonus(self) -> float: ...
    @property
    def unknown_letter(self) -> float: ...


class Spelling(ABC):
    """Letters since the start of the segment, by what can still matter of them."""

    __slots__ = ("children", "language", "most", "most_closed", "spelled", "state", "symbol", "words")

    symbol: str
    """The last letter; empty at the start."""
    spelled: str
    """The letters since the last word boundary."""
    words: int
    """Complete ones."""
    language: float
    """Weighted language model score."""
    most: float
    """No letter but a word boundary brings a higher score."""
    most_closed: float
    """A word boundary brings no higher score."""
    state: int
    """Two hypotheses with the same one cannot be told apart by what follows."""
    children: dict[str, Spelling]
    """One letter more, as far as anybody went there."""

    @abstractmethod
    def score(self, symbol: str) -> float:
        """The language score with one more letter; minus infinity if that cannot be: there are no empty words."""

    @abstractmethod
    def grow(self, symbol: str) -> Spelling:
        """These letters and one more, which :meth:`score` allows."""

    @property
    @abstractmethod
    def ending(self) -> tuple[float, float]:
        """The language score with the last word complete, and the log-probability that the sentence ends with it."""
