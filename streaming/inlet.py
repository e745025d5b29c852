"""What comes in: checked, brought to the model's sample rate, and kept while a later stream may need it again."""

from __future__ import annotations

from collections import deque

import numpy as np
import soxr

from .audio import HIGHEST_RATE, LOWEST_RATE, Samples
from .errors import AudioError

MODEL_RATE = 16_000


class Inlet:
    """The audio of one session.  Positions are samples at :data:`MODEL_RATE` from the session's start."""

    def __init__(self) -> None:
        self.sample_rate = 0
        """Of the last chunk; 0 before the first."""
        self.seconds = 0.0
        """How much audio came in or was skipped."""
        self._before = 0.0  # of them, before the last change of the rate or the last gap
        self._received = 0  # samples since then
        self._resampler: soxr.ResampleStream | None = None
        self._kept: deque[Samples] = deque()
        self._kept_from = 0

    def accept(self, chunk: Samples, sample_rate: int) -> Samples:
        """The chunk at the model's rate (a resampler may hold a little back).  Raises AudioError if it is not audio."""
        self._check(chunk, sample_rate)
        rest = np.zeros(0, np.float32)
        if sample_rate != self.sample_rate:
            rest = self.flush()
            self._open(int(sample_rate))
        self._received += len(chunk)
        self.seconds = self._before + self._received / self.sample_rate
        if self._resampler is None:
            return np.concatenate([rest, chunk]) if len(rest) else chunk
        return np.concatenate([rest, np.asarray(self._resampler.resample_chunk(chunk), np.float32)])

    def flush(self) -> Samples:
        """What the resampler still holds."""
        if self._resampler is None:
            return np.zeros(0, np.float32)
        return np.asarray(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True), np.float32)

    def skip(self, seconds: float) -> None:
        """Audio of this length is missing here.  Only after :meth:`flush`, and before :meth:`keep_from`."""
        self.seconds += seconds
        if self.sample_rate:
            self._open(self.sample_rate)
        self._before = self.seconds

    def keep_from(self, position: int) -> None:
        """Forget everything; what is kept next begins at ``position``."""
        self._kept.clear()
        self._kept_from = position

    def keep(self, samples: Samples) -> None:
        self._kept.append(samples)

    def kept_since(self, position: int) -> Samples:
        """Everything kept from ``position`` on."""
        return np.concatenate(self._kept)[position - self._kept_from :]

    def forget_before(self, position: int) -> None:
        """Drop what no later stream can need."""
        while self._kept and self._kept_from + len(self._kept[0]) <= position:
            self._kept_from += len(self._kept.popleft())

    def _open(self, sample_rate: int) -> None:
        """Audio of this rate follows."""
        self.sample_rate = sample_rate
        self._before, self._received = self.seconds, 0
        self._resampler = None
        if sample_rate != MODEL_RATE:
            self._resampler = soxr.ResampleStream(sample_rate, MODEL_RATE, 1, dtype="float32")

    def _check(self, chunk: Samples, sample_rate: int) -> None:
        if not isinstance(chunk, np.ndarray) or chunk.dtype != np.float32 or chunk.ndim != 1:
            found = f"{chunk.dtype} of shape {chunk.shape}" if isinstance(chunk, np.ndarray) else type(chunk).__name__
            raise AudioError(f"expected a 1-D float32 array of samples in [-1, 1], found {found}")
        if not np.isfinite(chunk).all():
            raise AudioError("the samples contain NaN or infinity")
        if not isinstance(sample_rate, (int, np.integer)) or not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
            raise AudioError(f"sample rate {sample_rate} is not between {LOWEST_RATE} and {HIGHEST_RATE} Hz")
