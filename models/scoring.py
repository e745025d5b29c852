"""What is measured in a language: words or characters of the meaning line, phones or jamo of the surface line.

Everything in which the evaluation of one language differs from that of another is a field of :class:`Scoring`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saidmeant.streaming.alignment import align
from saidmeant.streaming.errors import UsageError
from saidmeant.streaming.hypothesis import Span, Token, Word
from saidmeant.streaming.jamo_distance import unify
from saidmeant.streaming.lexicon import Lexicon
from saidmeant.streaming.verdict import Calibration

from .korean_scoring import errors_by_rule, korean_spans, said_by_rule, spoken_errors, syllable_errors, usual_units
from .lawful import lawful
from .manifest import ReferenceWord, Utterance
from .metrics import ErrorRate, divergence_rate, phone_errors, word_errors
from .pairing import pair_by_articulation
from .records import Record
from .spoken_form import spoken_form

Units = tuple[str, ...]
RIGHT = 2.0
"""The accuracy of a phone that is as it should be."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """How the lines of a language are compared with what is right."""

    meaning: str
    """What the error rate of the meaning is called: WER, CER."""
    surface: str
    """What the error rate of the surface is called."""
    units: str
    """What the surface consists of."""
    source: str
    """Where the expected units of a word come from."""
    keys: tuple[str, str, str]
    """The error rates of meaning and surface, and of the surface against the canonical units, in JSON."""
    compare: Callable[[str, str], ErrorRate | None]
    """A text and what was recognised; None for a text that cannot be compared."""
    compare_spoken: Callable[[str, str], ErrorRate | None]
    """The same when what was recognised may have numbers and punctuation."""
    fold: Callable[[Iterable[str]], Units]
    """Units as they are compared: of those that sound the same, one."""
    by_rule: Callable[[str, Units], ErrorRate | None]
    """A text and the units that were heard, against how rules say the text; None without such rules."""
    say: Callable[[str], Sequence[Units]]
    """How rules say each word of a text; none without such rules."""
    spans: Callable[[Sequence[Word], Sequence[Token], Lexicon], Sequence[Span]]
    """What was recognised, aligned as the runtime does it, in units as they are compared."""
    usual: Callable[[Sequence[Word], Lexicon], Sequence[Units]]
    """How each of these words usually sounds."""
    sections: Callable[[Sequence[tuple[Utterance, Record]], Calibration], dict[str, Any]]
    """What a report says of this language alone."""

    def meaning_errors(self, utterance: Utterance, text: str | None) -> ErrorRate | None:
        """Of the meaning line; None without one, and for a text that cannot be compared."""
        return None if text is None else self.compare(utterance.text, text)

    def surface_errors(self, utterance: Utterance, heard: Sequence[str] | None) -> ErrorRate | None:
        """Against what was pronounced; without annotation, against the rules.  None if neither is known."""
        if heard is None or (utterance.words is not None and utterance.surface is None):
            return None
        if utterance.surface is None:
            return self.by_rule(utterance.text, self.fold(heard))
        return phone_errors(self.fold(utterance.surface), self.fold(heard))

    def canonical_errors(self, utterance: Utterance, heard: Sequence[str] | None) -> ErrorRate | None:
        """Against what was expected, where it is known what was pronounced."""
        if heard is None or utterance.canonical is None or utterance.surface is None:
            return None
        return phone_errors(self.fold(utterance.canonical), self.fold(heard))

    def expected(self, utterance: Utterance) -> Units:
        """All units that should be heard, as annotated or else by rule; none if that is not known."""
        if utterance.words is None:
            return tuple(unit for word in self.say(utterance.text) for unit in word)
        return utterance.canonical or ()

    def divergence(self, utterance: Utterance) -> float | None:
        """How far the speaker strayed; None if it is not known."""
        if utterance.canonical is None or utterance.surface is None:
            return None
        return divergence_rate(self.fold(utterance.surface), self.fold(utterance.canonical))

    def folded(self, utterance: Utterance) -> Utterance:
        """The utterance with its units as they are compared; one that only merged with another is right."""
        if utterance.words is None:
            return utterance
        return replace(utterance, words=tuple(self._folded_word(word) for word in utterance.words))

    def heard(self, phones: Sequence[Token] | None) -> tuple[Token, ...]:
        """A surface line with its units as they are compared."""
        heard = phones or ()
        folded = self.fold(phone.text for phone in heard)
        return tuple(
            phone if phone.text == text else replace(phone, text=text)
            for phone, text in zip(heard, folded, strict=True)
        )

    def _folded_word(self, word: ReferenceWord) -> ReferenceWord:
        canonical = self.fold(word.canonical)
        surface = None if word.surface is None else self.fold(word.surface)
        if (canonical, surface) == (word.canonical, word.surface):
            return word
        accuracy = list(word.accuracy)
        pairs = pair_by_articulation(word.canonical, word.surface) if accuracy and word.surface else []
        for i, j in pairs:
            if i is not None and j is not None and self._merged(word.canonical[i], (word.surface or ())[j]):
                accuracy[i] = RIGHT
        return ReferenceWord(word.text, canonical, surface, tuple(accuracy))

    def _merged(self, one: str, other: str) -> bool:
        return one != other and self.fold([one]) == self.fold([other])


def _spoken_word_errors(text: str, heard: str) -> ErrorRate:
    return word_errors(spoken_form(text), spoken_form(heard))


def _first_pronunciations(words: Sequence[Word], lexicon: Lexicon) -> list[Units]:
    return [tuple(next(iter(lexicon.pronounce(word.text).pronunciations), ())) for word in words]


ENGLISH = Scoring(
    meaning="WER",
    surface="PER",
    units="phones",
    source="lexicon",
    keys=("meaning_wer", "surface_per", "canonical_per"),
    compare=word_errors,
    compare_spoken=_spoken_word_errors,
    fold=tuple,
    by_rule=lambda _text, _heard: None,
    say=lambda _text: (),
    spans=align,
    usual=_first_pronunciations,
    sections=lambda _recognised, _calibration: {},
)
KOREAN = Scoring(
    meaning="CER",
    surface="jamo ER",
    units="jamo",
    source="rules",
    keys=("meaning_cer", "surface_jer", "canonical_jer"),
    compare=syllable_errors,
    compare_spoken=spoken_errors,
    fold=unify,
    by_rule=errors_by_rule,
    say=said_by_rule,
    spans=korean_spans,
    usual=usual_units,
    sections=lawful,
)
SCORINGS = {"en": ENGLISH, "ko": KOREAN}


def scoring(language: str) -> Scoring:
    """Of a language.  Raises UsageError with those that there are."""
    try:
        return SCORINGS[language]
    except KeyError:
        known = ", ".join(SCORINGS)
        raise UsageError(f"there are no error rates for the language {language!r}, only for {known}") from None
