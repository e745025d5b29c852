"""What depends on the language that a bundle hears: how its symbols become the two lines, and the lines spans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .alignment import align
from .hypothesis import Span, Token, Word
from .jamo import join
from .jamo_distance import unify
from .korean_comparison import explained_spans
from .lexicon import Lexicon

FIRST_PERSON = {"i": "I", "i'm": "I'm", "i'll": "I'll", "i've": "I've", "i'd": "I'd"}


@dataclass(frozen=True, slots=True)
class Language:
    """One language.  ``lexicon``: whether its words are looked up; else rules say how they sound."""

    code: str
    lexicon: bool
    sounds: Callable[[Iterable[str]], str]
    """The symbols of the surface line as its text."""
    word: Callable[[Iterable[str]], str]
    """The symbols of a meaning word as its text."""
    spans: Callable[[Sequence[Word], Sequence[Token], Lexicon], tuple[Span, ...]]
    """The words and sounds of a segment side by side."""
    heard_as: Callable[[Iterable[str]], Iterable[str]] = tuple
    """Canonical sounds as the symbols that the model has for them."""


def english_word(letters: Iterable[str]) -> str:
    """Letters as a word, the first person in capitals."""
    text = "".join(letters)
    return FIRST_PERSON.get(text, text)


def korean_spans(words: Sequence[Word], units: Sequence[Token], _lexicon: Lexicon) -> tuple[Span, ...]:
    """Spans that say whether a word sounds as spelled, by a rule, or otherwise."""
    return explained_spans(words, units)


ENGLISH = Language("en", True, " ".join, english_word, align)
KOREAN = Language("ko", False, join, join, korean_spans, unify)


def language_of(code: str) -> Language:
    """By its code; one that is not known is treated as English is."""
    return KOREAN if code == KOREAN.code else ENGLISH
