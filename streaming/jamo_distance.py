"""How far apart two units of Korean are, as :mod:`.phones` has it for English: hundredths of one edit.

The consonants of Korean differ in place, manner and in a third way that no other language has: lax, tense and
aspirated (평음, 경음, 격음).  A difference of that alone is the commonest error of learners and the smallest step.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from .jamo import CODAS, ONSETS, VOWELS, name, named
from .phones import UNRELATED

# place from the lips (0) to the glottis (4), manner; lax, tense or aspirated
CONSONANTS: dict[str, tuple[int, str, str]] = {
    "ㅂ": (0, "stop", "lax"),
    "ㅃ": (0, "stop", "tense"),
    "ㅍ": (0, "stop", "aspirated"),
    "ㄷ": (1, "stop", "lax"),
    "ㄸ": (1, "stop", "tense"),
    "ㅌ": (1, "stop", "aspirated"),
    "ㅈ": (2, "affricate", "lax"),
    "ㅉ": (2, "affricate", "tense"),
    "ㅊ": (2, "affricate", "aspirated"),
    "ㄱ": (3, "stop", "lax"),
    "ㄲ": (3, "stop", "tense"),
    "ㅋ": (3, "stop", "aspirated"),
    "ㅅ": (1, "fricative", "lax"),
    "ㅆ": (1, "fricative", "tense"),
    "ㅎ": (4, "fricative", "aspirated"),
    "ㅁ": (0, "nasal", ""),
    "ㄴ": (1, "nasal", ""),
    "ㅇ": (3, "nasal", ""),
    "ㄹ": (1, "liquid", ""),
}
# glide, height from high (0), from front (0) to back, rounded; ㅢ glides from ㅡ
QUALITIES: dict[str, tuple[str, int, int, bool]] = {
    "ㅣ": ("", 0, 0, False),
    "ㅔ": ("", 1, 0, False),
    "ㅐ": ("", 2, 0, False),
    "ㅏ": ("", 3, 1, False),
    "ㅓ": ("", 2, 2, False),
    "ㅗ": ("", 1, 2, True),
    "ㅜ": ("", 0, 2, True),
    "ㅡ": ("", 0, 1, False),
    "ㅚ": ("w", 1, 0, False),
    "ㅟ": ("w", 0, 0, False),
    "ㅢ": ("eu", 0, 0, False),
    "ㅑ": ("y", 3, 1, False),
    "ㅒ": ("y", 2, 0, False),
    "ㅕ": ("y", 2, 2, False),
    "ㅖ": ("y", 1, 0, False),
    "ㅛ": ("y", 1, 2, True),
    "ㅠ": ("y", 0, 2, True),
    "ㅘ": ("w", 3, 1, False),
    "ㅙ": ("w", 2, 0, False),
    "ㅝ": ("w", 2, 2, False),
    "ㅞ": ("w", 1, 0, False),
}
MERGED = tuple(map(frozenset, ("ㅐㅔ", "ㅒㅖ", "ㅙㅚㅞ")))
"""Vowels that Seoul no longer tells apart; the standard does, except ㅚ and ㅞ (article 4)."""
_UNIFIED = dict(zip(named("ㅐ ㅒ ㅙ ㅚ"), named("ㅔ ㅖ ㅞ ㅞ"), strict=True))

_PLACE, _MOST_PLACE, _MANNER, _LARYNGEAL, _POSITION = 15, 45, 30, 15, 20
_HEIGHT, _BACK, _ROUNDING, _GLIDE, _MOST_VOWEL = 12, 15, 10, 20, 85


@lru_cache(maxsize=4096)
def jamo_distance(one: str, other: str) -> int:
    """Hundredths of an edit: 0 for equal units, up to 100 for related ones, more than both lost and added beyond."""
    if one == other:
        return 0
    if one in VOWELS and other in VOWELS:
        return _between_vowels(name(one), name(other))
    if one in VOWELS or other in VOWELS or not {one, other} <= ONSETS | CODAS:
        return UNRELATED
    return _between_consonants(one, other)


def merged(one: str, other: str) -> bool:
    """Whether two vowels sound the same in Seoul."""
    return any({name(one), name(other)} <= vowels for vowels in MERGED)


def unify(units: Iterable[str]) -> tuple[str, ...]:
    """The units with one of each set of merged vowels (ㅔ, ㅖ, ㅞ): what to score and to train a surface line on.

    No synthesiser and few speakers tell them apart, so a head could only guess them from the words, which is the
    meaning's business.
    """
    return tuple(_UNIFIED.get(unit, unit) for unit in units)


def _between_consonants(one: str, other: str) -> int:
    letters = [name(unit).removeprefix("-") for unit in (one, other)]
    if any(letter not in CONSONANTS for letter in letters):
        return UNRELATED  # a cluster, which is written and never said
    (place, manner, kind), (other_place, other_manner, other_kind) = (CONSONANTS[letter] for letter in letters)
    steps = min(_MOST_PLACE, _PLACE * abs(place - other_place))
    sound = steps + _MANNER * (manner != other_manner) + _LARYNGEAL * (kind != other_kind)
    return min(100, sound + _POSITION * ((one in CODAS) != (other in CODAS)))


def _between_vowels(one: str, other: str) -> int:
    if merged(one, other):
        return 5
    first, second = QUALITIES[one], QUALITIES[other]
    tongue = _HEIGHT * abs(first[1] - second[1]) + _BACK * abs(first[2] - second[2])
    return min(_MOST_VOWEL, tongue + _ROUNDING * (first[3] != second[3]) + _GLIDE * (first[0] != second[0]))
