"""How long the audio has been quiet: finer and sooner than the lanes know, and whatever the background sounds like.

Quiet is relative: 20 ms are loud if they stand out from the quietest tenth of a second of the last seconds, so that
steady noise is quiet and a breath in a silent room may be loud.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from .audio import Samples

FRAME_SAMPLES = 320
FRAME_MS = 20
WINDOW_FRAMES = 250  # 5 s
SMOOTH_FRAMES = 5
CONTRAST = 10 ** (10 / 20)
"""Loud is 10 dB above the quietest."""
FAINTEST = 1e-4
"""Of full scale; below, digital silence and a converter's noise are one."""


class Loudness:
    """Of one session.  Audio is 16 kHz mono; ``position``: how many samples were heard."""

    def __init__(self, position: int = 0) -> None:
        self.position = position
        self._levels: deque[float] = deque(maxlen=WINDOW_FRAMES)

    def hear(self, samples: Samples) -> None:
        """The next samples, in whole frames of 20 ms (what is left over waits for the next call)."""
        whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
        self._levels.extend(np.sqrt(np.mean(samples[:whole].reshape(-1, FRAME_SAMPLES) ** 2, axis=1)).tolist())
        self.position += whole

    def quiet_ms(self) -> float:
        """Milliseconds since something loud; infinite if that was longer ago than is remembered."""
        levels = np.array(self._levels)
        if len(levels) < SMOOTH_FRAMES:
            return 0.0
        floor = np.convolve(levels, np.full(SMOOTH_FRAMES, 1 / SMOOTH_FRAMES), "valid").min()
        loud = np.flatnonzero(levels > CONTRAST * max(float(floor), FAINTEST))
        return float(FRAME_MS * (len(levels) - 1 - loud[-1])) if len(loud) else float("inf")
