"""The other word that somebody said: *sink*, where *think* was meant and S IH NG K was said."""

from __future__ import annotations

from collections.abc import Sequence

from .hypothesis import Span
from .language_model import SENTENCE_END, SENTENCE_START, UNKNOWN, LanguageModel
from .letter_model import LetterModel
from .lexicon import Lexicon
from .verdict import CORRECT

FEWEST_PHONES = 2  # of one phone nobody would say that it is another word
RAREST = -11.5
"""log p of the rarest word that is offered: what nobody knows explains nothing."""


class SoundAlikes:
    """Words of the language model by their phones, the likeliest where several sound the same."""

    def __init__(self, lexicon: Lexicon, language_model: LanguageModel | LetterModel | None) -> None:
        """Without a model of words there are none."""
        best: dict[tuple[str, ...], tuple[float, str]] = {}
        self._words: dict[tuple[str, ...], str] = {}
        if not isinstance(language_model, LanguageModel):
            return
        for number, word in enumerate(language_model.words):
            if word in (SENTENCE_START, SENTENCE_END, UNKNOWN):
                continue
            likely = language_model.score((), number)
            for phones in lexicon.pronunciations.get(word, ()) if likely >= RAREST else ():
                if len(phones) >= FEWEST_PHONES:
                    best[phones] = max(best.get(phones, (likely, word)), (likely, word))
        self._words = {phones: word for phones, (_, word) in best.items()}

    def word(self, phones: Sequence[str]) -> str | None:
        """The word that sounds like this, if there is one."""
        return self._words.get(tuple(phones))

    def of(self, spans: Sequence[Span]) -> list[str | None]:
        """Per span, the word that was said instead; None where none was, or where what was said is no word."""
        return [self.word(span.surface) if _differs(span) else None for span in spans]


def _differs(span: Span) -> bool:
    return bool(span.word and span.edits) and span.verdict != CORRECT
