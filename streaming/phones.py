"""The phones of the surface line and how far apart they are.

Distances decide which canonical phone an unexpected one replaced, so they follow articulation (place, manner and
voicing of consonants; height, backness, rounding and glide of vowels) with the coarse steps of phonetics textbooks.
They are integers, hundredths of one edit, so that sums are exact.
"""

from __future__ import annotations

from functools import lru_cache

# place from the lips (0) to the glottis (6), manner, voiced
_CONSONANTS: dict[str, tuple[int, str, bool]] = {
    "P": (0, "stop", False),
    "B": (0, "stop", True),
    "T": (3, "stop", False),
    "D": (3, "stop", True),
    "K": (5, "stop", False),
    "G": (5, "stop", True),
    "CH": (4, "affricate", False),
    "JH": (4, "affricate", True),
    "F": (1, "fricative", False),
    "V": (1, "fricative", True),
    "TH": (2, "fricative", False),
    "DH": (2, "fricative", True),
    "S": (3, "fricative", False),
    "Z": (3, "fricative", True),
    "SH": (4, "fricative", False),
    "ZH": (4, "fricative", True),
    "HH": (6, "fricative", False),
    "M": (0, "nasal", True),
    "N": (3, "nasal", True),
    "NG": (5, "nasal", True),
    "L": (3, "liquid", True),
    "R": (4, "liquid", True),
    "W": (0, "glide", True),
    "Y": (4, "glide", True),
}
# height from high (0) to low (6), from front (0) to back (4), rounded, glide towards
_VOWELS: dict[str, tuple[int, int, bool, str]] = {
    "IY": (0, 0, False, ""),
    "IH": (1, 1, False, ""),
    "EY": (2, 0, False, "Y"),
    "EH": (3, 0, False, ""),
    "AE": (5, 0, False, ""),
    "AH": (3, 2, False, ""),
    "ER": (3, 2, False, "R"),
    "UW": (0, 4, True, ""),
    "UH": (1, 3, True, ""),
    "OW": (2, 4, True, "W"),
    "AO": (4, 4, True, ""),
    "AA": (6, 3, False, ""),
    "AY": (6, 2, False, "Y"),
    "AW": (6, 2, False, "W"),
    "OY": (3, 4, True, "Y"),
}
ARPABET = tuple(sorted([*_CONSONANTS, *_VOWELS]))

_MANNERS = {
    frozenset(("stop", "affricate")): 25,
    frozenset(("affricate", "fricative")): 20,
    frozenset(("stop", "fricative")): 25,
    frozenset(("stop", "nasal")): 35,
    frozenset(("nasal", "liquid")): 35,
    frozenset(("liquid", "glide")): 20,
    frozenset(("stop", "liquid")): 40,
}
_OTHER_MANNERS = 50
_VOICING = 15
_PLACE_STEP, _MOST_PLACE = 10, 40
_HEIGHT_STEP, _BACK_STEP, _ROUNDING, _GLIDE, _MOST_VOWEL = 8, 10, 10, 15, 85
# Consonants that are vowels in all but name, and the vowels they turn into.
_VOCALIC = {
    "Y": ("IY", "IH"),
    "W": ("UW", "UH", "OW"),
    "R": ("ER", "AH", "AA"),
    "L": ("OW", "AO", "UH", "UW", "AH"),
    "N": ("AH",),
}
_VOCALISED = 70
UNRELATED = 150
"""More than leaving one out and inserting the other."""


def is_vowel(phone: str) -> bool:
    """Whether an ARPAbet phone is a vowel."""
    return phone in _VOWELS


@lru_cache(maxsize=4096)
def distance(one: str, other: str) -> int:
    """Hundredths of an edit: 0 for equal phones, 10-100 within a class, more where nothing is shared."""
    if one == other:
        return 0
    if one in _CONSONANTS and other in _CONSONANTS:
        return _between_consonants(_CONSONANTS[one], _CONSONANTS[other])
    if one in _VOWELS and other in _VOWELS:
        return _between_vowels(_VOWELS[one], _VOWELS[other])
    if other in _VOCALIC.get(one, ()) or one in _VOCALIC.get(other, ()):
        return _VOCALISED
    return UNRELATED


def _between_consonants(one: tuple[int, str, bool], other: tuple[int, str, bool]) -> int:
    place = min(_MOST_PLACE, _PLACE_STEP * abs(one[0] - other[0]))
    manner = 0 if one[1] == other[1] else _MANNERS.get(frozenset((one[1], other[1])), _OTHER_MANNERS)
    return place + manner + _VOICING * (one[2] != other[2])


def _between_vowels(one: tuple[int, int, bool, str], other: tuple[int, int, bool, str]) -> int:
    steps = _HEIGHT_STEP * abs(one[0] - other[0]) + _BACK_STEP * abs(one[1] - other[1])
    return min(_MOST_VOWEL, max(10, steps) + _ROUNDING * (one[2] != other[2]) + _GLIDE * (one[3] != other[3]))
