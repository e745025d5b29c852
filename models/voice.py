"""A voice of a synthesiser and what becomes of its audio: 16 kHz, one level, a little silence and hiss around."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import soxr

from .error_patterns import SaidWord

SAMPLE_RATE = 16_000  # Hz
PEAK = 0.5  # of full scale
AUDIBLE, TAPER_SECONDS = 0.01, 0.04  # of the peak; kept on both sides of what is audible, for soft onsets and releases
MARGINS_SECONDS = (0.1, 0.6)  # of near-silence before the first word and after the last
NOISE = 2e-4  # standard deviation, of full scale: the hiss (-74 dB) that a recording has in its pauses

Audio = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks and how; what the numbers mean is the engine's matter.  seed: everything small and random."""

    name: str
    speed: float
    pitch: int
    seed: int


class Engine(Protocol):
    """A synthesiser."""

    def speak(self, words: Sequence[SaidWord], voice: Voice) -> tuple[Audio, int]:
        """The words as audio, and its sample rate in Hz."""


def trim(audio: Audio, sample_rate: int) -> Audio:
    """Without the silence around it.  Raises ValueError if there is nothing but silence."""
    loudest = float(np.abs(audio).max(initial=0.0))
    if not np.isfinite(loudest) or loudest <= 0:
        raise ValueError("the synthesiser gave silence")
    audible = np.flatnonzero(np.abs(audio) > AUDIBLE * loudest)
    taper = round(TAPER_SECONDS * sample_rate)
    return audio[max(0, audible[0] - taper) : audible[-1] + taper]


def finish(audio: Audio, sample_rate: int, seed: int) -> Audio:
    """At :data:`SAMPLE_RATE` and :data:`PEAK`, with drawn margins and a faint hiss."""
    rng = random.Random(seed)
    before, after = (np.zeros(round(rng.uniform(*MARGINS_SECONDS) * sample_rate), np.float32) for _ in range(2))
    whole = soxr.resample(np.concatenate([before, trim(audio, sample_rate), after]), sample_rate, SAMPLE_RATE)
    noise = NOISE * np.random.default_rng(seed).standard_normal(len(whole))
    return np.asarray(whole * (PEAK / np.abs(whole).max()) + noise, np.float32)
