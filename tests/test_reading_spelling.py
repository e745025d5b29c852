"""Letters of our own against the words of a text."""

from __future__ import annotations

import numpy as np
import pytest
from test_reading_tracker import LEXICON, TEXT, frames, said, steps

from saidmeant.streaming.reading_graph import reading_graph
from saidmeant.streaming.reading_spelling import EARLY, FADING, WORST, Spelling
from saidmeant.streaming.reading_tracker import ReadingTracker

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz'")


def spelled(spelling: Spelling, letters: str) -> list[float]:
    """Scores after sure letters with silence between; a point is silence too."""
    words = np.arange(len(spelling.known))
    rows = [row for letter in letters for row in ([] if letter == "." else [(letter, -0.01)], [])]
    for frame, candidates in enumerate(rows):
        spelling.hear(frame, candidates, 0, len(words))
    return [round(float(score), 2) for score in spelling.since(words, np.zeros(len(words), np.intp))]


def test_only_letters_since_a_frame_count() -> None:
    spelling = Spelling(["dog"], LETTERS)
    spelled(spelling, "thedog")
    dog = np.zeros(1, np.intp)
    assert spelling.since(dog, np.array([6 + EARLY])) == pytest.approx(-FADING)
    assert spelling.since(dog, np.array([6 + EARLY + 1])) == -WORST


def test_a_word_is_found_among_others() -> None:
    the, dog, home = spelled(Spelling(["The", "dog", "home"], LETTERS), "thedog")
    assert dog == pytest.approx(-FADING)  # a frame ago
    assert the < dog
    assert home < -4


def test_a_double_letter_is_two() -> None:
    single, double = spelled(Spelling(["boks", "books"], LETTERS), "books")
    assert double > single
    assert spelled(Spelling(["books"], LETTERS), "boks")[0] < -1


def test_what_was_spelled_is_forgotten() -> None:
    spelling = Spelling(["dog"], LETTERS)
    spelled(spelling, "dog")
    assert spelled(spelling, "." * 20) == [-WORST]
    spelled(spelling, "dog")
    spelling.forget()
    assert spelled(spelling, "g") == [-WORST]


def test_apostrophes_and_words_that_the_head_cannot_spell() -> None:
    spelling = Spelling(["I\N{RIGHT SINGLE QUOTATION MARK}m", "42", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"], LETTERS)
    assert spelling.known.tolist() == [True, False, False]
    assert spelled(spelling, "i'm")[0] == pytest.approx(-FADING)
    assert Spelling(["dog"], ()).known.tolist() == [False]


@pytest.mark.parametrize(("letters", "passed"), [("dog", "the dog"), ("cat", "the *")])
def test_letters_tell_a_word_said_badly_from_another(letters: str, passed: str) -> None:
    """The same phones, halfway between the two."""
    tracker = ReadingTracker(reading_graph(TEXT, LEXICON), LETTERS)
    phones = frames(said("the") + " . K AO T . . .")
    written = [[], *([(letter, -0.01)] for letter in "the"), [], *([(letter, -0.01)] for letter in letters)]
    for number, frame in enumerate(phones):
        tracker.hear(number, {"surface": frame, "meaning": written[number] if number < len(written) else []})
    tracker.close()
    assert steps(tracker) == passed
