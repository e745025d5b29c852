"""The units of Korean, which both lines are made of, and how they become Hangul again.

A unit is one of Unicode's conjoining jamo, which has different characters for a consonant that begins a syllable and
for the one that ends it.  So 각이 (the stop held: ᄀ ᅡ ᆨ ᅵ) and 가기 (ᄀ ᅡ ᄀ ᅵ) are different sequences, as they are
different sounds, and a sequence needs no mark between syllables to be read as Hangul: an onset or a vowel without one
begins a syllable.  The letter ㅇ before a vowel is silent, so it is no unit: nothing in the audio could teach it, and
:func:`join` writes it back.

*Surface*: what is pronounced, 18 onsets, 21 vowels and the 7 codas that can be heard (Standard Pronunciation, articles
2 and 8; its 19 consonants are these 18 and ㅇ as a coda).

*Meaning*: the spelling, the same units with all 27 codas, and a mark between words.  Jamo rather than syllables: of the
11,172 syllables some 2,400 are in use, most of them too rare to be learned from a small corpus, while 67 jamo are all
seen thousands of times; the head of a small model stays small (67 rows instead of 2,400, 1.2 MB at 512 columns); and
the search through the language model, which goes letter by letter, works as it is.  A syllable has 2.2 units on
average, which fits 25 frames per second up to about nine syllables per second.

Units have readable names for tables and messages: ㄱ, ㅏ and, as a coda, -ㄱ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

WORD_BOUNDARY = "|"
ONSET_LETTERS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWEL_LETTERS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODA_LETTERS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
HEARD_CODAS = "ㄱㄴㄷㄹㅁㅂㅇ"
SILENT = "ᄋ"
"""The onset ㅇ, which is written but not said."""

_ONSETS = {letter: chr(0x1100 + i) for i, letter in enumerate(ONSET_LETTERS)}
_VOWELS = {letter: chr(0x1161 + i) for i, letter in enumerate(VOWEL_LETTERS)}
_CODAS = {letter: chr(0x11A8 + i) for i, letter in enumerate(CODA_LETTERS)}
_NAMES = {
    **{unit: letter for letter, unit in (*_ONSETS.items(), *_VOWELS.items())},
    **{unit: f"-{letter}" for letter, unit in _CODAS.items()},
}
_UNITS = {name: unit for unit, name in _NAMES.items()}

ONSETS = frozenset(_ONSETS.values()) - {SILENT}
VOWELS = frozenset(_VOWELS.values())
CODAS = frozenset(_CODAS.values())

SURFACE_UNITS = (
    *(unit for unit in _ONSETS.values() if unit != SILENT),
    *_VOWELS.values(),
    *(_CODAS[letter] for letter in HEARD_CODAS),
)
"""46: what can be heard.  As the surface tokens of a bundle."""
MEANING_UNITS = (
    WORD_BOUNDARY,
    *(unit for unit in _ONSETS.values() if unit != SILENT),
    *_VOWELS.values(),
    *_CODAS.values(),
)
"""67: what can be written.  As the meaning tokens of a bundle."""
_HANGUL = re.compile("[가-힣]")
_SYLLABLE = re.compile("([ᄀ-ᄒ]?)([ᅡ-ᅵ])([ᆨ-ᇂ]?)")
_TOGETHER = re.compile(f"{_SYLLABLE.pattern}|.", re.DOTALL)


class Syllable(NamedTuple):
    """A written syllable as letters: ``Syllable("ㄱ", "ㅏ", "ㄳ")``; the onset may be ㅇ, the coda empty."""

    onset: str
    vowel: str
    coda: str

    def __str__(self) -> str:
        units = _ONSETS[self.onset] + _VOWELS[self.vowel] + (_CODAS[self.coda] if self.coda else "")
        return unicodedata.normalize("NFC", units)

    @property
    def units(self) -> tuple[str, ...]:
        """What of it is a unit."""
        onset = () if self.onset == "ㅇ" else (_ONSETS[self.onset],)
        return (*onset, _VOWELS[self.vowel], *((_CODAS[self.coda],) if self.coda else ()))


def is_hangul(character: str) -> bool:
    """Whether it is a whole syllable."""
    return _HANGUL.fullmatch(character) is not None


def syllable(character: str) -> Syllable:
    """The letters of one Hangul syllable.  Raises ValueError for anything else."""
    if not is_hangul(character):
        raise ValueError(f"expected a syllable of Hangul, found {character!r}")
    letters = [_NAMES[unit].removeprefix("-") for unit in unicodedata.normalize("NFD", character)]
    return Syllable(letters[0], letters[1], letters[2] if len(letters) > 2 else "")


def split(text: str) -> tuple[str, ...]:
    """The units of a text in Hangul; runs of spaces become :data:`WORD_BOUNDARY`.  Raises ValueError for other text.

    >>> " ".join(name(unit) for unit in split("값 아"))
    'ㄱ ㅏ -ㅄ | ㅏ'
    """
    units: list[str] = []
    for number, word in enumerate(unicodedata.normalize("NFC", text).split()):
        units += [WORD_BOUNDARY] if number else []
        units += [unit for character in word for unit in syllable(character).units]
    return tuple(units)


def join(units: Iterable[str]) -> str:
    """Any sequence of units as Hangul; a unit that belongs to no syllable stands as a letter of its own.

    >>> join(split("각이 가기"))
    '각이 가기'
    """
    text = "".join(" " if unit == WORD_BOUNDARY else unit for unit in units)
    whole = _SYLLABLE.sub(lambda m: unicodedata.normalize("NFC", (m[1] or SILENT) + m[2] + m[3]), text)
    return "".join(_NAMES[one].removeprefix("-") if one in _NAMES else one for one in whole)


def syllables(units: Sequence[str]) -> list[int]:
    """How many units each syllable has; a unit that belongs to none is one."""
    return [len(found[0]) for found in _TOGETHER.finditer("".join(units))]


def name(unit: str) -> str:
    """A unit for people: ㄱ, ㅏ, -ㄱ (a coda)."""
    return _NAMES.get(unit, unit)


def named(names: str) -> tuple[str, ...]:
    """The units of names with spaces between them: ``ㄱ ㅏ -ㄱ``.  Raises ValueError for a name that there is not."""
    parts: Sequence[str] = names.split()
    if unknown := [part for part in parts if part not in _UNITS]:
        raise ValueError(f"{unknown[0]!r} is not a unit; as in 'ㄱ ㅏ -ㄱ' (a consonant, a vowel, a coda)")
    return tuple(_UNITS[part] for part in parts)
