"""Noises to mix into training audio: coloured, mains hum, babble; all at 16 kHz, all from a random generator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from .data import SAMPLE_RATE

FRAME_SAMPLES = 320  # 20 ms
ACTIVE_DB = -30.0  # frames this far under the loudest one are pauses
COLOURS = {"white": 0.0, "pink": 1.0, "brown": 2.0}  # power falls with frequency to this exponent
LOWEST_HZ = 20.0
Samples = NDArray[np.float32]
"""(samples,) 16 kHz mono in [-1, 1]."""


def coloured(length: int, exponent: float, rng: np.random.Generator) -> Samples:
    """Gaussian noise whose power spectrum falls as frequency ** -exponent above LOWEST_HZ and is flat below."""
    size = scipy.fft.next_fast_len(max(length, 2), real=True)
    spectrum = scipy.fft.rfft(rng.standard_normal(size, dtype=np.float32))
    frequency = np.maximum(scipy.fft.rfftfreq(size, 1 / SAMPLE_RATE), LOWEST_HZ)
    shaped = spectrum * (frequency / LOWEST_HZ) ** (-exponent / 2)
    return scipy.fft.irfft(shaped.astype(np.complex64), size)[:length]


def hum(length: int, rng: np.random.Generator) -> Samples:
    """Mains hum: 50 or 60 Hz and 15 harmonics of falling, drawn strength."""
    time = np.arange(1600) / SAMPLE_RATE  # 0.1 s hold whole periods of both
    mains = rng.choice((50.0, 60.0))
    period = np.zeros(len(time))
    for harmonic in range(1, 17):
        strength = rng.uniform(0.2, 1.0) / harmonic
        period += strength * np.sin(2 * np.pi * (mains * harmonic * time + rng.random()))
    return np.resize(period.astype(np.float32), length)


def babble(length: int, voices: Sequence[Samples], rng: np.random.Generator) -> Samples:
    """Three to six of the voices at once (fewer if there are no more), each from a drawn place on, over and over."""
    count = min(len(voices), int(rng.integers(3, 7)))
    mixed = np.zeros(length, np.float32)
    for index in rng.choice(len(voices), count, replace=False):
        voice = voices[index]
        turned = np.roll(voice, -int(rng.integers(len(voice))))
        mixed += np.float32(10 ** (rng.uniform(-3, 3) / 20)) * np.resize(turned, length)
    return mixed


def mix(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Speech and noise, their active powers ``snr_db`` apart; unchanged where one of them is silent."""
    speech_power, noise_power = active_power(samples), active_power(noise)
    if min(speech_power, noise_power) < 1e-12:
        return samples
    return samples + np.float32(np.sqrt(speech_power / noise_power) * 10 ** (-snr_db / 20)) * noise


def active_power(samples: Samples) -> float:
    """Mean power of the 20 ms frames that are no pauses, so that silence around speech does not count as quietness."""
    if len(samples) < FRAME_SAMPLES:
        return float(np.mean(samples**2)) if len(samples) else 0.0
    powers = frame_powers(samples, FRAME_SAMPLES)
    return float(powers[powers >= powers.max() * 10 ** (ACTIVE_DB / 10)].mean())


def frame_powers(samples: Samples, frame_samples: int) -> NDArray[np.float32]:
    """(whole frames,) the mean power of each; what is left at the end is not counted."""
    whole = len(samples) // frame_samples * frame_samples
    return np.mean(samples[:whole].reshape(-1, frame_samples) ** 2, axis=1)
