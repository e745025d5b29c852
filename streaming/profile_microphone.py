"""The microphone for the profiler: so many seconds of it become a clip, which is then measured like a recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich.console import Console

from .errors import AudioError
from .interruption import Interruption
from .microphone import Microphone
from .profile_clips import Clip


def recorded_clip(seconds: float, chunk_ms: int) -> Clip:
    """Record (Ctrl-C ends it sooner), in memory alone.  Raises AudioError if there is no microphone or nothing came."""
    with Interruption() as interruption, Microphone() as microphone:
        Console(stderr=True).print(f"speak for {seconds:g} s into {microphone.device.name!r} …", highlight=False)
        heard: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
        for samples in interruption.chunks(microphone):
            heard.append(samples)
            if sum(map(len, heard)) >= seconds * microphone.sample_rate:
                break
        rate = microphone.sample_rate
    if not heard:
        raise AudioError("nothing came from the microphone")
    clip = Clip(Path("microphone"), rate, (np.concatenate(heard),))
    return Clip(clip.path, rate, tuple(clip.sliced(chunk_ms / 1000)))
