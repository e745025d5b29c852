"""models/detection.py: counts by hand, and a threshold that is chosen on one half and judged on the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.models.detection import Rates, best_threshold, detect, rates
from saidmeant.models.evidence import UNJUDGED, Judged
from saidmeant.models.statistics import halves


def phones(line: str, speaker: str = "a") -> list[Judged]:
    """``0.9+`` is a wrong phone with that score, ``0.2-`` a right one, ``0.5?`` one that the text does not have."""
    truth = {"+": True, "-": False, "?": None}
    return [
        Judged(speaker, UNJUDGED if item[:-1] == "x" else float(item[:-1]), truth[item[-1]]) for item in line.split()
    ]


PHONES = st.lists(
    st.builds(
        Judged,
        st.sampled_from("abcd"),
        st.one_of(st.just(UNJUDGED), st.integers(0, 10).map(lambda tenths: tenths / 10)),
        st.sampled_from([True, False, None]),
    )
)


def test_rates_by_hand() -> None:
    found = rates(phones("0.9+ 0.5+ 0.4+ x+ 0.8- 0.1- 0.2- x- 0.7? 0.3?"), 0.5)
    assert found == Rates(hits=2, false_alarms=1, misses=2, passed=3, elsewhere=1)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(1 / 2)
    assert found.f1 == pytest.approx(4 / 7)
    assert found.f1_of_all_alarms == pytest.approx(4 / 8)
    assert found.false_acceptance_rate == pytest.approx(1 / 2)
    assert found.false_rejection_rate == pytest.approx(1 / 4)


def test_nothing_to_find_has_no_rates() -> None:
    found = rates(phones("0.1- 0.2-"), 0.5)
    assert (found.precision, found.recall, found.f1, found.false_rejection_rate) == (None, None, None, 0.0)


@pytest.mark.parametrize(
    ("line", "threshold"),
    [
        ("0.9+ 0.8+ 0.7- 0.6-", 0.8),
        ("0.9- 0.8+ 0.7+ 0.6-", 0.7),
        ("0.5+ 0.5- 0.5- 0.4+", 0.4),  # the three at 0.5 alarm together
        ("0.9+ 0.8? 0.7+", 0.7),
        ("0.9+ x+ x+ x+", 0.9),
    ],
)
def test_the_best_threshold(line: str, threshold: float) -> None:
    assert best_threshold(phones(line)) == threshold


def test_without_a_wrong_phone_or_a_score_there_is_none() -> None:
    assert best_threshold(phones("0.9- 0.8-")) is None
    assert best_threshold(phones("x+ x-")) is None
    assert best_threshold([]) is None


@given(PHONES)
def test_no_other_score_is_a_better_threshold(found: list[Judged]) -> None:
    best = best_threshold(found)
    others = {phone.score for phone in found if phone.score > UNJUDGED}
    if best is not None:
        assert all((rates(found, best).f1 or 0) >= (rates(found, other).f1 or 0) - 1e-12 for other in others)


@given(PHONES, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_alarms_less(found: list[Judged], one: float, other: float) -> None:
    loose, strict = rates(found, min(one, other)), rates(found, max(one, other))
    assert strict.hits <= loose.hits
    assert strict.false_alarms <= loose.false_alarms
    assert (strict.false_acceptance_rate or 0) >= (loose.false_acceptance_rate or 0)
    assert strict.hits + strict.misses == loose.hits + loose.misses == sum(p.wrong is True for p in found)


def test_halves_alternate_through_the_sorted_speakers() -> None:
    assert halves(["0010", "0003", "0007", "0003", "0001"]) == ({"0001", "0007"}, {"0003", "0010"})


def test_the_threshold_of_half_a_is_judged_on_half_b() -> None:
    first = phones("0.9+ 0.8+ 0.3- 0.2-", "a")
    second = phones("0.9+ x+ 0.85- 0.1- 0.95?", "b")
    found = detect(first + second, ["a", "b"])
    assert found is not None
    assert (found["threshold"], found["f1_on_half_a"]) == (0.8, 1.0)
    assert (found["f1"], found["precision"], found["recall"]) == (0.5, 0.5, 0.5)
    assert (found["false_acceptance_rate"], found["false_rejection_rate"]) == (0.5, 0.5)
    assert (found["phones"], found["mispronounced"], found["alarms"], found["alarms_on_other_words"]) == (4, 2, 2, 1)
    assert found["f1_of_all_alarms"] == pytest.approx(0.4)
    assert found["mispronounced_in_recognised_words"] == 1
    assert found["f1_interval"] is None  # one speaker


def test_the_interval_is_over_the_speakers_of_half_b() -> None:
    first = phones("0.9+ 0.2-", "a") + phones("0.9+ 0.2-", "c")
    second = phones("0.95+ 0.1-", "b") + phones("0.5+ 0.95-", "d")
    found = detect(first + second, "abcd")
    assert found is not None
    assert found["f1"] == 0.5
    assert found["f1_interval"] == (0.0, 1.0)


@pytest.mark.parametrize(("first", "second"), [("0.9-", "0.9+"), ("0.9+", "0.9-"), ("0.9+", "")])
def test_either_half_without_a_mispronounced_phone_is_no_measurement(first: str, second: str) -> None:
    assert detect(phones(first, "a") + phones(second, "b"), "ab") is None


def test_speakers_without_known_phones_hold_their_place() -> None:
    judged = phones("0.9+ 0.1-", "a") + phones("0.9+ 0.1-", "c")
    assert detect(judged, "ac") is not None
    assert detect(judged, "abc") is None  # both are in half A
