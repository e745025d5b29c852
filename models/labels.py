"""From what is known of an utterance to CTC labels of the two heads, by the model's language.

Labels start at 1 (0 is the blank); one past the last symbol is the wildcard of :mod:`.ctc`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from saidmeant.streaming import jamo
from saidmeant.streaming.jamo_distance import unify
from saidmeant.streaming.korean_pronunciation import pronounce
from saidmeant.streaming.lexicon import shipped_lexicon
from saidmeant.streaming.lines import WORD_BOUNDARY
from saidmeant.streaming.phones import ARPABET

from .english_as_korean import hear
from .manifest import UNKNOWN_PHONE, Utterance

MEANING_TOKENS = (WORD_BOUNDARY, "'", *"abcdefghijklmnopqrstuvwxyz")
SURFACE_TOKENS = ARPABET
KOREAN_SOUNDS = tuple(dict.fromkeys(unify(jamo.SURFACE_UNITS)))
"""42: one of each set of vowels that no speaker tells apart."""
TOKENS = {
    "en": {"surface": SURFACE_TOKENS, "meaning": MEANING_TOKENS},
    "ko": {"surface": KOREAN_SOUNDS, "meaning": jamo.MEANING_UNITS},
}
"""Every symbol of a head, by language and head."""
Lexicon = Mapping[str, Sequence[tuple[str, ...]]]
Labels = tuple[int, ...] | None
"""None: not known, or not wanted."""


class Labeller(Protocol):
    """Both heads' labels of an utterance."""

    @property
    def boundary(self) -> int:
        """The meaning label between two words."""

    def surface(self, utterance: Utterance) -> Labels:
        """What was pronounced."""

    def meaning(self, utterance: Utterance) -> Labels:
        """What was meant."""


def labeller_of(language: str) -> Labeller:
    """The labels of a language's models.  Raises ValueError if there are none."""
    if language == "en":
        return EnglishLabeller(shipped_lexicon("en").pronunciations)
    if language == "ko":
        return KoreanLabeller(shipped_lexicon("en").pronunciations)
    raise ValueError(f"no labels for {language!r}; known: {', '.join(TOKENS)}")


def phones_of(utterance: Utterance, lexicon: Lexicon) -> tuple[tuple[str, ...], ...] | None:
    """The English phones of each word: as pronounced, or without annotation the lexicon's first; None if unknown."""
    if utterance.words is not None:
        said = tuple(word.surface for word in utterance.words)
        return None if None in said else tuple(phones for phones in said if phones is not None)
    words = utterance.text.split()
    return tuple(lexicon[word][0] for word in words) if all(word in lexicon for word in words) else None


def numbered(symbols: Sequence[str]) -> dict[str, int]:
    """Each symbol's label, the wildcard included."""
    return {symbol: label for label, symbol in enumerate((*symbols, UNKNOWN_PHONE), 1)}


@dataclass(frozen=True, slots=True)
class EnglishLabeller:
    """Phones; letters and the mark between words."""

    lexicon: Lexicon
    boundary: int = 1 + MEANING_TOKENS.index(WORD_BOUNDARY)

    def surface(self, utterance: Utterance) -> Labels:
        said = phones_of(utterance, self.lexicon)
        return None if said is None else tuple(PHONE_LABELS[phone] for phones in said for phone in phones)

    def meaning(self, utterance: Utterance) -> Labels:
        return tuple(LETTER_LABELS[letter] for letter in utterance.text.replace(" ", WORD_BOUNDARY))


@dataclass(frozen=True, slots=True)
class KoreanLabeller:
    """Units of :mod:`saidmeant.streaming.jamo`; English utterances as a Korean ear would write them."""

    lexicon: Lexicon
    """Of English."""
    boundary: int = 1 + jamo.MEANING_UNITS.index(jamo.WORD_BOUNDARY)

    def surface(self, utterance: Utterance) -> Labels:
        """Vowels that no speaker tells apart are one (:func:`saidmeant.streaming.jamo_distance.unify`)."""
        if is_english(utterance):
            words = self._heard(utterance)
        elif utterance.words is None:
            words = tuple(word.variants[0].units for word in pronounce(utterance.text))
        else:
            said = [word.surface for word in utterance.words]
            words = None if None in said else tuple(units for units in said if units is not None)
        return None if words is None else tuple(SOUND_LABELS[unit] for units in words for unit in unify(units))

    def meaning(self, utterance: Utterance) -> Labels:
        if not is_english(utterance):
            return tuple(SPELLING_LABELS[unit] for unit in jamo.split(utterance.text))
        words = self._heard(utterance)
        return None if words is None else tuple(SPELLING_LABELS[unit] for unit in _separated(words))

    def _heard(self, utterance: Utterance) -> tuple[tuple[str, ...], ...] | None:
        said = phones_of(utterance, self.lexicon)
        return None if said is None else tuple(heard for phones in said if (heard := hear(phones)))


def is_english(utterance: Utterance) -> bool:
    """Whether the manifest says so."""
    return utterance.fields.get("language") == "en"


def _separated(words: Sequence[Sequence[str]]) -> Iterator[str]:
    for number, units in enumerate(words):
        if number:
            yield jamo.WORD_BOUNDARY
        yield from units


PHONE_LABELS, LETTER_LABELS = numbered(SURFACE_TOKENS), numbered(MEANING_TOKENS)
SOUND_LABELS, SPELLING_LABELS = numbered(KOREAN_SOUNDS), numbered(jamo.MEANING_UNITS)
