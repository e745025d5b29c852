"""How loud the input is, and whether something is wrong with it."""

from __future__ import annotations

import math

import numpy as np

from .audio import Samples

FLOOR_DECIBELS = -60.0
SILENT_PEAK = 10 ** (-70 / 20)  # the noise of a live microphone is louder
SILENT_SECONDS = 3.0
CLIPPED_PEAK = 0.999
CLIPPED_SAMPLES = 3  # in a chunk: one or two may be chance
CLIPPING_SECONDS = 2.0  # how long the warning stays
BAR_CELLS = 20


class LevelMeter:
    """The level of the newest chunk, and warnings about the seconds before it."""

    def __init__(self) -> None:
        self.decibels = FLOOR_DECIBELS
        """Peak of the newest chunk, dB below full scale."""
        self._silent = 0.0
        self._since_clipping = math.inf

    def hear(self, chunk: Samples, sample_rate: int) -> None:
        """Take in a chunk, shape (samples,)."""
        if not len(chunk):
            return
        seconds = len(chunk) / sample_rate
        magnitudes = np.abs(chunk)
        peak = float(magnitudes.max())
        self.decibels = max(20 * math.log10(peak), FLOOR_DECIBELS) if peak > 0 else FLOOR_DECIBELS
        self._silent = self._silent + seconds if peak < SILENT_PEAK else 0.0
        clipped = np.count_nonzero(magnitudes >= CLIPPED_PEAK) >= CLIPPED_SAMPLES
        self._since_clipping = 0.0 if clipped else self._since_clipping + seconds

    @property
    def warning(self) -> str:
        """What the speaker should know; empty if all is well."""
        if self._silent >= SILENT_SECONDS:
            return "no sound: is the microphone muted, or this program not allowed to use it?"
        if self._since_clipping < CLIPPING_SECONDS:
            return "too loud: the microphone is clipping"
        return ""

    def bar(self) -> str:
        """The level as text: ``[#########...........] -33 dB``"""
        full = round(BAR_CELLS * (1 - self.decibels / FLOOR_DECIBELS))
        return f"[{'#' * full:.<{BAR_CELLS}}] {self.decibels:3.0f} dB"
