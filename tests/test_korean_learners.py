"""Learners of Korean: the shipped patterns, and texts said after them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from saidmeant.models.error_patterns import BINS, SaidWord
from saidmeant.models.korean_learners import (
    korean_changes,
    korean_profiles,
    neglect_rules,
    say_as_learner,
    say_korean,
)
from saidmeant.models.metrics import divergence_rate
from saidmeant.streaming.jamo import SURFACE_UNITS, join
from saidmeant.streaming.korean_comparison import NOT_FOLLOWED, compare

TEXT = "저는 학교에서 한국말을 배우고 있습니다"
SENTENCES = [TEXT, "꽃잎이 떨어지는 것을 보았어요", "어머니는 시장에 가셨고 아버지는 책을 읽으십니다"]


def said(words: Sequence[SaidWord]) -> str:
    return " ".join(join(word.surface) for word in words)


def test_the_shipped_patterns() -> None:
    profiles = korean_profiles()
    assert [profile.l1 for profile in profiles] == ["Mandarin", "Japanese", "Vietnamese", "Thai", "English"]
    assert all(profile.sources for profile in profiles)
    for profile in profiles:
        for change in korean_changes(profile):
            assert change.canonical in SURFACE_UNITS
            assert set(change.said) <= set(SURFACE_UNITS)


def test_a_text_said_right() -> None:
    assert said(say_korean(TEXT)) == "저는 학꾜에서 한궁마를 배우고 읻씀니다"
    assert all(set(word.accuracy) == {2} for word in say_korean(TEXT))


@pytest.mark.parametrize("l1", ["Mandarin", "Japanese", "Vietnamese", "Thai", "English"])
@pytest.mark.parametrize("bin_number", range(len(BINS)))
def test_divergence_lies_in_the_bin(l1: str, bin_number: int) -> None:
    found = [say_as_learner(text, bin_number, seed, l1) for text in SENTENCES for seed in range(3)]
    spoken = [words for words in found if words is not None]
    assert len(spoken) >= 6
    low, high = BINS[bin_number]
    for words in spoken:
        surface = [unit for word in words for unit in word.surface]
        canonical = [unit for word in words for unit in word.canonical]
        rate = divergence_rate(surface, canonical)
        assert rate == 0 if bin_number == 0 else low < rate <= high


def test_seeds() -> None:
    first, again, other = (say_as_learner(TEXT, 3, seed) for seed in (1, 1, 2))
    assert first is not None
    assert other is not None
    assert first == again
    assert said(first) != said(other)


def test_what_learners_say_is_found_to_deviate() -> None:
    words = say_as_learner(TEXT, 3, 5, "Japanese")
    assert words is not None
    found = compare(TEXT, [unit for word in words for unit in word.surface])
    assert sum(explanation.kind == "deviant" for _, explanation in found) >= 2


def test_rules_are_neglected() -> None:
    words = neglect_rules("국물 같이 나무", random.Random(1), share=1.0)
    assert said(words) == "국물 갇이 나무"
    assert words[0].accuracy == [2, 2, 0, 2, 2, 2]
    assert words[2].accuracy == [2, 2, 2, 2]
    found = [each.deviations for _, each in compare("국물", words[0].surface)]
    assert [deviation.pattern for deviation in found[0]] == [NOT_FOLLOWED]
    assert said(neglect_rules("국물", random.Random(1), share=0.0)) == "궁물"


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(ValueError, match="no patterns for 'Klingon'; there are Mandarin, Japanese"):
        say_as_learner(TEXT, 1, 1, "Klingon")


def test_what_is_too_short_for_a_bin() -> None:
    assert say_as_learner("나", 1, 1) is None
