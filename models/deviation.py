"""What the surface line makes of mispronounced words: does it write what was said, or what was meant?

A recogniser that has learned what words sound like writes that, whatever it hears (intent bias).  Two figures show it:
in how many mispronounced words the surface line reads exactly the canonical phones, and the phone error rate of
mispronounced words beside that of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from saidmeant.streaming.hypothesis import Token, Word

from .manifest import UNKNOWN_PHONE, Utterance
from .metrics import ErrorRate
from .pairing import pair_by_articulation, pair_phones
from .scoring import scoring
from .statistics import interval


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word of the text: was it mispronounced, did we read its canonical phones, edits against the pronounced."""

    speaker: str
    deviant: bool
    canonical: bool
    errors: ErrorRate


def hear_words(utterance: Utterance, heard: Sequence[str]) -> list[HeardWord]:
    """Every word of the text; none if the manifest does not say how all of them were pronounced.

    The edits of all words add up to those of the utterance's phone error rate; a phone too many belongs to the word
    before it.
    """
    if not utterance.words or utterance.surface is None:
        return []
    heard = scoring(utterance.language).fold(heard)
    read = phones_by_word([word.canonical for word in utterance.words], heard)
    edits = _edits_by_word([word.surface or () for word in utterance.words], heard)
    return [
        HeardWord(
            utterance.speaker,
            deviant=word.surface != word.canonical,
            canonical=tuple(phones) == word.canonical,
            errors=ErrorRate(count, len(word.surface or ())),
        )
        for word, phones, count in zip(utterance.words, read, edits, strict=True)
    ]


def phones_by_word(words: Sequence[Sequence[str]], heard: Sequence[str]) -> list[list[str]]:
    """The phones heard for each word, by articulatory distance from how it should sound.

    An extra phone between two words belongs to neither.
    """
    owner = [index for index, word in enumerate(words) for _ in word]
    read: list[list[str]] = [[] for _ in words]
    pairs = pair_by_articulation([phone for word in words for phone in word], heard)
    before = [-1, *accumulate((-1 if i is None else owner[i] for i, _ in pairs), max)]
    after = [*accumulate((len(words) if i is None else owner[i] for i, _ in reversed(pairs)), min)][::-1]
    for (i, j), last, following in zip(pairs, before, after, strict=False):
        if j is not None and (i is not None or last == following):
            read[following].append(heard[j])
    return read


def _edits_by_word(words: Sequence[Sequence[str]], heard: Sequence[str]) -> list[int]:
    """The edits of the fewest that turn what was pronounced into what was heard, word by word."""
    reference = [phone for word in words for phone in word]
    owner = [index for index, word in enumerate(words) for _ in word]
    edits = [0] * len(words)
    current = 0
    for i, j in pair_phones(reference, heard):
        current = current if i is None else owner[i]
        edits[current] += i is None or j is None or reference[i] not in (heard[j], UNKNOWN_PHONE)
    return edits


def expected_line(words: Iterable[Word], pronunciations: Iterable[Sequence[str]]) -> tuple[Token, ...]:
    """The usual pronunciation of the words that were recognised, as if it had been heard: the surface's baseline.

    A recogniser of words and a lexicon (or rules) give as much; only what the surface line adds to it is heard.  Phones
    share their word's time and have its confidence.
    """
    phones: list[Token] = []
    for word, usual in zip(words, pronunciations, strict=True):
        step = (word.end - word.start) / len(usual) if usual else 0.0
        phones += [
            Token(phone, word.start + place * step, word.start + (place + 1) * step, word.confidence)
            for place, phone in enumerate(usual)
        ]
    return tuple(phones)


def deviation(words: Sequence[HeardWord]) -> dict[str, Any] | None:
    """``intent_bias`` of a report; None without a mispronounced word."""
    deviant = [word for word in words if word.deviant]
    others = [word for word in words if not word.deviant]
    if not deviant:
        return None
    on_deviant, on_others = (sum((word.errors for word in part), ErrorRate()).rate for part in (deviant, others))
    return {
        "rate": sum(word.canonical for word in deviant) / len(deviant),
        "interval": interval((word.speaker, word.canonical, 1) for word in deviant),
        "mispronounced_words": len(deviant),
        "correct_words_read_canonical": sum(word.canonical for word in others) / len(others) if others else None,
        "per_deviant_words": on_deviant,
        "per_correct_words": on_others,
        "per_ratio": on_deviant / on_others if on_deviant is not None and on_others else None,
    }
