"""What the runtime must know of a language, in one place: how its units are written, pronounced and compared.

A unit is what a head says: a phone of the surface line, a letter of the meaning line.  Chosen once, by the language
that a bundle's manifest or an update names; nothing else asks what language it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from . import jamo
from .alignment import Distance, align
from .errors import UsageError
from .hypothesis import Span, Token, Word
from .jamo_distance import jamo_distance, unify
from .korean_comparison import align_korean
from .korean_pronunciation import pronounce
from .lexicon import Lexicon, Pronunciation
from .phones import ARPABET, distance

Rendering: TypeAlias = Literal["arpabet", "ipa", "respelling", "hangul"]
RENDERINGS: tuple[Rendering, ...] = get_args(Rendering)[:3]
"""What one may ask for; Korean is shown in Hangul without being asked."""
HANGUL: Rendering = "hangul"
Join: TypeAlias = Callable[[Sequence[str]], str]
FIRST_PERSON = {"i": "I", "i'm": "I'm", "i'll": "I'll", "i've": "I've", "i'd": "I'd"}


Pronounceable: TypeAlias = tuple[str, tuple[Pronunciation, ...]]
"""A word and its pronunciations."""
_WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W_]+)*['\N{RIGHT SINGLE QUOTATION MARK}]?")


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the runtime."""

    code: str
    units: tuple[str, ...]
    """Everything that a surface line may say."""
    distance: Distance
    """How far two of them are apart."""
    said: Join
    """Units of the surface line as text."""
    written: Join
    """The letters of a word as the word."""
    spans: Callable[[Sequence[Word], Sequence[Token], Lexicon], tuple[Span, ...]]
    """Words and what was said for each, as :func:`.alignment.align` gives it."""
    together: Callable[[Sequence[str]], list[int]]
    """How many units each piece of the surface line has that only makes sense whole."""
    letters: Callable[[str], tuple[str, ...]]
    """A word as the meaning line spells it."""
    read: Callable[[str, Lexicon], tuple[Pronounceable, ...]]
    """The words of a text and how each may sound there, the usual way first.  Raises UsageError for one that nobody
    can pronounce."""
    alike: Callable[[Iterable[str]], tuple[str, ...]]
    """Units with one for each set that nobody has to tell apart."""
    renderings: tuple[Rendering, ...]
    """How what was said may be shown, the usual way first."""
    has_lexicon: bool = True
    """Whether its words are looked up; else rules pronounce them."""

    def as_heard(self, units: Iterable[str], inventory: Collection[str]) -> tuple[str, ...]:
        """Units as a surface line with this inventory writes them."""
        return tuple(unit if unit in inventory else self.alike((unit,))[0] for unit in units)

    def rendering(self, asked: Rendering) -> Rendering:
        """The rendering for what a user asked for: ``arpabet`` stands for the usual one.  Raises UsageError."""
        if asked in self.renderings:
            return asked
        if asked == RENDERINGS[0]:
            return self.renderings[0]
        known = ", ".join((*RENDERINGS, *(each for each in self.renderings if each not in RENDERINGS)))
        if asked not in get_args(Rendering):
            raise UsageError(f"unknown rendering {asked!r}; there are {known}")
        raise UsageError(f"{asked!r} does not write this language ({self.code}); leave the rendering out")


def _english_word(letters: Sequence[str]) -> str:
    word = "".join(letters)
    return FIRST_PERSON.get(word, word)


def _one_by_one(units: Sequence[str]) -> list[int]:
    return [1] * len(units)


def _english_letters(word: str) -> tuple[str, ...]:
    """The case of *I* is the line's, not the head's."""
    return tuple(word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


def _read_english(text: str, lexicon: Lexicon) -> tuple[Pronounceable, ...]:
    found = []
    for word in _WORD.findall(text):
        pronunciations = tuple(phones for phones in lexicon.pronounce(word).pronunciations if phones)
        if not pronunciations:
            raise UsageError(
                f"cannot tell how {word!r} of the reference sounds; spell it out, or give a lexicon with it"
            )
        found.append((word, pronunciations))
    return tuple(found)


def _read_korean(text: str, lexicon: Lexicon) -> tuple[Pronounceable, ...]:
    return tuple((word.text, tuple(variant.units for variant in word.variants)) for word in pronounce(text))


def _korean_spans(words: Sequence[Word], units: Sequence[Token], lexicon: Lexicon) -> tuple[Span, ...]:
    return align_korean(words, units)


ENGLISH = Language(
    code="en",
    units=ARPABET,
    distance=distance,
    said=" ".join,
    written=_english_word,
    spans=align,
    together=_one_by_one,
    letters=_english_letters,
    read=_read_english,
    alike=tuple,
    renderings=RENDERINGS,
)
KOREAN = Language(
    code="ko",
    units=jamo.SURFACE_UNITS,
    distance=jamo_distance,
    said=jamo.join,
    written=jamo.join,
    spans=_korean_spans,
    together=jamo.syllables,
    letters=jamo.split,
    read=_read_korean,
    alike=unify,
    renderings=(HANGUL,),
    has_lexicon=False,
)
LANGUAGES = {language.code: language for language in (ENGLISH, KOREAN)}


def language_of(code: str) -> Language:
    """A language by its code; one that is not known is written and looked up like English."""
    return LANGUAGES.get(code, ENGLISH)
