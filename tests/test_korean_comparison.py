"""As spelled, lawful or deviant: what is told apart, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.streaming.hypothesis import Edit, Token, Word
from saidmeant.streaming.jamo import SURFACE_UNITS, WORD_BOUNDARY, join, named, split
from saidmeant.streaming.korean_comparison import (
    PATTERNS,
    Deviation,
    align_korean,
    compare,
    explain,
    pair_units,
    pronounce_timed,
)
from saidmeant.streaming.korean_pronunciation import Change, pronounce

UNITS = st.lists(st.sampled_from(SURFACE_UNITS), max_size=8)


def heard(said: str) -> list[str]:
    return [unit for unit in split(said) if unit != WORD_BOUNDARY]


@pytest.mark.parametrize(
    ("text", "said", "kind", "rules", "patterns"),
    [
        ("나무", "나무", "as spelled", [], []),
        ("같이", "가치", "lawful", ["구개음화"], []),
        ("국물", "궁물", "lawful", ["비음화"], []),
        ("시계", "시게", "lawful", ["이중 모음의 단모음화"], []),
        ("냇가", "낻까", "lawful", ["경음화", "음절의 끝소리 규칙"], []),
        ("전화", "저놔", "lawful", ["ㅎ 약화", "연음"], []),
        ("내일", "네일", "lawful", ["모음 합류"], []),
        ("국물", "국물", "deviant", [], ["rule not followed"]),
        ("학교", "학교", "deviant", [], ["rule not followed"]),
        ("국물", "쿵물", "deviant", ["비음화"], ["lax/tense/aspirated"]),
        ("딸", "달", "deviant", [], ["lax/tense/aspirated"]),
        ("칼", "갈", "deviant", [], ["lax/tense/aspirated"]),
        ("책상", "채쌍", "deviant", ["경음화"], ["coda deletion"]),
        ("사람", "사란", "deviant", [], ["coda substitution"]),
        ("책", "채크", "deviant", [], ["vowel insertion"]),
        ("구름", "구르무", "deviant", [], ["vowel insertion"]),
        ("어머니", "오머니", "deviant", [], ["vowel merger"]),
        ("그", "구", "deviant", [], ["vowel merger"]),
        ("뭐", "머", "deviant", [], ["diphthong reduction"]),
        ("의사", "으사", "deviant", [], ["diphthong reduction"]),
        ("바다", "가다", "deviant", [], ["other"]),
        ("바다", "", "deviant", [], ["other"] * 4),
    ],
)
def test_one_word(text: str, said: str, kind: str, rules: list[str], patterns: list[str]) -> None:
    ((span, explanation),) = compare(text, heard(said))
    assert (span.word, join(span.surface)) == (text, said)
    assert explanation.kind == kind
    assert [change.rule for change in explanation.changes] == rules
    assert [deviation.pattern for deviation in explanation.deviations] == patterns
    assert set(patterns) <= set(PATTERNS)


def test_words_in_context() -> None:
    found = compare("옷 한 벌 샀어요", heard("오탄벌싸써요"))
    assert [(span.word, join(span.surface), each.kind) for span, each in found] == [
        ("옷", "오", "lawful"),
        ("한", "탄", "lawful"),
        ("벌", "벌", "as spelled"),
        ("샀어요", "싸써요", "deviant"),
    ]


def test_what_a_deviation_holds() -> None:
    ((_, explanation),) = compare("책상", heard("채상"))
    assert explanation.deviations == (
        Deviation("rule not followed", (Edit("replace", *named("ㅆ ㅅ")),), Change("경음화", "23", 0)),
        Deviation("coda deletion", (Edit("delete", named("-ㄱ")[0], None),)),
    )


def test_units_of_no_word_are_other() -> None:
    spans = compare("", heard("가"))
    assert [(span.word, each.deviations[0].pattern) for span, each in spans] == [("", "other")]
    assert compare("", []) == ()


def test_sounds_do_not_meet_across_a_pause() -> None:
    close = [Word("옷", 0.0, 0.3, 1.0), Word("안에", 0.35, 0.8, 1.0)]
    apart = [Word("옷", 0.0, 0.3, 1.0), Word("안에", 1.2, 1.8, 1.0)]
    assert [str(word) for word in pronounce_timed(close)] == ["오", "다네"]
    assert [str(word) for word in pronounce_timed(apart)] == ["옫", "아네"]
    assert pronounce_timed([]) == ()


def test_stray_letters_of_a_recogniser_are_no_error() -> None:
    words = [Word("국물ㅋ", 0.0, 0.4, 1.0), Word("ㅎ", 0.4, 0.5, 1.0), Word("밥", 0.5, 0.7, 1.0)]
    assert [str(word) for word in pronounce_timed(words)] == ["궁물", "", "밥"]
    spans = align_korean(words, [Token(unit, 0.0, 0.7, 1.0) for unit in heard("궁물밥")])
    assert [(span.word, join(span.surface), span.in_lexicon) for span in spans] == [
        ("국물ㅋ", "궁물", False),
        ("ㅎ", "", False),
        ("밥", "밥", True),
    ]


def test_spans_have_times_and_the_way_that_was_said() -> None:
    words = [Word("국물", 0.0, 0.4, 0.9), Word("맛", 0.45, 0.7, 0.8)]
    units = [Token(unit, 0.08 * i, 0.08 * i + 0.05, 1.0) for i, unit in enumerate(heard("궁물맏"))]
    first, second = align_korean(words, units)
    assert (first.canonical, first.edits, first.start) == (split("궁물"), (), 0.0)
    assert (second.canonical, second.surface) == (split("맏"), split("맏"))
    assert second.confidence == pytest.approx(0.8)


@given(st.sampled_from(["국물", "솜이불", "옷", "회의", "같이"]), UNITS)
def test_whatever_was_said_is_explained(text: str, said: list[str]) -> None:
    (word,) = pronounce(text)
    found = explain(word, said)
    right = tuple(said) in {variant.units for variant in word.variants}
    assert (found.kind == "deviant") == bool(found.deviations)
    assert not (right and found.deviations)


@given(UNITS, UNITS)
def test_pairs_hold_both_sequences(canonical: list[str], said: list[str]) -> None:
    pairs = pair_units(canonical, said)
    assert [one for one, _ in pairs if one] == canonical
    assert [other for _, other in pairs if other] == said
