"""Kokoro speaks Korean, told every unit: what :mod:`.kokoro` does for English.

None of its voices is Korean, so all speak it with an accent, as learners do.  Its notation has an aspirated mark but no
tense one, so what it says for ㄲ ㄸ ㅃ ㅆ ㅉ is not known to be tense: :func:`heard` says so by
:data:`.manifest.UNKNOWN_PHONE`, which training takes for any sound.
"""
# ruff: noqa: RUF001  (IPA letters look like Latin ones)

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

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
VOWEL_QUALITIES = {"ɑ": "aaɑ", "ʌ": "ɔɔɔʌ", "ɯ": "ɯɯɯɯɯɨɨɨʊə", "ɛ": "ɛe"}
"""What a speaker's vowels may be like, the likelier the more often: no foreign voice has Korean's own.
The likeliest of ㅏ and ㅓ are those that who knows real Korean understands best (korean_intelligibility.py)."""
VOICELESS = {"ㄱ": "k", "ㄷ": "t", "ㅂ": "p", "ㅈ": "ʨ"}
"""Lax sounds where a phrase begins."""
WEAK = {"ㄱ": "ɣ", "ㄷ": "ð", "ㅂ": "β", "ㅈ": "ʒ", "ㅎ": ""}
"""Consonants after a vowel."""
UNRELEASED = {"-ㄱ": "ʔ", "-ㄷ": "ʔ", "-ㅂ": "ʔ"}
"""Codas before another consonant."""


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
    """The phonemes of a sentence in Kokoro's notation; seed: the voice's manner and where it pauses."""
    rng = random.Random(seed)
    return say_in_manner(words, Manner.draw(rng), rng)


def say_in_manner(words: Sequence[SaidWord], manner: Manner, rng: random.Random) -> str:
    """The phonemes of a sentence as a speaker of that manner says it."""
    spoken = ""
    for word in words:
        spoken += manner.phonemes(word.surface, not spoken or spoken[-1] in " ,", rng)
        if rng.random() < PAUSE:
            spoken += ", "
        elif rng.random() >= manner.joined:
            spoken += " "
    return spoken.rstrip(" ,") + "."


@dataclass(frozen=True, slots=True)
class Manner:
    """How a speaker says what is written the same: voices that are always told the same are easier than people."""

    vowels: dict[str, str] = field(default_factory=dict)
    """The quality that stands for another one."""
    joined: float = 0.0
    """Probability that a word begins without a break."""
    stressed: float = 1.0
    """Probability that a word has a stressed vowel."""
    varied: bool = False
    """Whether consonants are now and then as :data:`VOICELESS`, :data:`WEAK` and :data:`UNRELEASED` say."""

    @classmethod
    def draw(cls, rng: random.Random) -> Manner:
        vowels = {quality: rng.choice(choices) for quality, choices in VOWEL_QUALITIES.items()}
        return cls(vowels, joined=rng.choice((0.0, 0.5, 0.9)), stressed=rng.choice((0.0, 0.0, 0.5)), varied=True)

    def phonemes(self, units: Sequence[str], starts: bool, rng: random.Random) -> str:
        """The units of a word; if it is stressed, its first vowel is.  starts: whether a phrase does.

        Raises ValueError for a unit that cannot be said.
        """
        symbols = []
        stressed = rng.random() >= self.stressed
        for before, unit, after in zip(("", *units), units, (*units[1:], ""), strict=False):
            if unit not in VOWELS and self.varied:
                symbol = varied(before, unit, after, starts and not before, rng)
            else:
                symbol = "".join(self.vowels.get(quality, quality) for quality in phoneme(before, unit, after))
            if unit in VOWELS and not stressed:
                symbol, stressed = f"{symbol[:-1]}ˈ{symbol[-1]}", True
            symbols.append(symbol)
        return "".join(symbols)


def phoneme(before: str, unit: str, after: str) -> str:
    """A unit's symbol beside its neighbours in the word.  Raises ValueError for a unit that cannot be said."""
    if name(unit) not in IPA:
        raise ValueError(f"{name(unit)!r} is not a sound of Korean; pronounce the text first")
    if name(unit) in ("ㅅ", "ㅆ") and after in PALATAL_VOWELS:
        return PALATAL
    return "l" if name(unit) == "ㄹ" and before == LATERAL else IPA[name(unit)]


def varied(before: str, unit: str, after: str, starts: bool, rng: random.Random) -> str:
    """A consonant's symbol, sometimes as people say it in its place.  starts: it is the first of a phrase."""
    choices, probability = {}, 0.0
    if starts:
        choices, probability = VOICELESS, 0.4
    elif before in VOWELS:
        choices, probability = (UNRELEASED if after else {}) | WEAK, 0.2
    return choices[name(unit)] if name(unit) in choices and rng.random() < probability else phoneme(before, unit, after)
