"""The lexicon of junctures, and that a damaged one is refused."""

from __future__ import annotations

import pytest

from saidmeant.streaming.errors import BundleError
from saidmeant.streaming.korean_lexicon import Mark, read_junctures, shipped_junctures

SMALL = """
sections:
  - {article: "29", words: [솜|이불, 옷| 입], tails: [~~|역], unless: [번역]}
  - {article: "24", stems: [신], endings: [고, 다], unless: [신고하]}
  - {article: "24", optional: true, words: [신|고]}
  - article: "27"
    pairs: {before: [ㄹ], after: [것, "수 "], unless: [를]}
"""


@pytest.mark.parametrize(
    ("word", "marks"),
    [
        ("솜이불을", {0: {("29", False)}}),
        ("새솜이불", {1: {("29", False)}}),  # three syllables: anywhere in a word
        ("부산역에서", {1: {("29", False)}}),
        ("산역", {}),  # after two syllables only
        ("책번역", {}),
        ("신다", {0: {("24", False)}}),
        ("신고", {0: {("24", True)}}),  # both are right
        ("신고하다", {0: {("24", True)}}),
        ("등산고", {}),
    ],
)
def test_marks_of_a_word(word: str, marks: dict[int, set[tuple[str, bool]]]) -> None:
    assert read_junctures(SMALL, "small").marks(word) == marks


def test_marks_between_words() -> None:
    lexicon = read_junctures(SMALL, "small")
    assert lexicon.marks_between("겉옷", "입고") == {Mark("29", False)}
    assert lexicon.marks_between("할", "것을") == {Mark("27", False)}
    assert lexicon.marks_between("할", "수") == {Mark("27", False)}
    assert lexicon.marks_between("할", "수영") == set()
    assert lexicon.marks_between("나를", "것") == set()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sections: [{article: 29}]", r"small.*sections\[0\]\.article: expected str, found 29"),
        ("sections: [{article: '29', word: []}]", "unknown key 'word'"),
        ("sections: {", "cannot read small"),
    ],
)
def test_faults_are_named(text: str, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        read_junctures(text, "small")


def test_the_shipped_lexicon_is_read_once() -> None:
    assert shipped_junctures() is shipped_junctures()
    assert shipped_junctures().marks("서울역") == {1: {Mark("29", False)}}
