"""How a reading looks: golden lines."""

from __future__ import annotations

from rich.cells import cell_len

from saidmeant.streaming.display import render
from saidmeant.streaming.hypothesis import Hypothesis, Reading, ReadingWord, Update
from saidmeant.streaming.reading_display import render_reading


def reading(states: str, position: int, off_script: bool = False) -> Reading:
    names = {"r": "read", "s": "skipped", "x": "replaced", "a": "ahead"}
    words = tuple(ReadingWord(f"word{i}", names[state]) for i, state in enumerate(states))
    return Reading(position, words, (), off_script)


def test_every_mark() -> None:
    assert render_reading(reading("rsxaa", 3)).plain == "      text   word0 (word1) ~word2 >word3 word4"


def test_the_end() -> None:
    assert render_reading(reading("rr", 2)).plain == "      text   word0 word1"


def test_something_else() -> None:
    lines = render_reading(reading("xa", 1, off_script=True)).plain.splitlines()
    assert lines == ["      text   ~word0 >word1", "             something else is read"]


def test_a_long_text_is_cut_around_the_place() -> None:
    lines = render_reading(reading("r" * 50 + "a" * 50, 50), width=40).plain.splitlines()
    assert all(cell_len(line) <= 40 for line in lines)
    assert " ".join(" ".join(lines).split()).startswith("text ... word38")
    assert lines[-1].endswith("...")
    assert ">word50" in "\n".join(lines)


def test_it_stands_under_both_lines() -> None:
    update = Update(0, 0.0, 1.0, False, Hypothesis(""), Hypothesis(""), reading=reading("ra", 1))
    assert render(update).plain.splitlines()[-1] == "      text   word0 >word1"
