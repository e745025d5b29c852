"""Simulated rooms: a bank of impulse responses by the image-source method, computed once and kept in a folder.

Shoebox rooms after Allen & Berkley 1979, by pyroomacoustics; that simulated ones serve is from Ko et al. 2017 (A study
on data augmentation of reverberant speech for robust speech recognition).  Everything is drawn from a seed.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from .data import SAMPLE_RATE

DIRECT_PATH = 40  # where each response has its direct path; what precedes is the fractional delay's own ringing, 2.5 ms
LONGEST_SECONDS = 0.6
FADE_SAMPLES = 800
REFLECTIONS = 30  # orders of images; the walls draw when the tail ends before LONGEST_SECONDS
Responses = NDArray[np.float32]
"""(rooms, samples) impulse responses of unit energy, direct path at DIRECT_PATH, zeros after the shorter ones."""


def load_rooms(folder: Path, count: int = 60, seed: int = 1) -> Responses:
    """The bank of ``count`` rooms kept in ``folder``, simulated first if it is not there (about 0.2 s a room)."""
    path = folder / f"rooms-{count}-{seed}.npy"
    if not path.exists():
        rng = np.random.default_rng([seed, count])
        rooms = np.stack([simulate_room(rng) for _ in range(count)])
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{path.stem}.{os.getpid()}.partial.npy"  # several trainings may begin at once
        np.save(partial, rooms)
        partial.replace(path)
    return np.load(path, allow_pickle=False)


def simulate_room(rng: np.random.Generator) -> NDArray[np.float32]:
    """The response of a drawn room: floor 2.5 x 2.5 to 8 x 6 m, 2.3 to 3.5 m high, a microphone 0.2 to 2 m away.

    Drawn again where an echo is stronger than the direct path: its phones would sound later than they are labelled.
    """
    while True:
        response = _response(rng)
        if abs(int(np.abs(response).argmax()) - DIRECT_PATH) <= 1:
            return response


def reverberate(samples: NDArray[np.float32], response: NDArray[np.float32]) -> NDArray[np.float32]:
    """``samples`` as heard in the room: as long as they are, not delayed, the echoes after their end cut off."""
    wet = scipy.signal.oaconvolve(samples, response)
    return wet[DIRECT_PATH : DIRECT_PATH + len(samples)].astype(np.float32)


def _response(rng: np.random.Generator) -> NDArray[np.float32]:
    import pyroomacoustics  # a second to load, and the bank is usually there already

    size = rng.uniform((2.5, 2.5, 2.3), (8.0, 6.0, 3.5))
    walls = pyroomacoustics.Material(float(rng.uniform(0.15, 0.7)))
    room = pyroomacoustics.ShoeBox(size, fs=SAMPLE_RATE, materials=walls, max_order=REFLECTIONS)
    microphone = rng.uniform(0.5, size - 0.5)
    direction = rng.normal(size=3)
    away = rng.uniform(0.2, 2.0) * direction / np.linalg.norm(direction)
    mouth = np.clip(microphone + away, 0.3, size - 0.3)
    room.add_source(mouth)
    room.add_microphone(microphone)
    room.compute_rir()
    travel = round(float(np.linalg.norm(mouth - microphone)) / room.c * SAMPLE_RATE)
    start = travel + pyroomacoustics.constants.get("frac_delay_length") // 2 - DIRECT_PATH
    return _trimmed(room.rir[0][0][start:])


def _trimmed(response: NDArray[np.float64]) -> NDArray[np.float32]:
    """LONGEST_SECONDS of it, faded out at the end, unit energy."""
    kept = response[: int(LONGEST_SECONDS * SAMPLE_RATE)]
    fade = min(FADE_SAMPLES, len(kept))
    kept[-fade:] *= np.linspace(1.0, 0.0, fade)
    padded = np.zeros(int(LONGEST_SECONDS * SAMPLE_RATE), np.float32)
    padded[: len(kept)] = kept / np.sqrt(np.sum(kept**2))
    return padded
