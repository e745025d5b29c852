"""Latency against updates whose times are known by construction, and on the shipped recording."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from saidmeant.streaming import Hypothesis, Recognizer, Token, Update, Word
from saidmeant.streaming.endpoint import DEFAULT_ENDPOINT
from saidmeant.streaming.latency import Arrival, felt, listen
from saidmeant.streaming.profile_clips import (
    Clip,
    TruePhone,
    TrueTimes,
    TrueWord,
    read_clips,
    shipped_sample,
    shipped_times,
)

PHONES = (TruePhone("AY", 0.1, 0.3), TruePhone("S", 0.3, 0.4), TruePhone("OW", 0.4, 0.6))
TIMES = TrueTimes("by construction", (TrueWord("I", 0.1, 0.3, PHONES[:1]), TrueWord("so", 0.3, 0.6, PHONES[1:])))
STARTS = {"I": 0.1, "so": 0.3, "see": 0.3, "AY": 0.1, "S": 0.3, "OW": 0.4, "IY": 0.4}


def arrival(
    seconds: float, meaning: str, surface: str, *, final: bool = False, decided: float | None = None
) -> Arrival:
    words = tuple(Word(text, STARTS[text], STARTS[text] + 0.1, 1.0) for text in meaning.split())
    tokens = tuple(Token(text, STARTS[text], STARTS[text] + 0.1, 1.0) for text in surface.split())
    update = Update(0, 0.1, 0.7, final, Hypothesis(surface, tokens), Hypothesis(meaning, (), words))
    return Arrival(seconds, update, decided)


def clip(times: TrueTimes | None) -> Clip:
    return Clip(shipped_sample(), 16_000, (np.zeros(16_000, np.float32),), times)


def test_the_first_update_that_shows_a_word_and_keeps_it_counts() -> None:
    found = felt(
        clip(TIMES),
        [
            arrival(0.5, "I", "AY"),
            arrival(0.8, "so", "AY S"),  # "I" is taken back
            arrival(1.1, "I see", "AY S IY"),
            arrival(1.4, "I so", "AY S OW"),
            arrival(2.0, "I so", "AY S OW", final=True, decided=0.02),
        ],
    )
    assert found.words == pytest.approx([1.1 - 0.3, 1.4 - 0.6])
    assert found.phones == pytest.approx([0.5 - 0.3, 0.8 - 0.4, 1.4 - 0.6])
    assert found.first_partial == pytest.approx([0.4])
    assert found.finals_waited == pytest.approx([1.4])
    assert found.finals_decided == [0.02]


def test_what_the_final_text_has_wrong_does_not_count() -> None:
    found = felt(clip(TIMES), [arrival(0.5, "I so", "AY S OW"), arrival(1.0, "I see", "AY S", final=True)])
    assert found.words == pytest.approx([0.2])
    assert (found.true_words, found.true_phones, len(found.phones)) == (2, 3, 2)
    assert found.finals_waited == found.finals_decided == []  # no endpoint: the audio ended


def test_without_true_times_there_is_no_word_latency() -> None:
    found = felt(clip(None), [arrival(0.5, "I", "AY", final=True)])
    assert found.words == found.phones == []
    assert found.first_partial == [0.5]


def test_a_word_that_is_elsewhere_is_another_one() -> None:
    late = TrueTimes("by construction", (TrueWord("I", 5.0, 5.2),))
    assert felt(clip(late), [arrival(6.0, "I", "AY", final=True)]).words == []


def test_the_shipped_recording(recognizer: Recognizer) -> None:
    (timed,) = read_clips([shipped_times()], recognizer.bundle.manifest.chunk_ms)
    assert timed.times is not None
    assert "phoneme events" in timed.times.source
    starts = [phone.start for phone in timed.times.phones]
    assert starts == sorted(starts)
    assert timed.times.words[-1].end < timed.seconds
    found = felt(timed, listen(recognizer, timed, real_pace=False))
    assert len(found.words) > 0.7 * found.true_words
    assert len(found.phones) > 0.8 * found.true_phones
    assert len(found.finals_decided) == 6  # a sentence each
    manifest = recognizer.bundle.manifest
    assert np.median(found.words) > manifest.look_ahead_ms / 1000  # nobody can show what has not been looked at
    shortest = DEFAULT_ENDPOINT.finished_pause_ms / 1000
    assert min(found.finals_waited) > shortest - 0.05  # from the true end, which the recogniser does not know
    assert max(found.finals_waited) < 4.0


def test_real_pace_takes_real_time(recognizer: Recognizer) -> None:
    import time

    (short,) = read_clips([shipped_sample()], recognizer.bundle.manifest.chunk_ms)
    began = time.perf_counter()
    arrivals = listen(recognizer, short, real_pace=True)
    assert time.perf_counter() - began >= short.seconds
    assert arrivals[-1].update.final
    assert arrivals[-1].seconds >= short.seconds
    assert [a.update for a in arrivals] == [a.update for a in listen(recognizer, short, real_pace=False)]


def test_only_the_clock_says_how_long_a_computation_takes(recognizer: Recognizer) -> None:
    (short,) = read_clips([shipped_sample()], recognizer.bundle.manifest.chunk_ms)
    at_once = listen(recognizer, short, real_pace=False, clock=lambda: 0.0)
    assert all(one.seconds * 10 == pytest.approx(round(one.seconds * 10)) for one in at_once[:-1])
    ticks = itertools.count()
    slowly = listen(recognizer, short, real_pace=False, clock=lambda: float(next(ticks)))
    assert [one.update for one in slowly] == [one.update for one in at_once]
    assert slowly[-1].seconds >= short.seconds / 0.1  # a second for each slice
