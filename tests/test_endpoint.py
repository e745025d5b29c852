"""Endpoints: pauses by the look of the line, limits, presets; and real speech with a hesitation in it."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from saidmeant.streaming import EndpointConfig, Recognizer, Update, UsageError
from saidmeant.streaming.endpoint import DEFAULT_ENDPOINT, PRESETS, SETTLE_MS, SOUND_MS, Moment, silence_ms

RULE = EndpointConfig(pause_ms=1_400, finished_pause_ms=800, finished_from=0.1)
QUIET = Moment(elapsed_ms=5_000, silence_ms=1_000, spoken=True)


@pytest.mark.parametrize(
    ("silence", "finished", "ends"),
    [(799, 0.9, False), (800, 0.9, True), (800, 0.1, True), (1_399, 0.09, False), (1_400, 0.0, True)],
)
def test_a_line_that_looks_finished_needs_the_shorter_pause(silence: float, finished: float, ends: bool) -> None:
    assert RULE.ends_segment(dataclasses.replace(QUIET, silence_ms=silence, finished=finished)) is ends


def test_one_pause_for_every_line_is_the_default_of_the_class() -> None:
    for finished in (0.0, 1.0):
        moment = dataclasses.replace(QUIET, finished=finished)
        assert EndpointConfig(pause_ms=1_000).ends_segment(moment)
        assert not EndpointConfig(pause_ms=1_001).ends_segment(moment)


def test_nothing_ends_before_anything_was_said_except_a_stream_at_its_limit() -> None:
    silent = Moment(elapsed_ms=44_999, silence_ms=44_999, spoken=False)
    assert not RULE.ends_segment(silent)
    assert RULE.ends_segment(dataclasses.replace(silent, elapsed_ms=45_000))
    assert not RULE.ends_segment(Moment(elapsed_ms=89_999, silence_ms=0, spoken=True))
    assert RULE.ends_segment(Moment(elapsed_ms=90_000, silence_ms=0, spoken=True))


def test_presets_have_names_and_grow_more_patient() -> None:
    assert EndpointConfig.preset("learner") is DEFAULT_ENDPOINT
    command, learner, dictation = (EndpointConfig.preset(name) for name in ("command", "learner", "dictation"))
    assert command.pause_ms < learner.pause_ms < dictation.pause_ms
    assert (command.finished_pause_ms or 0) < (learner.finished_pause_ms or 0) < (dictation.finished_pause_ms or 0)
    with pytest.raises(UsageError, match="no endpoint preset 'lerner'; there are: learner, dictation, command"):
        EndpointConfig.preset("lerner")


@pytest.mark.parametrize("pauses", [(0, None), (-1, None), (800, 0), (800, 801), (math.nan, None)])
def test_pauses_that_make_no_sense_are_refused(pauses: tuple[float, float | None]) -> None:
    with pytest.raises(UsageError, match="longer than 0 ms"):
        EndpointConfig(*pauses)


@given(st.floats(0, 10_000), st.floats(0, 600), st.floats(0, 10_000))
def test_sounds_shorten_a_pause_by_no_more_than_their_limit(decoded: float, more: float, sound: float) -> None:
    found = silence_ms(decoded + more, decoded, sound)
    assert decoded - SOUND_MS <= found <= decoded + more
    if sound < more:
        assert found == max(0.0, decoded - SOUND_MS), "what was heard last is not decoded yet"
    elif sound >= more + SETTLE_MS:
        assert found == pytest.approx(max(min(sound, decoded + more), decoded - SOUND_MS))


def hesitating(repository: Path, seconds: float) -> tuple[NDArray[np.float32], float]:
    """ "My sister lives in … London" and 2.5 s of silence, with faint hiss; and where the speech ends."""
    audio = soundfile.read(repository / "tests" / "data" / "three_sentences.wav", dtype="float32")[0]
    rng = np.random.default_rng(5)
    power = np.convolve(audio**2, np.full(480, 1 / 480), "same")
    loud = np.flatnonzero(power > 1e-6)
    end = int(loud[np.flatnonzero(np.diff(loud) > 8_000)[0]])  # of the first sentence
    cut = end - 9_600 + int(power[end - 9_600 : end - 6_400].argmin())
    gaps = [np.asarray(2e-4 * rng.standard_normal(round(s * 16_000)), np.float32) for s in (seconds, 2.5)]
    whole = np.concatenate([audio[:cut], gaps[0], audio[cut:end], gaps[1]])
    return whole, (end + len(gaps[0])) / 16_000


def finals(recognizer: Recognizer, audio: NDArray[np.float32], endpoint: EndpointConfig) -> list[tuple[float, Update]]:
    """Final updates and the seconds of audio after which they came."""
    with recognizer.session(endpoint=endpoint) as session:
        found = []
        for start in range(0, len(audio), 320):
            found += [(session.seconds, u) for u in session.accept(audio[start : start + 320]) if u.final]
        return found + [(math.inf, u) for u in session.finish() if u.final]


def test_a_hesitation_does_not_end_the_sentence_of_a_learner(recognizer: Recognizer, repository: Path) -> None:
    audio, end = hesitating(repository, 1.1)
    (when, patient), *more = finals(recognizer, audio, PRESETS["learner"])
    assert not more
    assert 0.4 < when - end < 1.6
    assert len(finals(recognizer, audio, PRESETS["command"])) == 2
    assert patient.end > 2.0


def test_the_pause_is_what_was_asked_for(recognizer: Recognizer, repository: Path) -> None:
    audio, end = hesitating(repository, 0.1)
    for pause_ms in (500, 1_000, 1_500):
        ((when, _),) = finals(recognizer, audio, EndpointConfig(pause_ms=pause_ms))
        assert -0.15 <= when - end - pause_ms / 1000 <= 0.15


@pytest.mark.parametrize("shift", [0, 1_700, 3_400])
def test_a_short_pause_does_not_cost_the_last_phone(shift: int, recognizer: Recognizer, repository: Path) -> None:
    """Wherever on the decoder's grid the sentences end."""
    audio = soundfile.read(repository / "tests" / "data" / "three_sentences.wav", dtype="float32")[0]
    audio = np.concatenate([np.zeros(shift, np.float32), audio])
    short, long = (finals(recognizer, audio, EndpointConfig(pause_ms=pause)) for pause in (300, 900))
    assert len(short) == len(long) == 3
    for (_, hasty), (_, patient) in zip(short, long, strict=True):
        assert hasty.surface.text.split()[-1:] == patient.surface.text.split()[-1:]
    assert short[0][1].surface.text == long[0][1].surface.text
    assert short[0][1].meaning.text == long[0][1].meaning.text, "the later ones begin elsewhere on the grid"


def test_a_rule_of_ones_own(recognizer: Recognizer, repository: Path) -> None:
    class AfterTwoSeconds:
        def ends_segment(self, moment: Moment) -> bool:
            return moment.elapsed_ms >= 2_000

    audio, _ = hesitating(repository, 0.1)
    with recognizer.session(endpoint=AfterTwoSeconds()) as session:
        updates = [u for u in session.accept(audio) if u.final]
    assert [update.segment for update in updates] == list(range(len(updates)))
    assert updates
