"""Loudness: quiet is measured against the background, to 20 ms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from saidmeant.streaming.loudness import (
    CONTRAST,
    FAINTEST,
    FRAME_MS,
    SMOOTH_FRAMES,
    WINDOW_FRAMES,
    Loudness,
)


def hiss(seconds: float, level: float) -> NDArray[np.float32]:
    return np.asarray(level * np.random.default_rng(1).standard_normal(round(16_000 * seconds)), np.float32)


@pytest.mark.parametrize("background", [0.0, 1e-5, 1e-3, 0.03])
def test_quiet_counts_from_the_last_sound(background: float) -> None:
    loudness = Loudness()
    loudness.hear(hiss(1.0, background))
    loudness.hear(hiss(1.0, 0.3))
    assert loudness.quiet_ms() == 0
    loudness.hear(hiss(0.5, background))
    assert loudness.quiet_ms() == 500
    loudness.hear(hiss(0.1, 0.2))
    loudness.hear(hiss(0.3, background))
    assert loudness.quiet_ms() == 300


def test_steady_noise_becomes_quiet_and_a_long_one_is_forgotten() -> None:
    loudness = Loudness()
    assert loudness.quiet_ms() == 0
    loudness.hear(hiss(6.0, 0.1))
    assert loudness.quiet_ms() == float("inf")
    loudness.hear(hiss(0.1, 0.9))
    assert loudness.quiet_ms() == 0


def test_what_is_less_than_a_frame_is_left_for_the_next_call() -> None:
    loudness = Loudness()
    loudness.hear(hiss(0.05, 0.1))
    assert loudness.position == 640


def test_it_equals_its_definition() -> None:
    rng = np.random.default_rng(2)
    loudness, levels = Loudness(), []
    for level in np.repeat(10 ** rng.uniform(-5, 0, 60), rng.integers(1, 40, 60)):
        loudness.add(float(level))
        levels = [*levels, float(level)][-WINDOW_FRAMES:]
        if len(levels) < SMOOTH_FRAMES:
            assert loudness.quiet_ms() == 0
            continue
        floor = np.convolve(levels, np.full(SMOOTH_FRAMES, 1 / SMOOTH_FRAMES), "valid").min()
        loud = np.flatnonzero(np.array(levels) > CONTRAST * max(float(floor), FAINTEST))
        assert loudness.quiet_ms() == (FRAME_MS * (len(levels) - 1 - loud[-1]) if len(loud) else float("inf"))
