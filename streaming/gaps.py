"""Audio that the system lost before it reached us, found by the clock.

While a process is stopped or starved, the system buffers its audio, and delivers it in a burst when the process goes
on; what did not fit into that buffer never comes.  Then the audio that came is shorter than the time that passed, and
stays so.  Drivers may say that they lost something, but not how much, and some do not say it.
"""

from __future__ import annotations

STALL_SECONDS = 0.5
"""Without a block for so long, something may have been lost unsaid."""
SETTLE_SECONDS = 1.0
"""Blocks come on time at least once in so long, when a burst is over."""
LEAST_SECONDS = 0.25
"""A smaller difference is jitter; of a loss that the driver reports, :data:`LEAST_REPORTED_SECONDS` are marked."""
LEAST_REPORTED_SECONDS = 0.1


class LossMeter:
    """Compares the audio of one recording with the clock, block by block."""

    def __init__(self) -> None:
        self._accounted = 0.0  # seconds of audio that came, or are known to be lost
        self._before: float | None = None  # when the last block came
        self._usual: float | None = None  # how late the audio is when all is well
        self._began = 0.0
        self._least = float("inf")  # lateness since then
        self._stalled = False

    def hear(self, now: float, seconds: float, overflow: bool) -> float:
        """A block of ``seconds`` came at ``now`` (a monotonic clock): how many seconds are missing before it.

        overflow: the driver says that it lost something just before.
        """
        if self._before is None or now - self._before > STALL_SECONDS:
            self._stalled = self._before is not None
            self._began, self._least = now, float("inf")
        self._before = now
        self._accounted += seconds
        late = now - self._accounted
        self._least = min(self._least, late)
        if overflow and self._usual is not None and late - self._usual >= LEAST_REPORTED_SECONDS:
            return self._found(late - self._usual, now)
        if now - self._began < SETTLE_SECONDS:
            return 0.0
        missing = 0.0 if self._usual is None else self._least - self._usual
        if self._stalled and missing >= LEAST_SECONDS:
            return self._found(missing, now)
        self._usual = self._least  # clocks drift apart, slowly
        self._stalled, self._began, self._least = False, now, float("inf")
        return 0.0

    def _found(self, missing: float, now: float) -> float:
        self._accounted += missing
        self._stalled, self._began, self._least = False, now, float("inf")
        return missing
