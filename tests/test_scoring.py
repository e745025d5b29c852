"""models/scoring.py: what is compared with what, in each language."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from saidmeant.models.manifest import ReferenceWord, Utterance
from saidmeant.models.metrics import ErrorRate
from saidmeant.models.scoring import ENGLISH, KOREAN, scoring
from saidmeant.streaming.errors import UsageError
from saidmeant.streaming.jamo import named

NATIVE = Utterance("one", Path("one.wav"), "같이 와요", "", 0.0, None, {"language": "ko"})
LAWFUL, SPELLED = named("ㄱ ㅏ ㅊ ㅣ ㅘ ㅛ"), named("ㄱ ㅏ ㅌ ㅣ ㅘ ㅛ")


def said(canonical: str, surface: str | None) -> Utterance:
    word = ReferenceWord("개", named(canonical), None if surface is None else named(surface), ())
    return dataclasses.replace(NATIVE, text="개", words=(word,))


def test_native_korean_is_compared_with_the_rules() -> None:
    assert KOREAN.surface_errors(NATIVE, LAWFUL) == ErrorRate(0, 6)
    assert KOREAN.surface_errors(NATIVE, SPELLED) == ErrorRate(1, 6)
    assert KOREAN.canonical_errors(NATIVE, LAWFUL) is None
    assert KOREAN.divergence(NATIVE) is None


def test_every_right_way_is_right() -> None:
    linked, apart = named("ㅗ ㅌ ㅏ -ㄴ ㅂ ㅓ -ㄹ"), named("ㅗ -ㄷ ㅎ ㅏ -ㄴ ㅂ ㅓ -ㄹ")
    clothes = dataclasses.replace(NATIVE, text="옷 한 벌")
    assert KOREAN.surface_errors(clothes, linked) == ErrorRate(0, 7)
    assert KOREAN.surface_errors(clothes, apart) == ErrorRate(0, 8)


def test_merged_vowels_are_the_same_vowel() -> None:
    merged = said("ㄱ ㅐ", "ㄱ ㅔ")
    assert KOREAN.divergence(merged) == 0.0
    assert KOREAN.surface_errors(merged, named("ㄱ ㅐ")) == ErrorRate(0, 2)
    assert KOREAN.canonical_errors(merged, named("ㄱ ㅔ")) == ErrorRate(0, 2)


def test_a_learner_is_compared_with_what_was_said() -> None:
    tense = said("ㄱ ㅐ", "ㄲ ㅐ")
    assert KOREAN.surface_errors(tense, named("ㄲ ㅔ")) == ErrorRate(0, 2)
    assert KOREAN.canonical_errors(tense, named("ㄲ ㅔ")) == ErrorRate(1, 2)
    assert KOREAN.divergence(tense) == 0.5
    assert KOREAN.surface_errors(said("ㄱ ㅐ", None), named("ㄱ ㅐ")) is None, "annotated, and yet not known"


@pytest.mark.parametrize("text", ["8년 동안", "TED에서", "저는 k입니다"])
def test_how_a_number_was_read_is_not_known(text: str) -> None:
    utterance = dataclasses.replace(NATIVE, text=text)
    assert KOREAN.meaning_errors(utterance, "팔년 동안") is None
    assert KOREAN.surface_errors(utterance, LAWFUL) is None


def test_punctuation_is_no_foreign_letter() -> None:
    quoted = dataclasses.replace(NATIVE, text="“같이” 와요.")
    assert KOREAN.meaning_errors(quoted, "같이와요") == ErrorRate(0, 4)
    assert KOREAN.surface_errors(quoted, LAWFUL) == ErrorRate(0, 6)


def test_english_has_no_rules_and_no_merged_phones() -> None:
    english = dataclasses.replace(NATIVE, text="two words", fields={})
    assert scoring(english.language) is ENGLISH
    assert ENGLISH.surface_errors(english, ["T"]) is None
    assert ENGLISH.meaning_errors(english, "two") == ErrorRate(1, 2)


def test_other_languages_are_refused() -> None:
    with pytest.raises(UsageError, match="'fr', only for en, ko"):
        scoring("fr")
