"""The tracker on frames of our own: what was done to a text is what it finds, and what has passed stays."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saidmeant.streaming import UsageError
from saidmeant.streaming.lexicon import Lexicon
from saidmeant.streaming.reading_graph import reading_graph
from saidmeant.streaming.reading_tracker import ReadingTracker

LEXICON = Lexicon(
    {
        "the": (("DH", "AH"), ("DH", "IY")),
        "dog": (("D", "AO", "G"),),
        "chased": (("CH", "EY", "S", "T"),),
        "seven": (("S", "EH", "V", "AH", "N"),),
        "rabbits": (("R", "AE", "B", "AH", "T", "S"),),
        "home": (("HH", "OW", "M"),),
        "slowly": (("S", "L", "OW", "L", "IY"),),
    }
)
TEXT = "The dog chased seven rabbits home slowly."


def frames(phones: str) -> list[list[tuple[str, float]]]:
    """A sure frame for every phone, and one of silence after each; ``.`` is silence."""
    rows = [[] if phone == "." else [(phone, -0.01)] for phone in phones.split()]
    return [frame for row in rows for frame in (row, [])]


def said(words: str) -> str:
    return " . ".join(" ".join(LEXICON.pronounce(word).pronunciations[0]) for word in words.split())


def tracked(words: str, text: str = TEXT) -> ReadingTracker:
    tracker = ReadingTracker(reading_graph(text, LEXICON))
    for number, frame in enumerate(frames(said(words))):
        tracker.hear(number, {"surface": frame})
        if number % 8 == 7:
            tracker.settle()
    tracker.close()
    return tracker


def steps(tracker: ReadingTracker) -> str:
    return " ".join("*" if step.word is None else tracker.graph.words[step.word] for step in tracker.passed).lower()


@pytest.mark.parametrize(
    ("spoken", "passed"),
    [
        ("the dog chased seven rabbits home slowly", "the dog chased seven rabbits home slowly"),
        ("the dog chased rabbits home slowly", "the dog chased rabbits home slowly"),
        ("the dog chased seven seven rabbits home", "the dog chased seven seven rabbits home"),
        ("the dog chased the dog chased seven rabbits", "the dog chased the dog chased seven rabbits"),
        ("the dog home seven rabbits home slowly", "the dog * seven rabbits home slowly"),
        ("the dog slowly chased seven rabbits", "the dog * chased seven rabbits"),
    ],
)
def test_what_was_read(spoken: str, passed: str) -> None:
    assert steps(tracked(spoken)) == passed


def test_the_place_is_the_next_word() -> None:
    assert tracked("the dog chased").position == 3
    assert tracked("the dog chased seven rabbits home slowly").position == 7


def test_a_learners_phones_are_still_the_word() -> None:
    tracker = ReadingTracker(reading_graph(TEXT, LEXICON))
    for number, frame in enumerate(frames("D AH . D AO K . CH EY S . S EH B AH N . L AE B IH T S")):
        tracker.hear(number, {"surface": frame})
    tracker.close()
    assert steps(tracker) == "the dog chased seven rabbits"


WORDS = st.lists(st.sampled_from(TEXT.lower().rstrip(".").split()), min_size=1, max_size=14)


@settings(max_examples=40, deadline=None)
@given(words=WORDS)
def test_what_has_passed_never_changes(words: list[str]) -> None:
    tracker = ReadingTracker(reading_graph(TEXT, LEXICON))
    known: list[object] = []
    for number, frame in enumerate(frames(said(" ".join(words)))):
        tracker.hear(number, {"surface": frame})
        tracker.settle()
        assert tracker.passed[: len(known)] == known
        known = list(tracker.passed)
        tentative, position = tracker.tentative()
        assert 0 <= position <= 7
        assert all(a.last < b.first for a, b in pairwise(tentative))
    tracker.close()
    assert tracker.passed[: len(known)] == known


def test_a_long_text_is_followed_in_a_window() -> None:
    text = " ".join([TEXT] * 40)
    spoken = " ".join(TEXT.lower().rstrip(".").split() * 12)
    tracker = tracked(spoken, text)
    assert tracker.position == 12 * 7
    assert len(tracker.passed) == 12 * 7


def test_a_pause_closes_and_reading_goes_on() -> None:
    tracker = ReadingTracker(reading_graph(TEXT, LEXICON))
    number = 0
    for part in ("the dog chased", "chased seven rabbits"):
        for frame in frames(said(part)):
            tracker.hear(number, {"surface": frame})
            number += 1
        tracker.close()
    assert steps(tracker) == "the dog chased chased seven rabbits"
    assert tracker.position == 5


@pytest.mark.parametrize("text", ["", " ... ", "__"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no words"):
        reading_graph(text, LEXICON)


def test_a_word_that_nobody_can_pronounce_is_named() -> None:
    with pytest.raises(UsageError, match="'xylem'"):
        reading_graph("the xylem", LEXICON)


def test_sentences_follow_one_another() -> None:
    assert reading_graph(["The dog.", "Chased!"], LEXICON).words == ("The", "dog", "Chased")
