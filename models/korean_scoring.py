"""How Korean is scored: syllables of the meaning line, jamo of the surface line, what the rules make of a text.

Nobody annotates what native speakers pronounce, so their surface is held against the nearest of all right ways to say
the text.  Vowels that Seoul has merged (ㅐ and ㅔ) count as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from saidmeant.streaming.errors import UsageError
from saidmeant.streaming.hypothesis import Span, Token, Word
from saidmeant.streaming.jamo_distance import unify
from saidmeant.streaming.korean_comparison import align_korean, pronounce_timed
from saidmeant.streaming.korean_pronunciation import PronouncedWord, pronounce
from saidmeant.streaming.lexicon import Lexicon

from .metrics import ErrorRate, character_errors, letters, nearest_errors
from .spoken_korean import readings

Units = tuple[str, ...]
_FOREIGN = re.compile(r"(?![가-힣])[^\W_]")


def has_foreign(text: str) -> bool:
    """Digits or Latin letters: who wrote them did not say how they were read."""
    return _FOREIGN.search(text) is not None


def syllable_errors(text: str, heard: str) -> ErrorRate | None:
    """None for a text that :func:`has_foreign`."""
    return None if has_foreign(text) else character_errors(text, heard)


def spoken_errors(text: str, heard: str) -> ErrorRate | None:
    """The same when what was heard may have numbers, read as they come nearest to the text (spoken_korean.py)."""
    if has_foreign(text):
        return None
    syllables = letters(text)
    return ErrorRate(nearest_errors(readings(heard), syllables).edits, len(syllables))


@lru_cache(maxsize=4096)
def pronounced(text: str) -> tuple[PronouncedWord, ...]:
    """What the rules make of every word of a text; nothing if it :func:`has_foreign`."""
    try:
        return pronounce(text)
    except UsageError:
        return ()


@lru_cache(maxsize=4096)
def errors_by_rule(text: str, heard: Units) -> ErrorRate | None:
    """Of unified jamo against the nearest of all ways that Standard Pronunciation has for a text; None as above."""
    words = pronounced(text)
    if not words:
        return None
    ways = [list(dict.fromkeys(unify(variant.units) for variant in word.variants)) for word in words]
    return nearest_errors(ways, heard)


def said_by_rule(text: str) -> list[Units]:
    """The usual way that Standard Pronunciation has for each word of a text, unified."""
    return [unify(word.variants[0].units) for word in pronounced(text)]


def korean_spans(words: Sequence[Word], units: Sequence[Token], _lexicon: Lexicon) -> list[Span]:
    """As the runtime aligns them, then unified."""
    return [
        replace(span, canonical=unify(span.canonical), surface=unify(span.surface))
        for span in align_korean(words, units)
    ]


def usual_units(words: Sequence[Word], _lexicon: Lexicon) -> list[Units]:
    """How recognised words are said by the rules."""
    return [unify(word.variants[0].units) for word in pronounce_timed(words)]
