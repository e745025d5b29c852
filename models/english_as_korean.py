"""What a Korean ear makes of English: labels for a Korean model from real English speech.

Synthetic voices alone would teach the encoder to hear synthesisers only.  Real English speech is at hand, and its
sounds are near to those of Korean, much as loanwords show (Standard Loanword Orthography, 외래어 표기법), but for what
is said: a consonant that no vowel follows gets none (loanwords write 스 for such an S), and a stop behind S, which has
no aspiration, is tense.  Only a T between vowels, which may be a flap, becomes the wildcard
:data:`.manifest.UNKNOWN_PHONE`: a model that was given one for every sound that is not quite Korean learned that real
speech may be anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from saidmeant.streaming.jamo import named

from .manifest import UNKNOWN_PHONE


def _table(text: str) -> dict[str, tuple[str, ...]]:
    pairs = (pair.partition("=") for pair in text.split())
    return {phone: named(units.replace("+", " ")) for phone, _, units in pairs}


ONSETS = _table(
    "P=ㅍ T=ㅌ K=ㅋ B=ㅂ D=ㄷ G=ㄱ CH=ㅊ JH=ㅈ F=ㅍ V=ㅂ TH=ㅅ DH=ㄷ S=ㅅ Z=ㅈ SH=ㅅ ZH=ㅈ HH=ㅎ "
    "M=ㅁ N=ㄴ L=ㄹ R=ㄹ NG=-ㅇ W=ㅜ Y=ㅣ"
)
"""Before a vowel, and where no syllable can end in the sound."""
TENSE = _table("P=ㅃ T=ㄸ K=ㄲ")
CODAS = _table("P=-ㅂ B=-ㅂ T=-ㄷ D=-ㄷ K=-ㄱ G=-ㄱ M=-ㅁ N=-ㄴ NG=-ㅇ L=-ㄹ") | {"R": ()}
"""Behind a vowel and before none; an R there is in the vowel."""
VOWELS = _table("AA=ㅏ AE=ㅔ AH=ㅓ AO=ㅗ AW=ㅏ+ㅜ AY=ㅏ+ㅣ EH=ㅔ ER=ㅓ EY=ㅔ+ㅣ IH=ㅣ IY=ㅣ OW=ㅗ OY=ㅗ+ㅣ UH=ㅜ UW=ㅜ")
GLIDES = {
    "Y": dict(zip(named("ㅏ ㅔ ㅓ ㅗ ㅜ ㅣ"), named("ㅑ ㅖ ㅕ ㅛ ㅠ ㅣ"), strict=True)),
    "W": dict(zip(named("ㅏ ㅔ ㅓ ㅗ ㅜ ㅣ"), named("ㅘ ㅞ ㅝ ㅝ ㅜ ㅟ"), strict=True)),
}


def hear(phones: Sequence[str]) -> tuple[str, ...]:
    """A word's ARPAbet phones as units of :mod:`saidmeant.streaming.jamo`; what is no phone becomes a wildcard.

    >>> from saidmeant.streaming.jamo import name
    >>> [name(unit) for unit in hear("S T IH NG K".split())]
    ['ㅅ', 'ㄸ', 'ㅣ', '-ㅇ', 'ㅋ']
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
            units += _consonant(before, phone, after)
    return tuple(units)


def _consonant(before: str, phone: str, after: str) -> tuple[str, ...]:
    followed = after in VOWELS or after in GLIDES
    if phone not in ONSETS or (phone == "T" and before in VOWELS and followed):
        return (UNKNOWN_PHONE,)
    if phone in CODAS and before in VOWELS and not followed:
        return CODAS[phone]
    return TENSE[phone] if before == "S" and phone in TENSE else ONSETS[phone]
