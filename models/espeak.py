"""espeak-ng, told every phone: crude, but fast and with many voices.

The program is GPL-3.0 and is called, not linked; what it says is free.  Phones go in as its mnemonics, ``[[D|'I|s]]``,
between marks that keep neighbours from becoming one phone; a mark of its own keeps T from becoming a flap, which would
sound like D.
"""

from __future__ import annotations

import io
import random
import shutil
import subprocess
from collections.abc import Sequence

import numpy as np
import soundfile

from .error_patterns import VOWELS, SaidWord
from .prompts import stressed_vowel
from .voice import Audio, Voice

PROGRAM = "espeak-ng"
LANGUAGES = ("en-us", "en-us", "en-us-nyc", "en-gb", "en-gb-x-rp")
"""Accents of English whose phones are all distinct (Caribbean English has no TH, for one)."""
HELD_OUT_VARIANTS = ("m2", "m7", "f4", "Annie", "Michael")
VARIANTS = (
    *("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5"),
    *("Alex", "Andrea", "Andy", "Annie", "Denis", "Diogo", "Gene", "Gene2", "Hugo", "Jacky"),
    *("Mario", "Michael", "Mike", "Nguyen", "Storm", "adam", "antonio", "aunty", "belinda", "benjamin"),
    *("boris", "caleb", "david", "ed", "edward", "gustave", "iven", "john", "linda", "max", "michel"),
    *("miguel", "norbert", "pablo", "paul", "pedro", "quincy", "rob", "robert", "sandro", "steph", "travis"),
    *("victor", "zac"),
)
SPEEDS, PITCHES = (105, 190), (20, 85)  # words per minute; 50 = the variant's own
PAUSE = 0.06  # between two words: a short silence

MNEMONICS = dict(
    pair.split("=")
    for pair in (
        "AA=A: AE=a AH=@ AO=O: AW=aU AY=aI EH=E ER=3 EY=eI IH=I IY=i: OW=oU OY=OI UH=U UW=u: "
        "B=b CH=tS D=d DH=D F=f G=g HH=h JH=dZ K=k L=l M=m N=n NG=N P=p R=r S=s SH=S T=t2 TH=T V=v W=w Y=j Z=z ZH=Z"
    ).split()
)
STRESSED = {"AH": "V", "ER": "3:"}
BRITISH_ER = {"3": "@|r", "3:": "3:|r"}
"""British voices do not pronounce the R that is in the vowel, so it is added."""


class Espeak:
    """The program, if it is installed.  Raises ValueError if it is not."""

    def __init__(self) -> None:
        program = shutil.which(PROGRAM)
        if program is None:
            raise ValueError(
                f"{PROGRAM} is not installed; get it from your system's packages, as in: apt install {PROGRAM}"
            )
        self._program = program

    def speak(self, words: Sequence[SaidWord], voice: Voice) -> tuple[Audio, int]:
        """The words and the sample rate.  Raises ValueError if the program fails."""
        return self.say(spell(words, voice), voice)

    def say(self, text: str, voice: Voice) -> tuple[Audio, int]:
        """A text, or mnemonics in double brackets, in any language that the voice's name gives."""
        command = [self._program, "-v", voice.name, "-s", f"{voice.speed:.0f}", "-p", str(voice.pitch), "--stdout"]
        done = subprocess.run([*command, text], capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode or not done.stdout:
            raise ValueError(f"{PROGRAM}: {done.stderr.decode(errors='replace').strip() or 'no audio'}")
        # The header of a stream has no length; libsndfile then reads to the end.
        audio, rate = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
        return np.asarray(audio, np.float32), int(rate)


def draw_voice(split: str, rng: random.Random) -> Voice:
    """An accent and a variant of the split, pace and pitch."""
    return draw_voice_of(LANGUAGES, split, rng)


def draw_voice_of(languages: Sequence[str], split: str, rng: random.Random) -> Voice:
    """The same for other languages, named as espeak-ng names them."""
    variants = [name for name in VARIANTS if (name in HELD_OUT_VARIANTS) == (split == "held-out")]
    name = f"{rng.choice(languages)}+{rng.choice(variants)}"
    return Voice(name, speed=rng.randint(*SPEEDS), pitch=rng.randint(*PITCHES), seed=rng.getrandbits(32))


def spell(words: Sequence[SaidWord], voice: Voice) -> str:
    """The phones of a sentence as espeak-ng's mnemonics."""
    rng = random.Random(voice.seed)
    british = voice.name.startswith("en-gb")
    spoken = []
    for number, word in enumerate(words):
        if number and rng.random() < PAUSE:
            spoken.append("_:")
        spoken.append(_spell_word(word, british))
    return f"[[{' '.join(spoken)}]]"


def _spell_word(word: SaidWord, british: bool) -> str:
    stressed = stressed_vowel(word.text, word.canonical)
    symbols = []
    for position, piece in enumerate(word.pieces):
        mark = position == stressed
        for phone in piece:
            here = mark and phone in VOWELS
            symbol = STRESSED.get(phone, MNEMONICS[phone]) if here else MNEMONICS[phone]
            symbols.append(("'" if here else "") + (BRITISH_ER.get(symbol, symbol) if british else symbol))
            mark = mark and not here
    return "|".join(symbols)
