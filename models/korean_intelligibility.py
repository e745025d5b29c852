"""``python -m saidmeant.models.korean_intelligibility``: which manner makes Kokoro's Korean understood best.

None of Kokoro's voices is Korean, so how they are to be told a Korean sound is a matter of choice
(:mod:`.korean_kokoro`).  Whisper base has heard real Korean; the better a manner of speaking fits it, the likelier it
finds the text that was spoken.  Every voice says the same sentences in every manner, and the table holds each manner
against the plain one: nats per syllable, below zero where the text is likelier.
"""
# ruff: noqa: RUF001  (IPA letters look like Latin ones)

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import soxr
from rich.console import Console
from rich.progress import track
from rich.table import Table

from . import kokoro
from .korean_kokoro import Manner, say_in_manner
from .korean_learners import say_korean
from .prompts import read_sentences
from .voice import PEAK, SAMPLE_RATE, Audio
from .whisper_package import model_folder

PLAIN = Manner(stressed=0.0)
MANNERS = {
    "plain": PLAIN,
    "ㅓ as ɔ": replace(PLAIN, vowels={"ʌ": "ɔ"}),
    "ㅓ as ə": replace(PLAIN, vowels={"ʌ": "ə"}),
    "ㅏ as a": replace(PLAIN, vowels={"ɑ": "a"}),
    "ㅡ as ɨ": replace(PLAIN, vowels={"ɯ": "ɨ"}),
    "ㅡ as ʊ": replace(PLAIN, vowels={"ɯ": "ʊ"}),
    "ㅔ as ɛ": replace(PLAIN, vowels={"e": "ɛ"}),
    "ㅗ as ʊ": replace(PLAIN, vowels={"o": "ʊ"}),
    "ㅓ as ɔ, ㅏ as a": replace(PLAIN, vowels={"ʌ": "ɔ", "ɑ": "a"}),
    "words joined": replace(PLAIN, joined=1.0),
    "a stress in every word": replace(PLAIN, stressed=1.0),
    "consonants varied": replace(PLAIN, varied=True),
}
VOICES = ("af_heart", "am_michael", "zf_xiaobei", "jm_kumo", "ef_dora", "hf_alpha")
SYLLABLES = (14, 22)  # of a sentence: at least, at most
PAUSE_SECONDS = 0.2
WINDOW_SECONDS = 30
START = ("<|startoftranscript|>", "<|ko|>", "<|transcribe|>", "<|notimestamps|>")


class Listener:
    """Whisper base, asked how likely a text is."""

    def __init__(self) -> None:
        import ctranslate2
        from faster_whisper.feature_extractor import FeatureExtractor
        from tokenizers import Tokenizer

        folder = str(model_folder())
        self._model = ctranslate2.models.Whisper(folder, compute_type="int8", intra_threads=1)
        self._features = FeatureExtractor()
        self._tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self._array: Any = ctranslate2.StorageView.from_array

    def nats(self, audio: Audio, text: str) -> float:
        """Negative log-probability of the text.  audio: at :data:`.voice.SAMPLE_RATE`, at most a window of it."""
        frames = len(audio) // self._features.hop_length
        window = np.zeros(WINDOW_SECONDS * SAMPLE_RATE, np.float32)
        window[: len(audio)] = audio
        log_mel = self._features(window)[None, :, : WINDOW_SECONDS * 100]
        tokens = self._tokenizer.encode(f" {text}", add_special_tokens=False).ids
        start = [self._tokenizer.token_to_id(token) for token in START]
        (said,) = self._model.align(self._array(np.ascontiguousarray(log_mel)), start, [tokens], [frames])
        return -sum(math.log(max(probability, 1e-8)) for probability in said.text_token_probs)


def spoken(engine: kokoro.Kokoro, sentences: Sequence[str], manner: Manner, voice: str) -> Audio:
    """Sentences one after the other."""
    pause = np.zeros(round(PAUSE_SECONDS * SAMPLE_RATE), np.float32)
    parts = []
    for text in sentences:
        phonemes = say_in_manner(say_korean(text), manner, random.Random(text))
        audio = soxr.resample(engine.say(phonemes, voice, 1.0), kokoro.KOKORO_RATE, SAMPLE_RATE)
        parts += [audio * (PEAK / np.abs(audio).max()), pause]
    return np.concatenate(parts)


def measured(sentences: Sequence[str], each: int, folder: Path) -> dict[str, list[float]]:
    """Nats per syllable by manner, one number per voice, who all read sentences of their own."""
    engine, listener = kokoro.Kokoro(folder, threads=1), Listener()
    found: dict[str, list[float]] = {name: [] for name in MANNERS}
    jobs = [(number, voice, name) for number, voice in enumerate(VOICES) for name in MANNERS]
    for number, voice, name in track(jobs, "listening", console=Console(stderr=True)):
        read = sentences[number * each : (number + 1) * each]
        syllables = sum(len(text.replace(" ", "")) for text in read)
        found[name].append(listener.nats(spoken(engine, read, MANNERS[name], voice), " ".join(read)) / syllables)
    return found


def rows(found: dict[str, list[float]]) -> Iterator[tuple[str, str, str]]:
    """A manner, its nats, and how many more than those of the plain one, with a standard error over voices."""
    for name, values in found.items():
        more = [value - plain for value, plain in zip(values, found["plain"], strict=True)]
        error = stdev(more) / math.sqrt(len(more))
        yield name, f"{mean(values):.2f}", "" if name == "plain" else f"{mean(more):+.2f} ± {error:.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.korean_intelligibility",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--sentences", type=Path, nargs="+", default=[Path(__file__).parent / "sentences" / "ko.txt.bz2"],
        help="files, also .bz2 and .gz, a sentence a line; default: models/sentences/ko.txt.bz2",
    )  # fmt: skip
    parser.add_argument("--each", type=int, default=2, help="sentences for each voice, at most 6; default: %(default)s")
    parser.add_argument("--kokoro", type=Path, default=kokoro.default_folder(), help="folder of its packages")
    options = parser.parse_args(arguments)
    if not 1 <= options.each <= 6:
        parser.error("--each must be from 1 to 6, which fill a window of Whisper's")
    try:
        kokoro.voices(options.kokoro, "train")  # raises if it is not there
        least, most = SYLLABLES
        fitting = [s for s in read_sentences(options.sentences) if least <= len(s.replace(" ", "")) <= most]
        random.Random(1).shuffle(fitting)
        found = measured(fitting, options.each, options.kokoro)
    except (ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    table = Table("manner", "nats per syllable", "more than plain")
    for row in rows(found):
        table.add_row(*row)
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
