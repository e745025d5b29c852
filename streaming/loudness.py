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
SHARE = 1 / SMOOTH_FRAMES
CONTRAST = 10 ** (10 / 20)
"""Loud is 10 dB above the quietest."""
FAINTEST = 1e-4
"""Of full scale; below, digital silence and a converter's noise are one."""


class Loudness:
    """Of one session.  Audio is 16 kHz mono; ``position``: how many samples were heard.

    Both extremes of the sliding window are kept in queues that hold only what can still matter (Lemire 2006), so that a
    frame costs the same whatever the window's length.
    """

    def __init__(self, position: int = 0) -> None:
        self.position = position
        self._frames = 0
        self._newest: deque[float] = deque(maxlen=SMOOTH_FRAMES)
        self._loudest: deque[tuple[int, float]] = deque()  # frames louder than all after them
        self._quietest: deque[tuple[int, float]] = deque()  # smoothed levels lower than all after them

    def hear(self, samples: Samples) -> None:
        """The next samples, in whole frames of 20 ms (what is left over waits for the next call)."""
        for level in frame_levels(samples):
            self.add(level)

    def add(self, level: float) -> None:
        """The next frame, by its level as of :func:`frame_levels`."""
        frame = self._frames
        self._frames += 1
        self.position += FRAME_SAMPLES
        while self._loudest and self._loudest[-1][1] <= level:
            self._loudest.pop()
        self._loudest.append((frame, level))
        while self._loudest[0][0] <= frame - WINDOW_FRAMES:
            self._loudest.popleft()
        self._newest.append(level)
        if len(self._newest) < SMOOTH_FRAMES:
            return
        smooth = sum(SHARE * recent for recent in self._newest)
        while self._quietest and self._quietest[-1][1] >= smooth:
            self._quietest.pop()
        self._quietest.append((frame, smooth))
        while self._quietest[0][0] < frame - WINDOW_FRAMES + SMOOTH_FRAMES:
            self._quietest.popleft()

    def quiet_ms(self) -> float:
        """Milliseconds since something loud; infinite if that was longer ago than is remembered."""
        if self._frames < SMOOTH_FRAMES:
            return 0.0
        least = CONTRAST * max(self._quietest[0][1], FAINTEST)
        for frame, level in reversed(self._loudest):
            if level > least:
                return float(FRAME_MS * (self._frames - 1 - frame))
        return float("inf")


def frame_levels(samples: Samples) -> list[float]:
    """The level (root of the mean square) of every whole frame."""
    whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
    levels: list[float] = np.sqrt(np.mean(samples[:whole].reshape(-1, FRAME_SAMPLES) ** 2, axis=1)).tolist()
    return levels
