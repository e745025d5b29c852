"""Units of Korean: Hangul comes back from them, whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.streaming.jamo import (
    CODAS,
    MEANING_UNITS,
    ONSETS,
    SILENT,
    SURFACE_UNITS,
    VOWELS,
    WORD_BOUNDARY,
    Syllable,
    join,
    name,
    named,
    split,
    syllable,
    syllables,
)

HANGUL = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=6)


def test_the_inventories() -> None:
    assert len(SURFACE_UNITS) == len(set(SURFACE_UNITS)) == 18 + 21 + 7
    assert len(MEANING_UNITS) == len(set(MEANING_UNITS)) == 18 + 21 + 27 + 1
    assert set(SURFACE_UNITS) < set(MEANING_UNITS)
    assert SILENT not in MEANING_UNITS
    assert [name(unit) for unit in SURFACE_UNITS if unit in CODAS] == "-ㄱ -ㄴ -ㄷ -ㄹ -ㅁ -ㅂ -ㅇ".split()


def test_a_coda_and_an_onset_are_different_units() -> None:
    assert split("각이") != split("가기")
    assert join(split("각이")) == "각이"
    assert join(split("가기")) == "가기"


@pytest.mark.parametrize(
    ("units", "shown"),
    [
        ("ㄱ ㅏ -ㄱ", "각"),
        ("ㅏ ㅣ", "아이"),  # no onset: two syllables
        ("ㄱ ㄱ ㅏ", "ㄱ가"),  # an onset without a vowel stands alone
        ("ㅏ -ㄱ -ㅂ", "악ㅂ"),
        ("-ㅇ", "ㅇ"),
        ("", ""),
    ],
)
def test_any_sequence_is_shown(units: str, shown: str) -> None:
    assert join(named(units)) == shown


@given(st.lists(HANGUL, min_size=1, max_size=4))
def test_a_text_comes_back(words: list[str]) -> None:
    text = " ".join(words)
    units = split(text)
    assert join(units) == text
    assert set(units) <= set(MEANING_UNITS)
    assert units.count(WORD_BOUNDARY) == len(words) - 1


@given(st.lists(st.sampled_from(SURFACE_UNITS), max_size=12))
def test_what_is_heard_is_never_lost(units: list[str]) -> None:
    letters = sum(
        1 if one in "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ" else len(syllable(one).units) for one in join(units)
    )
    assert letters == len(units)


def test_syllables() -> None:
    assert syllable("값") == Syllable("ㄱ", "ㅏ", "ㅄ")
    assert str(Syllable("ㅇ", "ㅣ", "")) == "이"
    assert Syllable("ㅇ", "ㅣ", "").units == named("ㅣ")
    assert len(ONSETS) == 18
    assert len(VOWELS) == 21
    with pytest.raises(ValueError, match="expected a syllable of Hangul, found 'a'"):
        syllable("a")
    with pytest.raises(ValueError, match="'x' is not a unit"):
        named("ㄱ x")


@given(st.lists(st.sampled_from((*SURFACE_UNITS, WORD_BOUNDARY)), max_size=12))
def test_syllables_are_the_pieces_of_the_line(units: list[str]) -> None:
    rest = iter(units)
    pieces = [[next(rest) for _ in range(size)] for size in syllables(units)]
    assert [unit for piece in pieces for unit in piece] == units
    assert "".join(map(join, pieces)) == join(units)
    assert all(len(join(piece)) == 1 for piece in pieces)
