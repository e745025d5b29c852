"""How many sessions at the pace of speech one process holds before the first of them falls behind.

Sessions run in threads on one recogniser, as a server would run them, each a little later than the one before.  One has
fallen behind when it is still busy with a slice of audio a whole chunk after that slice was recorded.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from itertools import cycle

from .profile_clips import Clip
from .recognizer import Recognizer

TRIAL_SECONDS = 6.0
MOST = 256
SLICE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Capacity:
    """``sessions`` kept up; ``worst_lag_ms``: by sessions tried, how late the latest slice of any session was done."""

    sessions: int
    worst_lag_ms: dict[int, float]


def capacity(recognizer: Recognizer, clip: Clip, *, seconds: float = TRIAL_SECONDS, most: int = MOST) -> Capacity:
    """Doubled until one falls behind, then halved in between."""
    allowed = recognizer.bundle.manifest.chunk_ms
    lags: dict[int, float] = {}

    def keeps_up(sessions: int) -> bool:
        lags[sessions] = 1000 * worst_lag(recognizer, clip, sessions, seconds)
        return lags[sessions] <= allowed

    good, bad = 0, 1
    while bad <= most and keeps_up(bad):
        good, bad = bad, 2 * bad
    while bad - good > 1 and bad <= most:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if keeps_up(middle) else (good, middle)
    return Capacity(good, dict(sorted(lags.items())))


def worst_lag(recognizer: Recognizer, clip: Clip, sessions: int, seconds: float) -> float:
    """Run so many sessions and return the longest time between the end of a slice and the end of its decoding."""
    worst = [0.0] * sessions
    chunk = recognizer.bundle.manifest.chunk_ms / 1000
    start = time.perf_counter() + 0.2
    enough = threading.Event()

    def talk(number: int) -> None:
        began, heard = start + chunk * number / sessions, 0
        with recognizer.session() as session:
            for samples in cycle(clip.sliced(SLICE_SECONDS)):
                heard += len(samples)
                due = began + heard / clip.sample_rate
                if due - began > seconds or enough.is_set():
                    return
                time.sleep(max(0.0, due - time.perf_counter()))
                session.accept(samples, clip.sample_rate)
                worst[number] = max(worst[number], time.perf_counter() - due)
                if worst[number] > 2 * chunk:  # clear enough: the others need not suffer on
                    enough.set()

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(worst)
