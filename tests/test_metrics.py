"""models/metrics.py: counting edits, the wildcard, and what counts as the same word."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from saidmeant.models.metrics import (
    ErrorRate,
    character_errors,
    divergence_rate,
    nearest_errors,
    phone_errors,
    total,
    word_errors,
)

PHONES = st.lists(st.sampled_from(["AA", "B", "S", "TH"]), max_size=7)


@pytest.mark.parametrize(
    ("reference", "heard", "edits"),
    [
        ("TH IH NG K", "TH IH NG K", 0),
        ("TH IH NG K", "S IH NG K", 1),
        ("TH IH NG K", "", 4),
        ("", "AH AH", 2),
        ("<unk> IH NG K", "S IH NG K", 0),
        ("<unk> IH NG K", "IH NG K", 1),  # a sound was there
        ("<unk> IH NG K", "S AH IH NG K", 1),  # but only one
        ("<unk>", "S AH", 1),
        ("<unk> <unk>", "S", 1),
        ("S <unk> K", "S K K", 0),
        ("S <unk>", "K S", 1),
        ("S <unk> TH", "S TH TH TH", 1),
    ],
)
def test_phone_errors(reference: str, heard: str, edits: int) -> None:
    expected = ErrorRate(edits, len(reference.split()))
    assert phone_errors(reference.split(), heard.split()) == expected


@settings(deadline=None)
@given(reference=PHONES, heard=PHONES, data=st.data())
def test_a_wildcard_is_the_best_phone_in_its_place(reference: list[str], heard: list[str], data: st.DataObject) -> None:
    if not reference:
        return
    place = data.draw(st.integers(0, len(reference) - 1))
    hidden = [*reference[:place], "<unk>", *reference[place + 1 :]]
    candidates = {*heard, *reference}
    best = min(
        Levenshtein.distance([*reference[:place], phone, *reference[place + 1 :]], heard) for phone in candidates
    )
    assert phone_errors(hidden, heard).edits == best


@pytest.mark.parametrize(
    ("reference", "heard", "edits"),
    [
        ("I'M HERE", "I'm here", 0),
        ("I'M HERE", "I\N{RIGHT SINGLE QUOTATION MARK}m here", 0),
        ("I'M HERE", "im here", 1),
        ("I'M HERE", "I am here", 2),
        ("WE CALL IT BEAR", "we call it", 1),
        ("", "oh", 1),
    ],
)
def test_word_errors(reference: str, heard: str, edits: int) -> None:
    assert word_errors(reference, heard) == ErrorRate(edits, len(reference.split()))


def test_rates_are_sums_not_means() -> None:
    both = total([ErrorRate(1, 1), None, ErrorRate(0, 9)])
    assert both == ErrorRate(1, 10)
    assert both.rate == pytest.approx(0.1)


def test_nothing_to_measure_is_not_zero() -> None:
    assert total([None, None]) is None
    assert ErrorRate(3, 0).rate is None


def test_divergence_counts_an_unknown_sound() -> None:
    assert divergence_rate(["<unk>", "IH", "NG"], ["TH", "IH", "NG", "K"]) == pytest.approx(0.5)
    assert divergence_rate(["AH"], []) == 0.0


@pytest.mark.parametrize(
    ("reference", "heard", "edits", "length"),
    [
        ("같이 가요.", "같 이가 요", 0, 4),
        ("같이 가요", unicodedata.normalize("NFD", "같이 가요"), 0, 4),
        ("같이 가요", "가치 가요", 2, 4),
        ("같이", "ㄱ", 2, 2),
        ("", "네", 1, 0),
    ],
)
def test_character_errors(reference: str, heard: str, edits: int, length: int) -> None:
    assert character_errors(reference, heard) == ErrorRate(edits, length)


WAYS = st.lists(st.lists(PHONES, min_size=1, max_size=3), max_size=3)


@settings(deadline=None)
@given(words=WAYS, heard=PHONES)
def test_the_nearest_of_all_ways_has_the_fewest_edits(words: list[list[list[str]]], heard: list[str]) -> None:
    rows = [[phone for way in ways for phone in way] for ways in product(*words)]
    found = nearest_errors(words, heard)
    nearest = [row for row in rows if Levenshtein.distance(row, heard) == found.edits]
    assert found.edits == min(Levenshtein.distance(row, heard) for row in rows)
    assert found.length in {len(row) for row in nearest}


def test_among_equally_near_ways_the_usual_one_counts() -> None:
    assert nearest_errors([[["AA", "B"], ["AA"]]], ["S"]) == ErrorRate(1, 1)
    assert nearest_errors([[["AA"], ["B"], ["AA", "S", "B"]]], ["TH"]) == ErrorRate(1, 1)
    assert nearest_errors([[["AA", "B", "S"], ["AA", "B"]]], ["AA", "TH"]) == ErrorRate(1, 2)
    assert nearest_errors([[["AA", "B"], ["B"]]], ["AA"]) == ErrorRate(1, 2)
