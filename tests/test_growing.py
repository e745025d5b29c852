"""Lines that grow chunk by chunk equal lines that are made anew."""

from __future__ import annotations

import math

import numpy as np
import pytest

from saidmeant.streaming import Recognizer
from saidmeant.streaming.beam import BeamConfig, BeamSearch
from saidmeant.streaming.growing import GrowingMeaning, GrowingSurface
from saidmeant.streaming.lanes import Run
from saidmeant.streaming.language_model import LanguageModel
from saidmeant.streaming.lines import Clock, Scale, meaning_line, surface_line

SCALE = Scale(tuple((level + 0.5) / 16 for level in range(16)))


@pytest.fixture(scope="module")
def model(recognizer: Recognizer) -> LanguageModel:
    if recognizer.language_model is None:
        pytest.skip("the bundle under test has no language model")
    return recognizer.language_model


def test_the_meaning_line_however_the_beam_changes_its_mind(model: LanguageModel) -> None:
    rng = np.random.default_rng(3)
    beam, growing = BeamSearch(model, BeamConfig(width=12)), GrowingMeaning(SCALE)
    taken_back, before = 0, ""
    for frame in range(400):
        chosen = rng.choice(list("abcdefghiklmnoprst|e"), 4, replace=False)
        beam.advance(
            frame, [(str(symbol), math.log(p)) for symbol, p in zip(chosen, (0.26, 0.25, 0.24, 0.23), strict=True)]
        )
        if frame % 3 == 0:
            clock = Clock(-4, 0.04, 0.04 * frame)
            line = growing.line(beam, clock)
            assert line == meaning_line(beam.best(final=False), clock, SCALE, final=False, stable=beam.stable())
            taken_back += not line.text.startswith(before)
            before = line.text
    assert taken_back > 5  # otherwise nothing was tested
    assert len(line.words) > 20


def test_the_surface_line_grows_in_its_last_phone() -> None:
    growing, runs = GrowingSurface(SCALE), []
    rng = np.random.default_rng(4)
    for frame in range(0, 200, 2):
        if runs and rng.random() < 0.4:
            runs[-1].last, runs[-1].level = frame, int(rng.integers(16))
        else:
            runs.append(Run(str(rng.choice(["AA", "T", "S"])), frame, frame, int(rng.integers(16))))
        if rng.random() < 0.6:
            clock = Clock(-4, 0.04, 0.04 * frame)
            assert growing.line(runs, clock) == surface_line(runs, clock, SCALE, final=False)


def test_a_token_beyond_the_audio_is_cut_and_not_kept() -> None:
    growing, runs = GrowingSurface(SCALE), [Run("AA", 0, 0), Run("T", 5, 9)]
    for limit in (0.3, 0.35, 1.0):
        clock = Clock(0, 0.04, limit)
        assert growing.line(runs, clock) == surface_line(runs, clock, SCALE, final=False)
