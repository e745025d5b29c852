"""models/statistics.py: intervals that hold the figure, and confidences that mean what they say or do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saidmeant.models.statistics import calibrate, interval

SPEAKERS = st.lists(st.tuples(st.integers(0, 9), st.integers(10, 30)), min_size=2, max_size=12)


def test_speakers_that_agree_leave_no_doubt() -> None:
    assert interval([("a", 1, 4), ("b", 2, 8), ("c", 25, 100)]) == (0.25, 0.25)


def test_two_speakers_that_do_not() -> None:
    found = interval([("a", 0, 10), ("b", 10, 10)])
    assert found == (0.0, 1.0)  # a quarter of all draws are one speaker twice


def test_speakers_are_drawn_not_utterances() -> None:
    one_each = [(str(i), i % 2, 1) for i in range(100)]
    of_two = [(str(i % 2), i % 2, 1) for i in range(100)]
    narrow, wide = interval(one_each), interval(of_two)
    assert narrow is not None
    assert wide == (0.0, 1.0)
    assert 0.38 < narrow[0] < 0.44 < 0.56 < narrow[1] < 0.62  # 0.5 +- 1.96 * sqrt(0.25 / 100)


def test_one_speaker_says_nothing_about_others() -> None:
    assert interval([("a", 1, 4), ("a", 2, 4)]) is None
    assert interval([]) is None
    assert interval([("a", 0, 0), ("b", 0, 0)]) is None


@settings(deadline=None, max_examples=30)
@given(SPEAKERS)
def test_the_interval_holds_the_figure_and_is_the_same_each_time(counts: list[tuple[int, int]]) -> None:
    parts = [(str(number), edits, length) for number, (edits, length) in enumerate(counts)]
    found = interval(parts)
    assert found is not None
    rate = sum(edits for edits, _ in counts) / sum(length for _, length in counts)
    assert found[0] - 1e-12 <= rate <= found[1] + 1e-12
    assert interval(reversed(parts)) == pytest.approx(found)


def test_calibration_by_hand() -> None:
    # four bins: (0.2, 0.2) none right; (0.6, 0.7) both right; 0.95 half right
    found = calibrate([0.2, 0.2, 0.6, 0.7, 0.95, 0.95], [False, False, True, True, True, False], bins=4)
    assert found is not None
    assert found.bins == (
        (pytest.approx(0.2), 0.0, 2),
        (pytest.approx(0.65), 1.0, 2),
        (pytest.approx(0.95), 0.5, 2),
    )
    assert found.error == pytest.approx((0.2 + 0.35 + 0.45) / 3)
    assert found.as_dict()["count"] == 6


def test_certainty_belongs_to_the_last_bin() -> None:
    found = calibrate([1.0, 0.0], [True, False])
    assert found is not None
    assert found.error == 0.0


def test_nothing_heard_has_no_calibration() -> None:
    assert calibrate([], []) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.integers(1, 20))
def test_the_error_is_a_probability(pairs: list[tuple[float, bool]], bins: int) -> None:
    found = calibrate([c for c, _ in pairs], [r for _, r in pairs], bins)
    assert found is not None
    assert 0 <= found.error <= 1
    assert sum(count for _, _, count in found.bins) == len(pairs)
