"""Near sounds of Korean are near, and every distance is symmetric."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.streaming.jamo import MEANING_UNITS, SURFACE_UNITS, VOWELS, join, named, split
from saidmeant.streaming.jamo_distance import jamo_distance, merged, unify
from saidmeant.streaming.phones import UNRELATED


def between(pair: str) -> int:
    one, other = named(pair)
    return jamo_distance(one, other)


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ("ㄱ ㅋ", "ㄱ ㄷ"),  # lax and aspirated before another place
        ("ㄱ ㄲ", "ㄱ ㅎ"),
        ("ㅅ ㅆ", "ㅅ ㄷ"),
        ("ㅈ ㅊ", "ㅈ ㅅ"),
        ("-ㄱ ㄱ", "-ㄱ ㄷ"),  # a coda that got a vowel is still that consonant
        ("ㅓ ㅗ", "ㅓ ㅣ"),
        ("ㅡ ㅜ", "ㅡ ㅏ"),
        ("ㅕ ㅓ", "ㅕ ㅏ"),
        ("ㅐ ㅔ", "ㅐ ㅏ"),
    ],
)
def test_the_errors_of_learners_are_near(nearer: str, farther: str) -> None:
    assert 0 < between(nearer) < between(farther) < UNRELATED


@given(st.sampled_from(SURFACE_UNITS), st.sampled_from(MEANING_UNITS))
def test_distances(one: str, other: str) -> None:
    assert jamo_distance(one, other) == jamo_distance(other, one)
    assert (jamo_distance(one, other) == 0) == (one == other)
    if (one in VOWELS) != (other in VOWELS):
        assert jamo_distance(one, other) == UNRELATED


def test_what_seoul_merges() -> None:
    assert merged(*named("ㅐ ㅔ"))
    assert merged(*named("ㅚ ㅙ"))
    assert not merged(*named("ㅓ ㅗ"))


def test_merged_vowels_become_one() -> None:
    assert join(unify(split("내일 외국 왜 얘기 어"))) == "네일 웨국 웨 예기 어"
    for one in VOWELS:
        for other in VOWELS:
            if one != other:
                assert merged(one, other) == (unify([one]) == unify([other]))
