"""models/spoken_form.py: what is written differently and said alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("num2words", reason="numbers are spoken out by num2words (extra 'peer')")

from saidmeant.models.metrics import word_errors
from saidmeant.models.spoken_form import spoken_form


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("I have 3 dogs, Mr. Smith!", "i have three dogs mister smith"),
        ("It\N{RIGHT SINGLE QUOTATION MARK}s the dogs' bed.", "it's the dogs bed"),
        ("'Well-known', she said", "well known she said"),
        ("1,000 of 10,500", "one thousand of ten thousand five hundred"),
        ("in 1999 and 2005", "in nineteen ninety nine and two thousand and five"),
        ("the 3rd of 21st", "the third of twenty first"),
        ("3.14 is 20% more", "three point one four is twenty percent more"),
        ("$1 and £5", "one dollar and five pounds"),
        ("the 1990s", "the nineteen nineties"),
        ("At 10:30 or 9:00", "at ten thirty or nine o'clock"),
        ("A & B are OK", "a and b are okay"),
        ("0" * 12 + "7", "zero " * 12 + "seven"),
        ("", ""),
        ("...", ""),
    ],
)
def test_as_one_says_it(written: str, said: str) -> None:
    assert spoken_form(written) == said


def test_digits_are_no_error() -> None:
    assert (
        word_errors(spoken_form("HE CALLED AT TWENTY FIVE PAST TEN"), spoken_form("He called at 25 past 10.")).edits
        == 0
    )


@given(st.text(alphabet="abcdefghij '.,-", max_size=30))
def test_said_once_is_said(text: str) -> None:
    assert spoken_form(spoken_form(text)) == spoken_form(text)


@given(st.text(max_size=30))
def test_any_text_can_be_said(text: str) -> None:
    assert "." not in spoken_form(text)
