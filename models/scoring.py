"""What an error rate is in a language: words or characters of the meaning line, phones or jamo of the surface line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from saidmeant.streaming.errors import UsageError
from saidmeant.streaming.jamo_distance import unify
from saidmeant.streaming.korean_pronunciation import pronounce

from .manifest import Utterance
from .metrics import ErrorRate, character_errors, divergence_rate, nearest_errors, phone_errors, word_errors

Units = tuple[str, ...]
_FOREIGN = re.compile(r"(?![가-힣])[^\W_]")


@dataclass(frozen=True, slots=True)
class Scoring:
    """How the lines of a language are compared with what is right."""

    meaning: str
    """The name of the meaning's error rate: WER, CER."""
    surface: str
    """The name of the surface's error rate."""
    compare: Callable[[str, str], ErrorRate | None]
    """A text and what was recognised; None for a text that cannot be compared."""
    fold: Callable[[Iterable[str]], Units]
    """Surface units as they are compared: those that sound the same made one."""
    by_rule: Callable[[str, Units], ErrorRate | None]
    """A text and the surface that was heard, against how rules say the text; None without such rules."""

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

    def divergence(self, utterance: Utterance) -> float | None:
        """How far the speaker strayed; None if it is not known."""
        if utterance.canonical is None or utterance.surface is None:
            return None
        return divergence_rate(self.fold(utterance.surface), self.fold(utterance.canonical))


def compare_hangul(text: str, heard: str) -> ErrorRate | None:
    """None for a text with digits or Latin letters: who wrote it did not say how they were read."""
    return None if _FOREIGN.search(text) else character_errors(text, heard)


@lru_cache(maxsize=4096)
def errors_by_rule(text: str, heard: Units) -> ErrorRate | None:
    """Of unified jamo against the nearest of all ways that Standard Pronunciation has for a text; None as above."""
    try:
        words = pronounce(text)
    except UsageError:
        return None
    ways = [list(dict.fromkeys(unify(variant.units) for variant in word.variants)) for word in words]
    return nearest_errors(ways, heard)


ENGLISH = Scoring("WER", "PER", word_errors, tuple, lambda text, heard: None)
KOREAN = Scoring("CER", "jamo ER", compare_hangul, unify, errors_by_rule)
SCORINGS = {"en": ENGLISH, "ko": KOREAN}


def scoring(language: str) -> Scoring:
    """Of a language.  Raises UsageError with those that there are."""
    try:
        return SCORINGS[language]
    except KeyError:
        raise UsageError(
            f"there are no error rates for the language {language!r}, only for {', '.join(SCORINGS)}"
        ) from None
