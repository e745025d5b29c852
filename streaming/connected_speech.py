"""What natives make of words in running English: sounds that meet across a word boundary without a pause.

Nobody should be told that these are wrong.  They are further pronunciations of the first of the two words, after
Cruttenden, *Gimson's Pronunciation of English* (2014), chapter 12, and Shockey, *Sound Patterns of Spoken English*
(2003), chapter 2:

- elision: T or D after a consonant falls silent before another consonant (*last time*, *old man*);
- gemination: a consonant that ends one word and begins the next is said once (*bus stop*, *some more*);
- assimilation: N takes the place of the consonant after it (*ten boys* with M, *in case* with NG), S and Z before SH or
  Y become SH and ZH (*this shop*, *as you*), T and D before Y become CH and JH (*meet you*, *did you*);
- tapping: T between vowels sounds like D (*get up*; within a word: *water*, *better*).

Weak forms of single words (*and* as N) are lines of the lexicon (models/lexicons/en-weak-forms.txt).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from .hypothesis import Word
from .lexicon import Pronounced, Pronunciation
from .phones import is_vowel

PAUSE_SECONDS = 0.25
"""Sounds do not meet across a longer gap between two words."""
STOPS = ("T", "D")
ASSIMILATED = {
    ("N", "P"): "M",
    ("N", "B"): "M",
    ("N", "M"): "M",
    ("N", "K"): "NG",
    ("N", "G"): "NG",
    ("S", "SH"): "SH",
    ("S", "Y"): "SH",
    ("Z", "SH"): "ZH",
    ("Z", "Y"): "ZH",
    ("T", "Y"): "CH",
    ("D", "Y"): "JH",
}


def connected(words: Sequence[Word], pronounced: Sequence[Pronounced]) -> list[list[Pronunciation]]:
    """The pronunciations of every word, its own first, then those that its neighbour brings about."""
    following: list[str | None] = [
        after.pronunciations[0][0] if after.pronunciations and word_after.start - word.end <= PAUSE_SECONDS else None
        for word, word_after, after in zip(words, words[1:], pronounced[1:], strict=False)
    ]
    return [
        list(dict.fromkeys([*each.pronunciations, *chain.from_iterable(forms(p, after) for p in each.pronunciations)]))
        for each, after in zip(pronounced, [*following, None], strict=False)
    ]


def forms(phones: Pronunciation, following: str | None) -> Iterator[Pronunciation]:
    """Other ways to say a word before this phone (None: before a pause).  At least one phone is always left."""
    tapped = tap(phones, following)
    if tapped != phones:
        yield tapped
    if following is None or len(phones) < 2:
        return
    last = phones[-1]
    elided = last in STOPS and not is_vowel(phones[-2]) and not is_vowel(following)
    if elided or last == following:
        yield phones[:-1]
    if (last, following) in ASSIMILATED:
        yield (*phones[:-1], ASSIMILATED[last, following])


def tap(phones: Pronunciation, following: str | None = None) -> Pronunciation:
    """Every T between vowels (R may stand for the first) as D."""
    after = [*phones[1:], following]
    return tuple(
        "D" if phone == "T" and i and (is_vowel(phones[i - 1]) or phones[i - 1] == "R") and _vowel(after[i]) else phone
        for i, phone in enumerate(phones)
    )


def _vowel(phone: str | None) -> bool:
    return phone is not None and is_vowel(phone)
