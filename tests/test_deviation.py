"""models/deviation.py: mispronounced words in the surface line, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.models.deviation import HeardWord, deviation, expected_line, hear_words
from saidmeant.models.manifest import ReferenceWord, Utterance
from saidmeant.models.metrics import ErrorRate, phone_errors
from saidmeant.models.scoring import ENGLISH
from saidmeant.streaming.hypothesis import Word
from saidmeant.streaming.lexicon import Lexicon

PHONES = st.lists(st.sampled_from(["S", "TH", "IH", "NG", "K"]), min_size=1, max_size=4)


def utterance(*words: tuple[str, str | None]) -> Utterance:
    """Canonical and pronounced phones of each word."""
    parts = tuple(
        ReferenceWord("x", tuple(canonical.split()), None if surface is None else tuple(surface.split()), ())
        for canonical, surface in words
    )
    return Utterance("one", Path("one.wav"), "", "ann", 0.0, parts, {})


THINK_OF = utterance(("TH IH NG K", "S IH NG K"), ("AH V", "AH V"))


@pytest.mark.parametrize(
    ("heard", "canonical", "edits"),
    [
        ("S IH NG K AH V", (False, True), (0, 0)),
        ("TH IH NG K AH V", (True, True), (1, 0)),  # what was meant, not what was said
        ("T IH NG K AH F", (False, False), (1, 1)),
        ("TH IH NG K M AH V", (True, True), (2, 0)),  # between two words: an edit of the one before, no reading of it
        ("TH IH M NG K AH V", (False, True), (2, 0)),
        ("", (False, False), (4, 2)),
    ],
)
def test_what_the_surface_reads(heard: str, canonical: tuple[bool, bool], edits: tuple[int, int]) -> None:
    words = hear_words(THINK_OF, heard.split())
    assert [word.deviant for word in words] == [True, False]
    assert tuple(word.canonical for word in words) == canonical
    assert tuple(word.errors for word in words) == (ErrorRate(edits[0], 4), ErrorRate(edits[1], 2))


def test_a_sound_without_a_name_is_a_deviation_but_no_error() -> None:
    (word,) = hear_words(utterance(("TH IH NG K", "<unk> IH NG K")), "F IH NG K".split())
    assert word == HeardWord("ann", deviant=True, canonical=False, errors=ErrorRate(0, 4))


def test_phones_before_and_after_everything() -> None:
    words = hear_words(utterance(("S", "S"), ("K", "K")), "M M S K M".split())
    assert [word.canonical for word in words] == [True, True]
    assert [word.errors.edits for word in words] == [2, 1]


def test_unknown_pronunciation_is_left_out() -> None:
    assert hear_words(utterance(("TH", "TH"), ("S", None)), ["TH"]) == []


@given(st.lists(st.tuples(PHONES, PHONES), min_size=1, max_size=4), st.lists(st.sampled_from(["S", "TH", "IH", "M"])))
def test_the_edits_of_all_words_are_those_of_the_phone_error_rate(
    words: list[tuple[list[str], list[str]]], heard: list[str]
) -> None:
    said = utterance(*((" ".join(canonical), " ".join(surface)) for canonical, surface in words))
    errors = sum((word.errors for word in hear_words(said, heard)), ErrorRate())
    assert errors == phone_errors(said.surface or (), heard)


def test_the_section_of_the_report() -> None:
    words = [
        HeardWord("ann", True, True, ErrorRate(2, 4)),
        HeardWord("ann", True, False, ErrorRate(1, 4)),
        HeardWord("bob", True, False, ErrorRate(0, 2)),
        HeardWord("bob", False, True, ErrorRate(0, 6)),
        HeardWord("bob", False, False, ErrorRate(1, 4)),
    ]
    found = deviation(words)
    assert found is not None
    assert found["rate"] == pytest.approx(1 / 3)
    assert found["interval"] == (0.0, 0.5)
    assert found["mispronounced_words"] == 3
    assert found["correct_words_read_canonical"] == pytest.approx(1 / 2)
    assert (found["per_deviant_words"], found["per_correct_words"]) == (pytest.approx(0.3), pytest.approx(0.1))
    assert found["per_ratio"] == pytest.approx(3.0)


def test_without_a_mispronounced_word_there_is_no_section() -> None:
    assert deviation([HeardWord("ann", False, True, ErrorRate(0, 1))]) is None


def test_without_another_word_there_is_no_ratio() -> None:
    found = deviation([HeardWord("ann", True, True, ErrorRate(1, 1))])
    assert found is not None
    assert (found["per_ratio"], found["per_correct_words"]) == (None, None)


def test_the_lexicon_reads_the_words_aloud() -> None:
    lexicon = Lexicon({"a": (("AH",), ("EY",)), "tree": (("T", "R", "IY"),)})
    words = [Word("A", 0.0, 0.1, 0.5), Word("zzz", 0.1, 0.2, 0.6), Word("tree", 0.3, 0.6, 0.7)]
    line = expected_line(words, ENGLISH.usual(words, lexicon))
    assert [phone.text for phone in line] == ["AH", "T", "R", "IY"]
    assert [phone.confidence for phone in line] == [0.5, 0.7, 0.7, 0.7]
    assert [phone.start for phone in line] == pytest.approx([0.0, 0.3, 0.4, 0.5])
    assert line[-1].end == pytest.approx(0.6)
