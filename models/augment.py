"""Training audio as other places, lines and microphones would give it: a waveform in, one of its variants out.

Features are kept on disk by utterance and variant (models/data.py), so a variant is a pure function of seed, utterance
and number: 0 is the recording as it is, every other number draws speed, room, noise, clipping, band, gain and lost
samples.  Only speed changes the length; nothing else moves a phone in time by more than the few ms of a filter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.signal
import soxr
from numpy.typing import NDArray

from .data import SAMPLE_RATE, read_audio
from .noises import COLOURS, Samples, active_power, babble, coloured, frame_powers, hum, mix
from .rooms import Responses, reverberate

NOISES = (*COLOURS, "hum", "babble")
BANDS = ("telephone", "narrow", "codec")
VERSION = 1  # raise it when the same draws sound different, or old features would be used
VOICES = 48
VOICE_SECONDS = 8.0
GATE_DB = -40.0
GATE_FRAME_SAMPLES = 160  # 10 ms
GATE_HOLD_FRAMES = 10


@dataclass(frozen=True, slots=True)
class WaveAugment:
    """What a variant may be.  Probabilities are per variant; ranges are (lowest, highest), drawn uniformly."""

    variants: int = 3
    """How many of each utterance there are, the clean one included; each takes 58 MB of features per hour."""
    speeds: tuple[float, ...] = (0.9, 1.0, 1.1)
    gain_db: float = 6.0
    room_probability: float = 0.4
    noise_probability: float = 0.5
    snr_db: tuple[float, ...] = (5.0, 30.0)
    noises: tuple[str, ...] = NOISES
    clip_probability: float = 0.05
    clip_levels: tuple[float, ...] = (0.3, 0.8)
    """Where the wave is cut, as a part of its peak."""
    band_probability: float = 0.25
    bands: tuple[str, ...] = BANDS
    codec_hz: tuple[float, ...] = (4_000.0, 7_000.0)
    zeros_probability: float = 0.15
    """Of pauses set to digital zeros as noise gates do, and, as often, of lost stretches of 5 to 20 ms."""
    zeros_per_second: float = 0.5

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_probability") and not 0 <= value <= 1:
                raise ValueError(f"{field.name}: {value} is not between 0 and 1")
        if self.variants < 1:
            raise ValueError(f"variants: {self.variants} is not 1 or more")
        if not self.speeds or not all(0.5 <= speed <= 2 for speed in self.speeds):
            raise ValueError(f"speeds: {self.speeds} are not all between 0.5 and 2")
        for name, low, high in (("snr_db", -20, 100), ("clip_levels", 0.01, 1), ("codec_hz", 1_000, 7_500)):
            value = getattr(self, name)
            if len(value) != 2 or not low <= value[0] <= value[1] <= high:
                raise ValueError(f"{name}: {value} is not a range (lowest, highest) within {low} to {high}")
        for name, known in (("noises", NOISES), ("bands", BANDS)):
            if unknown := [each for each in getattr(self, name) if each not in known]:
                raise ValueError(f"{name}: {unknown[0]!r} is not one of {', '.join(known)}")
        if not 0 <= self.gain_db <= 60 or not 0 <= self.zeros_per_second <= 20:
            raise ValueError("gain_db must be between 0 and 60, zeros_per_second between 0 and 20")


class WaveAugmenter:
    """Variants of utterances by a configuration, a bank of rooms and some background voices.

    background: recordings for the babble, best of the training set; VOICES of them are used, evenly spread over the
    list.  Without any there is no babble.  They are read when first needed, about 25 MB in memory.
    """

    def __init__(self, config: WaveAugment, background: Sequence[Path], rooms: Responses, seed: int = 1) -> None:
        self.config, self.rooms, self.seed = config, rooms, seed
        self.background = tuple(background[:: max(1, -(-len(background) // VOICES))])
        drawn = replace(config, variants=1)  # more of them leave the first as they were
        told = (VERSION, seed, drawn, [path.name for path in self.background], hashlib.sha1(rooms.tobytes()).digest())
        self.fingerprint = hashlib.sha1(repr(told).encode()).hexdigest()[:16]
        """Changes with anything that changes a variant: part of a stored feature's name."""

    def __call__(self, samples: Samples, key: str, variant: int) -> Samples:
        """A variant of 16 kHz mono samples in [-1, 1], again in [-1, 1]; variant 0 returns them as they are.

        key: which utterance this is; the stem of its file, if it may be among the background voices.
        """
        if variant < 0:
            raise ValueError(f"variant {variant} is negative")
        if variant == 0 or not len(samples):
            return samples
        config = self.config
        rng = np.random.default_rng([self.seed, variant, int.from_bytes(hashlib.sha1(key.encode()).digest(), "big")])
        samples = at_speed(samples, float(rng.choice(config.speeds)))
        pauses = find_pauses(samples) if rng.random() < config.zeros_probability else None
        if len(self.rooms) and rng.random() < config.room_probability:
            samples = reverberate(samples, self.rooms[rng.integers(len(self.rooms))])
        if rng.random() < config.noise_probability:
            samples = self._noisy(samples, key, rng)
        if rng.random() < config.clip_probability:
            samples = clipped(samples, drawn_from(config.clip_levels, rng))
        if config.bands and rng.random() < config.band_probability:
            samples = in_band(samples, str(rng.choice(config.bands)), drawn_from(config.codec_hz, rng))
        samples = within_full_scale(samples * np.float32(10 ** (rng.uniform(-config.gain_db, config.gain_db) / 20)))
        if pauses is not None:
            samples[pauses] = 0.0
        if rng.random() < config.zeros_probability:
            samples[lost(len(samples), config.zeros_per_second, rng)] = 0.0
        return samples

    def _noisy(self, samples: Samples, key: str, rng: np.random.Generator) -> Samples:
        voices = [voice for name, voice in self._voices if name != key] if "babble" in self.config.noises else []
        kinds = [kind for kind in self.config.noises if voices or kind != "babble"]
        if not kinds:
            return samples
        kind = str(rng.choice(kinds))
        if kind == "babble":
            noise = babble(len(samples), voices, rng)
        elif kind == "hum":
            noise = hum(len(samples), rng)
        else:
            noise = coloured(len(samples), COLOURS[kind], rng)
        return mix(samples, noise, drawn_from(self.config.snr_db, rng))

    @cached_property
    def _voices(self) -> list[tuple[str, Samples]]:
        """The background by the stem of its files, each of active power 1; silent recordings are left out."""
        voices = []
        for path in self.background:
            voice = read_audio(path)[: int(VOICE_SECONDS * SAMPLE_RATE)]
            if (power := active_power(voice)) > 1e-9:
                voices.append((path.stem, voice / np.float32(np.sqrt(power))))
        return voices


def drawn_from(limits: tuple[float, ...], rng: np.random.Generator) -> float:
    """A number between the two limits."""
    return float(rng.uniform(limits[0], limits[1]))


def at_speed(samples: Samples, speed: float) -> Samples:
    """Played ``speed`` times as fast, pitch included: len(samples) / speed of them."""
    return samples if speed == 1 else soxr.resample(samples, SAMPLE_RATE * speed, SAMPLE_RATE)


def clipped(samples: Samples, level: float) -> Samples:
    """Cut at ``level`` times the peak, as an overdriven microphone does."""
    peak = np.float32(level) * np.abs(samples).max()
    return np.clip(samples, -peak, peak)


def in_band(samples: Samples, band: str, codec_hz: float) -> Samples:
    """What a line passes: ``telephone`` 300-3400 Hz, ``narrow`` an 8 kHz stream, ``codec`` all below ``codec_hz``."""
    if band == "codec":
        filters = scipy.signal.cheby2(10, 50, codec_hz, fs=SAMPLE_RATE, output="sos")
        return scipy.signal.sosfilt(filters, samples).astype(np.float32)
    narrow = soxr.resample(samples, SAMPLE_RATE, SAMPLE_RATE // 2)
    if band == "telephone":
        filters = scipy.signal.butter(4, (300, 3400), "bandpass", fs=SAMPLE_RATE // 2, output="sos")
        narrow = scipy.signal.sosfilt(filters, narrow).astype(np.float32)
    wide = soxr.resample(narrow, SAMPLE_RATE // 2, SAMPLE_RATE)[: len(samples)]
    return np.pad(wide, (0, len(samples) - len(wide)))


def within_full_scale(samples: Samples) -> Samples:
    """Turned down where the peak would be over 1: only :func:`clipped` cuts."""
    peak = np.abs(samples).max()
    return np.clip(samples / peak, -1, 1) if peak > 1 else samples


def find_pauses(samples: Samples) -> NDArray[np.bool_]:
    """(samples,) where a noise gate would close: GATE_DB under the speech, and 100 ms away from anything louder."""
    pauses = np.zeros(len(samples), bool)
    if len(samples) < GATE_FRAME_SAMPLES:
        return pauses
    powers = frame_powers(samples, GATE_FRAME_SAMPLES)
    loud = powers >= active_power(samples) * 10 ** (GATE_DB / 10)
    held = np.convolve(loud, np.ones(2 * GATE_HOLD_FRAMES + 1), "full")[GATE_HOLD_FRAMES:][: len(loud)] > 0.5
    pauses[: len(held) * GATE_FRAME_SAMPLES] = np.repeat(~held, GATE_FRAME_SAMPLES)
    return pauses


def lost(length: int, per_second: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(length,) samples of packets that never came: stretches of 5 to 20 ms, ``per_second`` of them on average."""
    gone = np.zeros(length, bool)
    for _ in range(rng.poisson(per_second * length / SAMPLE_RATE)):
        start = int(rng.integers(length))
        gone[start : start + int(rng.uniform(0.005, 0.02) * SAMPLE_RATE)] = True
    return gone
