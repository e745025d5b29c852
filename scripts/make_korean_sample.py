"""Make export/sample-ko.wav, on which Korean bundles are checked, and its copy in examples, with espeak-ng.

    python scripts/make_korean_sample.py

The program is told every unit.  It says 저는 같이 국물을 먹었어요, all by the rules but 국물: its ㄱ does not
become ㅇ.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import soundfile

from saidmeant.models.error_patterns import SaidWord
from saidmeant.models.korean_espeak import KoreanEspeak
from saidmeant.models.voice import SAMPLE_RATE, Voice, finish
from saidmeant.streaming.jamo import split
from saidmeant.streaming.korean_pronunciation import pronounce

TARGET = Path(__file__).resolve().parents[1] / "export" / "sample-ko.wav"
TEXT = "저는 같이 국물을 먹었어요"
SAID = {"국물을": "국무를"}
VOICE = Voice("ko+f2", speed=140, pitch=50, seed=9)


def main() -> None:
    words = [
        SaidWord.correct(word.text, split(SAID[word.text]) if word.text in SAID else word.variants[0].units)
        for word in pronounce(TEXT)
    ]
    audio, rate = KoreanEspeak().speak(words, VOICE)
    soundfile.write(TARGET, finish(audio, rate, VOICE.seed), SAMPLE_RATE, subtype="PCM_16")
    shutil.copyfile(TARGET, TARGET.parents[1] / "examples" / TARGET.name)


if __name__ == "__main__":
    main()
