"""Make the clips of tests/data and examples with Kokoro-82M, from explicit phonemes.

The speaker is a synthesiser that is told every phone, so what was said is known: the surface phones of a word are read
off the phonemes that were spoken, in Kokoro's notation (IPA, a capital letter for each diphthong, a stress mark).
"""
# ruff: noqa: RUF001  (IPA letters look like Latin ones)

from __future__ import annotations

import argparse
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from saidmeant.models.kokoro import HELP, IPA, KOKORO_RATE, STRESSED, Kokoro
from saidmeant.models.voice import NOISE, PEAK, SAMPLE_RATE, Audio, trim

REPOSITORY = Path(__file__).resolve().parents[1]
EPILOG = (
    HELP.format(folder="kokoro")
    + """  python scripts/make_samples.py kokoro

Each file's sha256 is checked.  Another version of onnxruntime may change the last bits of the audio.
"""
)
SPEED = 0.9  # of the voice's own pace
MARGIN_SECONDS = 0.3  # of silence before the first word and after the last

ARPABET = {symbol: phone for phone, symbol in (*IPA.items(), *STRESSED.items())}
"""Kokoro's symbols, stressed vowels among them, and their phones."""


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of a clip: its spelling, its expected phones (ARPAbet) and the phonemes to speak."""

    text: str
    canonical: str
    phonemes: str

    @property
    def surface(self) -> list[str]:
        """The spoken phones in ARPAbet.  Raises KeyError for a phoneme that has no counterpart."""
        return [ARPABET[symbol] for symbol in re.findall("[ɜə]ɹ|[^ˈˌ]", self.phonemes)]

    def as_dict(self) -> dict[str, Any]:
        """The word as a manifest has it; every change here is a substitution, so accuracy is 2 (kept) or 0."""
        canonical, surface = self.canonical.split(), self.surface
        accuracy = [2 if said == expected else 0 for said, expected in zip(surface, canonical, strict=True)]
        return {"text": self.text, "canonical": canonical, "surface": surface, "accuracy": accuracy}


@dataclass(frozen=True, slots=True)
class Clip:
    """One WAV file: sentences of one voice with pauses between them."""

    name: str
    voice: str
    sentences: tuple[tuple[SpokenWord, ...], ...]
    pause_seconds: float = 0.0


def sentence(*words: str) -> tuple[SpokenWord, ...]:
    """Words, each written ``spelling | expected phones | spoken phonemes``."""
    return tuple(SpokenWord(*(part.strip() for part in word.split("|"))) for word in words)


_I = "i | AY | ˈI"
_THIS_IS_RIGHT = ("this | DH IH S | ðɪs", "is | IH Z | ɪz", "right | R AY T | ɹˈIt")
CLIPS = (
    Clip("think", "af_heart", (sentence(_I, "think | TH IH NG K | sˈɪŋk", *_THIS_IS_RIGHT),)),
    Clip("right", "af_heart", (sentence(_I, "think | TH IH NG K | θˈɪŋk", *_THIS_IS_RIGHT),)),
    Clip(
        "weather",
        "am_fenrir",
        (
            sentence(
                *("the | DH AH | də", "weather | W EH DH ER | wˈɛdəɹ", "is | IH Z | ɪz", "very | V EH R IY | wˈɛɹi"),
                *("nice | N AY S | nˈIs", "today | T AH D EY | tədˈA"),
            ),
        ),
    ),
    Clip(
        "three_sentences",
        "af_heart",
        (
            sentence(
                *("my | M AY | mI", "sister | S IH S T ER | sˈɪstəɹ", "lives | L IH V Z | lˈɪvz"),
                *("in | IH N | ɪn", "london | L AH N D AH N | lˈʌndən"),
            ),
            sentence(
                *("she | SH IY | ʃi", "drinks | D R IH NG K S | dɹˈɪŋks", "tea | T IY | tˈi"),
                *("at | AE T | æt", "breakfast | B R EH K F AH S T | bɹˈɛkfəst"),
            ),
            sentence(
                *("we | W IY | wi", "speak | S P IY K | spˈik", "on | AA N | ɑn"),
                *("the | DH AH | ðə", "phone | F OW N | fˈOn"),
            ),
        ),
        pause_seconds=1.3,
    ),
)


def speak(kokoro: Kokoro, words: tuple[SpokenWord, ...], voice: str) -> Audio:
    """One sentence at :data:`KOKORO_RATE`, without the silence around it."""
    return trim(kokoro.say(" ".join(word.phonemes for word in words) + ".", voice, SPEED), KOKORO_RATE)


def record(clip: Clip, kokoro: Kokoro) -> Audio:
    """The whole clip at :data:`SAMPLE_RATE`, its peak at :data:`PEAK`."""
    margin = np.zeros(round(MARGIN_SECONDS * KOKORO_RATE), np.float32)
    pause = np.zeros(round(clip.pause_seconds * KOKORO_RATE), np.float32)
    pieces = [margin]
    for words in clip.sentences:
        pieces += [speak(kokoro, words, clip.voice), pause]
    audio = soxr.resample(np.concatenate([*pieces[:-1], margin]), KOKORO_RATE, SAMPLE_RATE)
    noise = NOISE * np.random.default_rng(0).standard_normal(len(audio))
    return np.asarray(audio * (PEAK / np.abs(audio).max()) + noise, np.float32)


def main() -> None:
    """Write every clip, the manifest and the copy for users."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0], epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kokoro", type=Path, help="the folder with the packages named below")
    parser.add_argument("--target", type=Path, default=REPOSITORY, help="the repository (default: this one)")
    arguments = parser.parse_args()
    data, examples = arguments.target / "tests/data", arguments.target / "examples"
    for folder in (data, examples):
        folder.mkdir(parents=True, exist_ok=True)
    kokoro, lines = Kokoro(arguments.kokoro), []
    for clip in CLIPS:
        audio, words = record(clip, kokoro), [word for words in clip.sentences for word in words]
        soundfile.write(data / f"{clip.name}.wav", audio, SAMPLE_RATE, subtype="PCM_16")
        text, duration = " ".join(word.text for word in words), round(len(audio) / SAMPLE_RATE, 3)
        known = {"language": "en", "speaker": f"kokoro-{clip.voice}", "duration": duration}
        line = {"audio": f"{clip.name}.wav", "text": text, **known, "words": [word.as_dict() for word in words]}
        lines.append(json.dumps(line) + "\n")
        print(f"{clip.name}.wav: {duration:.2f} s")
    (data / "samples.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")
    shutil.copyfile(data / "think.wav", examples / "sample.wav")


if __name__ == "__main__":
    main()
