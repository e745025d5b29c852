"""models/korean_scoring.py: syllables, numbers that a peer wrote, the rules, and the surface of words."""

from __future__ import annotations

import pytest

from saidmeant.models.korean_scoring import errors_by_rule, korean_spans, spoken_errors, syllable_errors, usual_units
from saidmeant.models.metrics import ErrorRate
from saidmeant.streaming.hypothesis import Token, Word
from saidmeant.streaming.jamo import named
from saidmeant.streaming.lexicon import Lexicon

NONE = Lexicon({})


def words(line: str) -> list[Word]:
    return [Word(text, 0.5 * place, 0.5 * place + 0.5, 1.0) for place, text in enumerate(line.split())]


def units(names: str) -> list[Token]:
    return [Token(unit, place / 10, (place + 1) / 10, 1.0) for place, unit in enumerate(named(names))]


def test_spaces_are_nobodys_error() -> None:
    assert syllable_errors("할 수 있다", "할수있다.") == ErrorRate(0, 4)
    assert syllable_errors("할 수 있다", "할 수 이따") == ErrorRate(2, 4)
    assert syllable_errors("3개", "세개") is None


@pytest.mark.parametrize(
    ("text", "heard", "edits"),
    [
        ("스물다섯 살입니다", "25살입니다.", 0),
        ("이십오 년 동안", "25년 동안", 0),
        ("이십오 년 동안", "26년 동안", 1),
        ("테드에서", "TED에서", 2),
        ("백 퍼센트 맞아요", "100% 맞아요", 0),
    ],
)
def test_a_number_is_read_as_it_comes_nearest(text: str, heard: str, edits: int) -> None:
    pytest.importorskip("num2words", reason="numbers are spoken out by num2words (extra 'peer')")
    found = spoken_errors(text, heard)
    assert found is not None
    assert (found.edits, found.length) == (edits, len(text.replace(" ", "")))


def test_a_reference_with_numbers_is_left_out() -> None:
    assert spoken_errors("25년", "25년") is None


@pytest.mark.parametrize("way", ["ㅈ ㅓ ㄴ ㅘ", "ㅈ ㅓ -ㄴ ㅎ ㅘ"])
def test_what_natives_do_is_right(way: str) -> None:
    assert errors_by_rule("전화", named(way)) == ErrorRate(0, len(named(way)))


def test_no_rule_reads_numbers() -> None:
    assert errors_by_rule("3개", ()) is None


def test_spans_and_baseline_are_in_unified_units() -> None:
    (span,) = korean_spans(words("개"), units("ㄱ ㅔ"), NONE)
    assert (span.canonical, span.surface) == (named("ㄱ ㅔ"), named("ㄱ ㅔ"))
    assert usual_units(words("국물 개"), NONE) == [named("ㄱ ㅜ -ㅇ ㅁ ㅜ -ㄹ"), named("ㄱ ㅔ")]
