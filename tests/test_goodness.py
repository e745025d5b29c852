"""Goodness of pronunciation: against brute force over all alignments, and what it says of clear cases."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saidmeant.streaming.goodness import UNLIKELY, emissions, goodness, occupancy

Frame = list[tuple[str, float]]


def frames(*said: dict[str, float]) -> list[Frame]:
    """Candidates by probability."""
    return [[(phone, math.log(p)) for phone, p in frame.items()] for frame in said]


candidates = st.dictionaries(st.sampled_from(["S", "IH", "K"]), st.floats(0.05, 0.3), max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(candidates, min_size=3, max_size=5),
    st.sampled_from([["S"], ["S", "IH"], ["S", "S"], ["IH", "S", "K"]]),
    st.integers(1, 40),
)
def test_occupancy_equals_the_sum_over_all_alignments(
    said: list[dict[str, float]], phones: list[str], cells: int
) -> None:
    """However many frames a slice has."""
    heard = frames(*said)
    log_probs = emissions(heard, ["IH", "K", "S"])
    labels = np.zeros(2 * len(phones) + 1, np.intp)
    labels[1::2] = [["IH", "K", "S"].index(phone) + 1 for phone in phones]
    expected: dict[tuple[int, int], float] = defaultdict(float)
    total = 0.0
    for path in itertools.product(range(len(labels)), repeat=len(heard)):
        if path[0] > 1 or path[-1] < len(labels) - 2 or not all(map(allowed, path, path[1:], [labels] * len(path))):
            continue
        p = math.exp(sum(log_probs[frame, labels[state]] for frame, state in enumerate(path)))
        total += p
        for frame, state in enumerate(path):
            expected[frame, state] += p
    found = np.empty((len(heard), len(labels)))
    for part, occupied in occupancy(log_probs, labels, cells):
        found[part] = occupied
    for frame, state in itertools.product(range(len(heard)), range(len(labels))):
        assert found[frame, state] == pytest.approx(expected[frame, state] / total, abs=1e-9)


def allowed(state: int, following: int, labels: np.ndarray) -> bool:
    """CTC: stay, go on, or jump over the blank between two different phones."""
    jump = following == state + 2 and labels[following] != 0 and labels[following] != labels[state]
    return following in (state, state + 1) or bool(jump)


def test_what_was_said_is_good_and_what_was_not_is_bad() -> None:
    heard = frames({}, {"S": 0.95}, {}, {"IH": 0.99}, {"IH": 0.5}, {"NG": 0.9}, {"K": 0.99}, {})
    good = goodness(heard, ["S", "IH", "NG", "K"])
    assert all(value > -0.2 for value in good)
    sink_for_think = goodness(heard, ["TH", "IH", "NG", "K"])
    assert sink_for_think[0] < -5
    assert all(value > -0.3 for value in sink_for_think[1:])


def test_a_runner_up_is_better_than_nothing() -> None:
    clear = frames({"S": 0.9}, {"IH": 0.9})
    doubtful = frames({"S": 0.6, "TH": 0.3}, {"IH": 0.9})
    assert goodness(clear, ["TH", "IH"])[0] < goodness(doubtful, ["TH", "IH"])[0] < goodness(clear, ["S", "IH"])[0]
    assert goodness(doubtful, ["TH", "IH"])[0] == pytest.approx(math.log(0.3 / 0.6), abs=0.05)


def test_a_phone_left_out() -> None:
    heard = frames({"S": 0.95}, {}, {"IH": 0.99}, {}, {"K": 0.99})
    left_out = goodness(heard, ["S", "IH", "NG", "K"])
    assert left_out[2] < -5
    assert min(left_out[0], left_out[1], left_out[3]) > -0.5


def test_too_little_audio_and_nothing_expected() -> None:
    assert goodness(frames({"S": 0.9}), ["S", "IH"]) == [UNLIKELY] * 2
    assert goodness(frames({"S": 0.9}, {"S": 0.9}), ["S", "S"]) == [UNLIKELY] * 2
    assert goodness(frames({"S": 0.9}), []) == []
    assert goodness([], ["S"]) == [UNLIKELY]


@settings(max_examples=60, deadline=None)
@given(st.lists(candidates, max_size=12), st.lists(st.sampled_from(["S", "IH", "K", "TH"]), max_size=6))
def test_values_stay_within_their_limits(said: list[dict[str, float]], phones: list[str]) -> None:
    values = goodness(frames(*said), phones)
    assert len(values) == len(phones)
    assert all(UNLIKELY <= value <= 0.0 for value in values)


def test_the_memory_of_a_long_segment_is_bounded() -> None:
    """A minute that is full of phones: a table of all its frames and states would be 14 MB."""
    phones = ["S", "IH", "NG", "K"] * 150
    heard = [frame for phone in phones for frame in ([(phone, -0.1)], [])] + [[]] * 300
    tracemalloc.start()
    values = goodness(heard, phones)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert min(values) > -0.5
    assert peak < 5e6
