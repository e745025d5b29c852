"""Bring your own audio:  python own_audio_loop.py take1.wav [BUNDLE]

An application that has its own audio (a phone call, a browser, a game engine) gives it to a session chunk by chunk, in
whatever sizes and at whatever sample rate it has.  Here the audio comes from soundfile, in blocks of random length.
"""

import random
import sys
from collections.abc import Iterator

import numpy as np
import soundfile
from numpy.typing import NDArray

from saidmeant.streaming import Recognizer, Update


def blocks(samples: NDArray[np.float32], longest: int) -> Iterator[NDArray[np.float32]]:
    """Slices of 1 to ``longest`` samples, as a network or a sound card might deliver them."""
    start = 0
    while start < len(samples):
        size = random.randint(1, longest)
        yield samples[start : start + size]
        start += size


def show(updates: list[Update]) -> None:
    for update in updates:
        state = "final  " if update.final else "partial"
        print(f"{state} {update.surface.text} | {update.meaning.text}")


def main(path: str, bundle: str = "en-base") -> None:
    samples, sample_rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = np.ascontiguousarray(samples.mean(axis=1))
    recognizer = Recognizer.load(bundle)
    with recognizer.session() as session:
        for block in blocks(mono, longest=sample_rate // 2):
            show(session.accept(block, sample_rate))
        show(session.finish())


if __name__ == "__main__":
    main(*sys.argv[1:])
