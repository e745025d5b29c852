"""Kokoro speaks Korean, told every unit: what :mod:`.kokoro` does for English.

None of its voices is Korean, so all speak it with an accent, as learners do.  Its notation has an aspirated mark but no
tense one, so what it says for ㄲ ㄸ ㅃ ㅆ ㅉ is not known to be tense: :func:`heard` says so by
:data:`.manifest.UNKNOWN_PHONE`, which training takes for any sound.
"""
# ruff: noqa: RUF001  (IPA letters look like Latin ones)

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from saidmeant.streaming.jamo import VOWELS, name, named

from .error_patterns import SaidWord
from .kokoro import KOKORO_RATE, PAUSE, Kokoro
from .manifest import UNKNOWN_PHONE
from .voice import Audio, Voice

IPA = dict(
    pair.split("=")
    for pair in (
        "ㄱ=ɡ ㄲ=k ㅋ=kʰ ㄷ=d ㄸ=t ㅌ=tʰ ㅂ=b ㅃ=p ㅍ=pʰ ㅈ=ʥ ㅉ=ʨ ㅊ=ʨʰ ㅅ=s ㅆ=s ㅎ=h ㅁ=m ㄴ=n ㄹ=ɾ "
        "-ㄱ=k -ㄷ=t -ㅂ=p -ㅇ=ŋ -ㄴ=n -ㅁ=m -ㄹ=l "
        "ㅏ=ɑ ㅐ=ɛ ㅓ=ʌ ㅔ=e ㅗ=o ㅜ=u ㅡ=ɯ ㅣ=i ㅑ=jɑ ㅒ=jɛ ㅕ=jʌ ㅖ=je ㅛ=jo ㅠ=ju "
        "ㅘ=wɑ ㅙ=wɛ ㅚ=we ㅝ=wʌ ㅞ=we ㅟ=wi ㅢ=ɯi"
    ).split()
)
PALATAL = "ɕ"
"""What ㅅ and ㅆ are before ㅣ and the vowels that begin like it."""
PALATAL_VOWELS = frozenset(named("ㅣ ㅑ ㅒ ㅕ ㅖ ㅛ ㅠ ㅟ"))
LATERAL = named("-ㄹ")[0]
UNSURE = frozenset(named("ㄲ ㄸ ㅃ ㅆ ㅉ"))


class KoreanKokoro(Kokoro):
    """Kokoro-82M with Korean sounds."""

    def speak(self, words: Sequence[SaidWord], voice: Voice) -> tuple[Audio, int]:
        """The words and the sample rate."""
        return self.say(spell_korean(words, voice.seed), voice.name, voice.speed), KOKORO_RATE


def heard(words: Sequence[SaidWord]) -> tuple[SaidWord, ...]:
    """The words with :data:`.manifest.UNKNOWN_PHONE` for each sound that Kokoro may have said otherwise."""
    return tuple(
        replace(
            word,
            pieces=tuple(tuple(UNKNOWN_PHONE if unit in UNSURE else unit for unit in piece) for piece in word.pieces),
        )
        for word in words
    )


def spell_korean(words: Sequence[SaidWord], seed: int) -> str:
    """The phonemes of a sentence in Kokoro's notation; seed: where it pauses."""
    rng = random.Random(seed)
    spoken = "".join(f"{phonemes(word.surface)}{',' if rng.random() < PAUSE else ''} " for word in words)
    return spoken.rstrip(" ,") + "."


def phonemes(units: Sequence[str]) -> str:
    """The units of a word; its first vowel is stressed.  Raises ValueError for a unit that cannot be said."""
    symbols = []
    stressed = False
    for before, unit, after in zip(("", *units), units, (*units[1:], ""), strict=False):
        if name(unit) not in IPA:
            raise ValueError(f"{name(unit)!r} is not a sound of Korean; pronounce the text first")
        symbol = IPA[name(unit)]
        if name(unit) in ("ㅅ", "ㅆ") and after in PALATAL_VOWELS:
            symbol = PALATAL
        if name(unit) == "ㄹ" and before == LATERAL:
            symbol = "l"
        if unit in VOWELS and not stressed:
            symbol, stressed = f"{symbol[:-1]}ˈ{symbol[-1]}", True
        symbols.append(symbol)
    return "".join(symbols)
