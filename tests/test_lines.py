"""Runs to hypotheses: words from characters, times, confidences, what is stable."""

from __future__ import annotations

from saidmeant.streaming import Hypothesis, Token, Word
from saidmeant.streaming.lanes import Run
from saidmeant.streaming.lines import Clock, Scale, meaning_line, surface_line

SCALE = Scale(tuple((level + 0.5) / 16 for level in range(16)))
CLOCK = Clock(offset=-4, frame_seconds=0.04, limit=10.0)


def characters(text: str, first: int = 4) -> list[Run]:
    return [Run("|" if c == " " else c, first + 2 * i, first + 2 * i, 15) for i, c in enumerate(text)]


def test_words_and_their_times() -> None:
    line = meaning_line(characters("i think"), CLOCK, SCALE, final=True)
    assert line.text == "I think"
    assert [(w.text, round(w.start, 2), round(w.end, 2)) for w in line.words] == [
        ("I", 0.0, 0.04),
        ("think", 0.16, 0.52),
    ]
    assert line.stable == len(line.tokens) == 7


def test_stray_boundaries_make_no_words() -> None:
    assert meaning_line(characters("  a   b "), CLOCK, SCALE, final=True).text == "a b"
    assert meaning_line(characters(" "), CLOCK, SCALE, final=True).words == ()


def test_first_person() -> None:
    assert meaning_line(characters("i'm in so i'd"), CLOCK, SCALE, final=True).text == "I'm in so I'd"


def test_surface_line() -> None:
    line = surface_line([Run("TH", 4, 6, 8), Run("IH", 8, 8, 0)], CLOCK, SCALE, final=False)
    assert line == Hypothesis(
        "TH IH", (Token("TH", 0.0, 0.12, SCALE.levels[8]), Token("IH", 0.16, 0.2, SCALE.levels[0])), (), 1
    )


def test_no_token_ends_after_the_audio() -> None:
    line = surface_line([Run("T", 20, 24, 3)], Clock(0, 0.04, 0.9), SCALE, final=True)
    assert (line.tokens[0].start, line.tokens[0].end) == (0.8, 0.9)


def test_word_confidence_is_the_mean_of_its_characters() -> None:
    runs = [Run("a", 4, 4, 0), Run("t", 5, 5, 15)]
    assert meaning_line(runs, CLOCK, SCALE, final=True).words == (Word("at", 0.0, 0.08, 0.5),)
