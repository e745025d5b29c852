"""Training data: manifests in, padded batches of log-mel and labels out.

Features come from ``kaldi_native_fbank.OnlineWhisperFbank``, the code that runs inside sherpa-onnx on the device, and
are kept on disk as float16 log10 mel: each utterance at several speeds (resampled before the filter bank) and in some
variants of its waveform (models/augment.py).  Further augmentation works on them: gain, frequency and time masks,
silence (digital and room) around and between utterances, pairs of utterances in one stream.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import kaldi_native_fbank
import numpy as np
import soundfile
import soxr
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from .encoder_config import MEL_BINS, STEM_OVERLAP, STEM_STRIDE
from .labels import Labeller
from .manifest import Utterance

if TYPE_CHECKING:  # export reads this module without the libraries of augmentation
    from .augment import WaveAugmenter

SAMPLE_RATE = 16_000
MEL_FRAMES_PER_SECOND = 100
DIGITAL_SILENCE = -10.0  # log10 mel of zeros, after the filter bank's floor of 1e-10
Features = NDArray[np.float32]
"""(frames, 80) log10 mel energies."""


@dataclass(frozen=True, slots=True)
class Example:
    """An utterance ready for a batch.  Labels start at 1 (0 is the blank); None = not known, or not wanted."""

    log_mel: Features
    surface: tuple[int, ...] | None
    meaning: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded examples: ``log_mel`` (batch, frames, 80), ``frames`` the length of each without the batch's padding.

    ``other_view``: the same examples under other masks, if the batches were asked for two views.
    """

    log_mel: Tensor
    frames: Tensor
    position: Tensor
    surface: tuple[tuple[int, ...] | None, ...]
    meaning: tuple[tuple[int, ...] | None, ...]
    other_view: Tensor | None = None


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How training features are varied.  Probabilities are per example, masks are drawn anew each time."""

    speeds: tuple[float, ...] = (0.9, 1.0, 1.1)
    wave_probability: float = 0.2
    """Of one of the augmenter's variants instead of a speed."""
    gain_db: float = 10.0
    frequency_masks: int = 2
    frequency_mask_bins: int = 15
    time_masks_per_second: float = 0.3
    time_mask_frames: int = 15
    edge_silence_seconds: float = 0.6
    pair_probability: float = 0.15
    pair_pause_seconds: float = 1.5
    silence_probability: float = 0.01


def mel_energies(samples: NDArray[np.float32]) -> Features:
    """log10 mel energies of 16 kHz mono samples in [-1, 1], before any clamp: (samples / 160, 80)"""
    bank = kaldi_native_fbank.OnlineWhisperFbank(kaldi_native_fbank.WhisperFeatureOptions())
    bank.accept_waveform(SAMPLE_RATE, samples)
    bank.input_finished()
    frames = [bank.get_frame(i) for i in range(bank.num_frames_ready)]
    energies = np.stack(frames) if frames else np.zeros((0, MEL_BINS), np.float32)
    return np.log10(np.maximum(energies, 1e-10)).astype(np.float32)


def read_audio(path: Path, speed: float = 1.0) -> NDArray[np.float32]:
    """A file as mono float32 at 16 kHz, played ``speed`` times as fast (pitch included)."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(axis=1), rate * speed, SAMPLE_RATE).astype(np.float32)


class FeatureStore:
    """Log-mel features by utterance and speed or variant, computed once and kept in a folder."""

    def __init__(self, folder: Path, augmenter: WaveAugmenter | None = None) -> None:
        self.folder, self.augmenter = folder, augmenter
        self.variants = augmenter.config.variants if augmenter else 1

    def get(self, utterance: Utterance, *, speed: float = 1.0, variant: int = 0) -> Features:
        """The recording at a speed, or one of the augmenter's variants, counted from 1 to below ``variants``."""
        if not 0 <= variant < self.variants:
            raise ValueError(f"variant {variant} is not below {self.variants}")
        how = f"{variant} {self.augmenter.fingerprint}" if self.augmenter and variant else f"{speed}"
        key = hashlib.sha1(f"{utterance.audio.resolve()} {how}".encode()).hexdigest()
        path = self.folder / key[:2] / f"{key[2:]}.npy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial.npy")
            np.save(partial, mel_energies(self._samples(utterance, speed, variant)).astype(np.float16))
            partial.replace(path)
        return np.load(path).astype(np.float32)

    def _samples(self, utterance: Utterance, speed: float, variant: int) -> NDArray[np.float32]:
        if self.augmenter is None or variant == 0:
            return read_audio(utterance.audio, speed)
        return self.augmenter(read_audio(utterance.audio), utterance.audio.stem, variant)


class TrainingBatches(IterableDataset[Batch]):
    """Endless shuffled batches of about equal duration; the same seed and start give the same sequence."""

    def __init__(
        self,
        pool: Sequence[tuple[Utterance, float]],
        labeller: Labeller,
        store: FeatureStore,
        augment: AugmentConfig,
        *,
        batch_seconds: float,
        seed: int,
        two_views: bool = False,
    ) -> None:
        """pool: utterances with their weight (2 = twice an epoch, 0.5 = every other epoch on average)."""
        self.pool = pool
        self.labeller = labeller
        self.store = store
        self.augment = augment
        self.batch_seconds = batch_seconds
        self.seed = seed
        self.two_views = two_views
        self.start = 0

    def __iter__(self) -> Iterator[Batch]:
        number, epoch = 0, 0
        while True:
            rng = np.random.default_rng([self.seed, epoch])
            for group in self._epoch(rng):
                if number >= self.start:
                    yield self._batch(group, np.random.default_rng([self.seed, epoch, number]))
                number += 1
            epoch += 1

    def _epoch(self, rng: np.random.Generator) -> list[list[Utterance]]:
        """Groups of utterances of similar length, in random order."""
        drawn: list[Utterance] = []
        for utterance, weight in self.pool:
            drawn += [utterance] * int(weight + rng.random())
        drawn.sort(key=lambda utterance: utterance.duration * rng.uniform(0.85, 1.15))
        groups: list[list[Utterance]] = [[]]
        for utterance in drawn:
            if groups[-1] and (len(groups[-1]) + 1) * utterance.duration > self.batch_seconds:
                groups.append([])
            groups[-1].append(utterance)
        return [groups[i] for i in rng.permutation(len(groups))]

    def _batch(self, group: list[Utterance], rng: np.random.Generator) -> Batch:
        examples = [self._example(utterance, rng) for utterance in group]
        if rng.random() < self.augment.pair_probability and len(examples) > 1:
            examples = [
                join(first, second, rng.uniform(0.0, self.augment.pair_pause_seconds), self.labeller.boundary)
                for first, second in zip(examples[::2], examples[1::2], strict=False)
            ]
        batch = collate([Example(mask(e.log_mel, self.augment, rng), e.surface, e.meaning) for e in examples], rng)
        if self.two_views:
            batch = replace(batch, other_view=stack([mask(e.log_mel, self.augment, rng) for e in examples]))
        return batch

    def _example(self, utterance: Utterance, rng: np.random.Generator) -> Example:
        augment = self.augment
        if self.store.variants > 1 and rng.random() < augment.wave_probability:
            log_mel = self.store.get(utterance, variant=int(rng.integers(1, self.store.variants)))
        else:
            log_mel = self.store.get(utterance, speed=float(rng.choice(augment.speeds)))
        log_mel = np.maximum(log_mel + rng.uniform(-augment.gain_db, augment.gain_db) / 10, DIGITAL_SILENCE)
        if rng.random() < augment.silence_probability:
            return Example(quiet(log_mel, len(log_mel), rng), (), ())
        edges = [quiet(log_mel, int(rng.uniform(0, augment.edge_silence_seconds) * 100), rng) for _ in range(2)]
        if rng.random() < 0.5:
            edges[0] = edges[0][:0]
        log_mel = np.concatenate([edges[0], log_mel, edges[1]])
        return Example(log_mel, self.labeller.surface(utterance), self.labeller.meaning(utterance))


def quiet(like: Features, frames: int, rng: np.random.Generator) -> Features:
    """Silence: half the time digital zeros, else frames drawn from the quietest tenth of ``like``."""
    if rng.random() < 0.5 or len(like) < 10:
        return np.full((frames, MEL_BINS), DIGITAL_SILENCE, np.float32)
    quietest = np.argsort(like.mean(axis=1))[: max(1, len(like) // 10)]
    return like[rng.choice(quietest, frames)]


def join(first: Example, second: Example, pause_seconds: float, boundary: int) -> Example:
    """Two utterances in one stream, a pause of digital silence and the label of a word boundary between them."""
    pause = np.full((int(pause_seconds * MEL_FRAMES_PER_SECOND), MEL_BINS), DIGITAL_SILENCE, np.float32)
    log_mel = np.concatenate([first.log_mel, pause, second.log_mel])
    surface = meaning = None
    if first.surface is not None and second.surface is not None:
        surface = first.surface + second.surface
    if first.meaning is not None and second.meaning is not None:
        meaning = first.meaning + ((boundary,) if first.meaning and second.meaning else ()) + second.meaning
    return Example(log_mel, surface, meaning)


def mask(log_mel: Features, augment: AugmentConfig, rng: np.random.Generator) -> Features:
    """Frequency and time masks (SpecAugment, Park et al. 2019), filled with the utterance's mean."""
    log_mel = log_mel.copy()
    fill = float(log_mel.mean())
    for _ in range(augment.frequency_masks):
        width = int(rng.integers(0, augment.frequency_mask_bins + 1))
        low = int(rng.integers(0, MEL_BINS - width + 1))
        log_mel[:, low : low + width] = fill
    for _ in range(rng.poisson(augment.time_masks_per_second * len(log_mel) / MEL_FRAMES_PER_SECOND)):
        start = int(rng.integers(0, len(log_mel)))
        log_mel[start : start + int(rng.integers(1, augment.time_mask_frames + 1))] = fill
    return log_mel


def collate(examples: Sequence[Example], rng: np.random.Generator) -> Batch:
    """Pad with digital silence, as the runtime does at the end of a stream."""
    return Batch(
        log_mel=stack([example.log_mel for example in examples]),
        frames=torch.tensor([len(example.log_mel) for example in examples]),
        position=torch.from_numpy(rng.integers(0, 1500, len(examples))),
        surface=tuple(example.surface for example in examples),
        meaning=tuple(example.meaning for example in examples),
    )


def stack(features: Sequence[Features]) -> Tensor:
    """One tensor (batch, longest, 80), the shorter ones filled up with digital silence."""
    stacked = np.full((len(features), max(map(len, features)), MEL_BINS), DIGITAL_SILENCE, np.float32)
    for row, each in zip(stacked, features, strict=True):
        row[: len(each)] = each
    return torch.from_numpy(stacked)


def padded_to_chunks(log_mel: Tensor, chunk: int) -> Tensor:
    """Append digital silence until whole chunks of ``chunk`` stem frames cover every frame.  (batch, frames, 80)"""
    hop = STEM_STRIDE * chunk
    chunks = max(1, -(-log_mel.shape[1] // hop))
    missing = chunks * hop + STEM_OVERLAP - log_mel.shape[1]
    return torch.nn.functional.pad(log_mel, (0, 0, 0, missing), value=DIGITAL_SILENCE)
