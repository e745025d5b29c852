"""Hours of mixed audio: speech, music, noise, silence, clipping, one stretch after the other, the same for a seed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from saidmeant.streaming import Recognizer, Update

Samples = NDArray[np.float32]
RATE = 16_000
CLIPS = ("tests/data/*.wav", "examples/*.flac")
REAL = ("speechocean762-dev.jsonl", "librispeech-dev.jsonl")
KINDS = ("speech", "speech", "speech", "noisy", "clipped", "music", "noise", "silence", "digital silence", "click")


def mixed_audio(seconds: float, seed: int, repository: Path, real: Path | None = None) -> Iterator[Samples]:
    """Stretches of seconds, so long in all.  real: a folder of speech manifests; None: the shipped clips only."""
    rng = np.random.default_rng(seed)
    clips = speech_files(repository, real)
    left = round(seconds * RATE)
    while left > 0:
        stretch = _stretch(rng, str(rng.choice(KINDS)), clips)[:left]
        left -= len(stretch)
        yield stretch


def speech_files(repository: Path, real: Path | None) -> list[Path]:
    """Recordings of one sentence each."""
    if real is None:
        return sorted(path for pattern in CLIPS for path in repository.glob(pattern))
    lines = [line for name in REAL for line in (real / name).read_text(encoding="utf-8").splitlines()]
    return [real / json.loads(line)["audio"] for line in lines]


def _stretch(rng: np.random.Generator, kind: str, clips: list[Path]) -> Samples:
    seconds = float(rng.uniform(0.3, 8.0))
    count = round(seconds * RATE)
    if kind == "silence":
        samples = rng.standard_normal(count) * 1e-4
    elif kind == "digital silence":
        samples = np.zeros(count)
    elif kind == "noise":
        samples = rng.standard_normal(count) * rng.uniform(0.01, 0.3)
    elif kind == "music":
        samples = _music(rng, count)
    elif kind == "click":
        samples = np.zeros(count)
        samples[rng.integers(0, count, 5)] = 1.0
    else:
        samples, _ = soundfile.read(clips[rng.integers(len(clips))], dtype="float64")
        if kind == "noisy":
            samples = samples + rng.standard_normal(len(samples)) * 0.02
        if kind == "clipped":
            samples = samples * 20
    return np.clip(samples, -1, 1).astype(np.float32)


def _music(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Chords of decaying harmonics, four in a second."""
    samples = np.zeros(count)
    note = RATE // 4
    time = np.arange(note) / RATE
    for start in range(0, count, note):
        for pitch in 220 * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11], 3) / 12):
            tone = sum(np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 6)) * np.exp(-3 * time)
            samples[start : start + note] += 0.1 * np.asarray(tone)[: count - start]
    return samples


def sliced(audio: BinaryIO, seed: int) -> Iterator[Samples]:
    """Raw float32 in chunks of 0 to 0.6 s, as an application might deliver it."""
    rng = np.random.default_rng(seed)
    while True:
        cut = int(rng.choice([0, 1, 160, 441, 1_024, 1_600, 5_120, 9_600]))
        chunk = np.frombuffer(audio.read(4 * cut), np.float32)
        yield chunk
        if len(chunk) < cut:
            return


def resident_bytes() -> int:
    """Physical memory that this process holds now; Linux only."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Run by the test in a process of its own: one session, its finals as JSON lines, its memory by the second.

    The audio comes from stdin, so that what it takes to make it is not counted.
    """
    bundle, seed, finals_path = sys.argv[1:]
    recognizer = Recognizer.load(bundle)
    memory, partials = [], 0
    with Path(finals_path).open("w", encoding="utf-8") as file, recognizer.session() as session:

        def take(updates: list[Update]) -> None:
            nonlocal partials
            for update in updates:
                partials += not update.final
                if update.final:
                    print(json.dumps(update.as_dict()), file=file)

        for chunk in sliced(sys.stdin.buffer, int(seed)):
            take(session.accept(chunk))
            if session.seconds >= len(memory) + 1:
                memory.append(resident_bytes())
        take(session.finish())
    print(json.dumps({"memory": memory, "partials": partials, "seconds": session.seconds}))


if __name__ == "__main__":
    main()
