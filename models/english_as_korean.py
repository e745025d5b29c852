"""What a Korean ear makes of English: labels for a Korean model from real English speech.

Synthetic voices alone would teach the encoder to hear synthesisers only.  Real English speech is at hand, and most of
its sounds are near to one of Korean, much as loanwords show (Standard Loanword Orthography, 외래어 표기법); those that
are not, and those whose Korean counterpart depends on the speaker (S: ㅅ or ㅆ), become the wildcard
:data:`.manifest.UNKNOWN_PHONE`, which stands for any one unit.
"""

from __future__ import annotations

from collections.abc import Sequence

from saidmeant.streaming.jamo import named

from .manifest import UNKNOWN_PHONE

ONSETS = {
    phone: named(unit)[0]
    for phone, _, unit in (
        pair.partition("=") for pair in "P=ㅍ T=ㅌ K=ㅋ B=ㅂ D=ㄷ G=ㄱ CH=ㅊ JH=ㅈ HH=ㅎ M=ㅁ N=ㄴ L=ㄹ".split()
    )
}
CODAS = dict(zip(("M", "N", "NG", "L"), named("-ㅁ -ㄴ -ㅇ -ㄹ"), strict=True))
VOWELS = {
    phone: named(units.replace("+", " "))
    for phone, _, units in (
        pair.partition("=")
        for pair in (
            "AA=ㅏ AE=ㅔ AH=ㅓ AO=ㅗ AW=ㅏ+ㅜ AY=ㅏ+ㅣ EH=ㅔ ER=ㅓ EY=ㅔ+ㅣ IH=ㅣ IY=ㅣ OW=ㅗ OY=ㅗ+ㅣ UH=ㅜ UW=ㅜ"
        ).split()
    )
}
GLIDES = {
    "Y": dict(zip(named("ㅏ ㅔ ㅓ ㅗ ㅜ ㅣ"), named("ㅑ ㅖ ㅕ ㅛ ㅠ ㅣ"), strict=True)),
    "W": dict(zip(named("ㅏ ㅔ ㅓ ㅗ ㅜ ㅣ"), named("ㅘ ㅞ ㅝ ㅝ ㅜ ㅟ"), strict=True)),
}
UNASPIRATED_AFTER = "S"


def hear(phones: Sequence[str]) -> tuple[str, ...]:
    """A word's ARPAbet phones as units of :mod:`saidmeant.streaming.jamo` and wildcards.

    >>> from saidmeant.streaming.jamo import name
    >>> [name(unit) for unit in hear("M IH N T".split())]
    ['ㅁ', 'ㅣ', '-ㄴ', '<unk>']
    """
    units: list[str] = []
    glide = ""
    for before, phone, after in zip(("", *phones), phones, (*phones[1:], ""), strict=False):
        if phone in VOWELS:
            first, *rest = VOWELS[phone]
            units += [GLIDES[glide][first] if glide else first, *rest]
            glide = ""
        elif phone in GLIDES and after in VOWELS:
            glide = phone
        else:
            units.append(_consonant(before, phone, after))
    return tuple(units)


def _consonant(before: str, phone: str, after: str) -> str:
    if after in VOWELS or after in GLIDES:
        plain = before == UNASPIRATED_AFTER or (phone == "T" and before in VOWELS)  # a T between vowels may be a flap
        return UNKNOWN_PHONE if plain else ONSETS.get(phone, UNKNOWN_PHONE)
    return CODAS.get(phone, UNKNOWN_PHONE) if before in VOWELS else UNKNOWN_PHONE
