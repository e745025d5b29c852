"""How many people a server listens to at once, and how busy it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from .audio import AudioFile
from .profiler import shipped_sample
from .recognizer import Recognizer
from .server_messages import TRY_LATER, ProtocolError

HEADROOM = 0.6
"""Of what the machine could do, so that everybody's words come at once and not when others pause."""


class Capacity:
    """Places for sessions.  Used in the event loop only."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.open = 0
        self.served = 0
        self.refused = 0

    @property
    def full(self) -> bool:
        return self.open >= self.most

    @contextmanager
    def place(self) -> Iterator[None]:
        """One session's place.  Raises ProtocolError if there is none."""
        if self.full:
            self.refused += 1
            people = "1 person" if self.most == 1 else f"{self.most} people"
            raise ProtocolError(
                "busy", f"this machine listens to {people} at once, and all places are taken; try again", TRY_LATER
            )
        self.open += 1
        self.served += 1
        try:
            yield
        finally:
            self.open -= 1

    def as_dict(self) -> dict[str, Any]:
        """For /health."""
        return {
            "sessions": self.open,
            "capacity": self.most,
            "load": round(self.open / self.most, 3),
            "served": self.served,
            "refused": self.refused,
        }


def measured_capacity(recognizer: Recognizer, pool: ThreadPoolExecutor, threads: int) -> int:
    """How many real-time sessions this machine holds right now: a short recording in every thread at once.

    Takes some tenths of a second, and warms everything up.
    """
    source = AudioFile(shipped_sample(recognizer.bundle.manifest.language))
    chunks = list(source)

    def listen(_: int) -> float:
        return sum(update.end for update in recognizer.transcribe(iter(chunks), sample_rate=source.sample_rate))

    listen(0)
    began = time.perf_counter()
    list(pool.map(listen, range(threads)))
    elapsed = time.perf_counter() - began
    return max(1, int(HEADROOM * threads * (source.duration or 0.0) / elapsed))
