"""espeak-ng speaks Korean, told every unit: what :mod:`.espeak` does for English.

Its own reading of Hangul skips rules of pronunciation, so it gets the mnemonics of its Korean voice, ``[[k-'o|t-]]``.
They are not those that its own reading takes, which writes some sounds that it cannot tell apart: ㅆ as ㅅ (here it is
longer), and ㄱ at the beginning of a word as a voiced one.  Lax consonants are voiced between voiced sounds within a
word and voiceless elsewhere, codas have the least audible release there is.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from saidmeant.streaming.jamo import CODAS, ONSETS, VOWELS, name, named

from .error_patterns import SaidWord
from .espeak import PAUSE, Espeak, draw_voice_of
from .voice import Audio, Voice

LANGUAGES = ("ko",)
ONSET_MNEMONICS = dict(
    pair.split("=")
    for pair in (
        "ㄱ=k ㄲ=k- ㅋ=kh ㄷ=t ㄸ=t- ㅌ=th ㅂ=p ㅃ=p- ㅍ=ph ㅈ=tS; ㅉ=tS;- ㅊ=tSh ㅅ=s ㅆ=s: ㅎ=h ㅁ=m ㄴ=n ㄹ=*"
    ).split()
)
VOICED = {"ㄱ": "g", "ㄷ": "d", "ㅂ": "b", "ㅈ": "dZ;"}
PALATAL = {"ㅅ": "S;", "ㅆ": "S;:"}
"""Before ㅣ and the vowels that begin like it."""
CODA_MNEMONICS = {"ㄱ": "q", "ㄷ": "t-", "ㅂ": "p-", "ㅇ": "N", "ㄴ": "n", "ㅁ": "m", "ㄹ": "L"}
VOWEL_MNEMONICS = dict(
    pair.split("=")
    for pair in (
        "ㅏ=a ㅐ=E ㅓ=@ ㅔ=e ㅗ=o ㅜ=u ㅡ=u- ㅣ=i ㅑ=j|a ㅒ=j|E ㅕ=j|@ ㅖ=j|e ㅛ=j|o ㅠ=j|u "
        "ㅘ=w|a ㅙ=w|E ㅚ=w|e ㅝ=w|@ ㅞ=w|e ㅟ=w|i ㅢ=u-|j"
    ).split()
)
PALATAL_VOWELS = frozenset(named("ㅣ ㅑ ㅒ ㅕ ㅖ ㅛ ㅠ ㅟ"))
VOICED_CODAS = frozenset(named("-ㅇ -ㄴ -ㅁ -ㄹ"))
LATERAL = named("-ㄹ")[0]


class KoreanEspeak(Espeak):
    """The program with its Korean voice.  Raises ValueError if it is not installed."""

    def speak(self, words: Sequence[SaidWord], voice: Voice) -> tuple[Audio, int]:
        """The words and the sample rate.  Raises ValueError if the program fails."""
        return self.say(spell_korean(words, voice), voice)


def draw_korean_voice(split: str, rng: random.Random) -> Voice:
    """A variant of the split, pace and pitch."""
    return draw_voice_of(LANGUAGES, split, rng)


def spell_korean(words: Sequence[SaidWord], voice: Voice) -> str:
    """The units of a sentence as espeak-ng's mnemonics; here and there a short silence between two words."""
    rng = random.Random(voice.seed)
    spoken = []
    for number, word in enumerate(words):
        if number and rng.random() < PAUSE:
            spoken.append("_:")
        spoken.append(mnemonics(word.surface))
    return f"[[{' '.join(spoken)}]]"


def mnemonics(units: Sequence[str]) -> str:
    """The units of a word; its first vowel is stressed.  Raises ValueError for a unit that cannot be said."""
    symbols = []
    stressed = False
    for before, unit, after in zip(("", *units), units, (*units[1:], ""), strict=False):
        symbol = _mnemonic(before, unit, after)
        if unit in VOWELS and not stressed:
            glide, bar, vowel = symbol.rpartition("|") if symbol[0] in "jw" else ("", "", symbol)
            symbol, stressed = f"{glide}{bar}'{vowel}", True
        symbols.append(symbol)
    return "|".join(symbols)


def _mnemonic(before: str, unit: str, after: str) -> str:
    letter = name(unit).removeprefix("-")
    if unit in VOWELS:
        return VOWEL_MNEMONICS[letter]
    if unit in CODAS and letter in CODA_MNEMONICS:
        return CODA_MNEMONICS[letter]
    if unit not in ONSETS:
        raise ValueError(f"{name(unit)!r} is not a sound of Korean; pronounce the text first")
    if letter in VOICED and (before in VOWELS or before in VOICED_CODAS):
        return VOICED[letter]
    if letter in PALATAL and after in PALATAL_VOWELS:
        return PALATAL[letter]
    return "l" if letter == "ㄹ" and before == LATERAL else ONSET_MNEMONICS[letter]
