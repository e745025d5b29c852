"""Accounts: passes in, states of words and events out."""

from __future__ import annotations

import pytest

from saidmeant.streaming.hypothesis import Token
from saidmeant.streaming.reading import Account, Said
from saidmeant.streaming.reading_tracker import Pass

TEXT = "one two three four five".split()


def account(*passes: int | str, length: int = 3) -> Account:
    """A number: that word is read; letters: so many phones that are not in the text.  length: phones of every word."""
    made = Account(TEXT, [length] * len(TEXT))
    place = 0
    for number, step in enumerate(passes):
        count = 3 if isinstance(step, int) else len(step)
        phones = tuple(Token("AH", number + i / 10, number + i / 10 + 0.1, 0.9) for i in range(count))
        word = step if isinstance(step, int) else None
        place = step if isinstance(step, int) else place
        made.add(Pass(word, place, number * 25, number * 25 + 24, 0.0), Said(number, number + 0.9, phones, "heard"))
        place += isinstance(step, int)
    made.end_segment()
    return made


def states(made: Account) -> str:
    return " ".join(word.state for word in made.words)


def events(made: Account) -> list[tuple[str, int, int]]:
    return [(event.kind, event.first, event.last) for event in made.events]


@pytest.mark.parametrize(
    ("passes", "expected_states", "expected_events"),
    [
        ((0, 1, 2, 3, 4), "read read read read read", []),
        ((0, 1), "read read ahead ahead ahead", []),
        ((0, 3, 4), "read skipped skipped read read", [("skipped", 1, 2)]),
        ((0, "xyz", 2), "read replaced read ahead ahead", [("replaced", 1, 1)]),
        ((0, "x", 2), "read skipped read ahead ahead", [("skipped", 1, 1)]),
        ((0, 1, "abcdef"), "read read replaced replaced replaced", [("replaced", 2, 4)]),
        ((0, 1, "ab"), "read read ahead ahead ahead", [("inserted", 1, 2)]),
        ((0, "x", 4), "read skipped skipped skipped read", [("skipped", 1, 3)]),
        ((0, "xyz", 1, 2), "read read read ahead ahead", [("inserted", 0, 1)]),
        ((0, "x", 1, 2), "read read read ahead ahead", []),
        ((0, 1, 1, 2), "read read read ahead ahead", [("repeated", 1, 1)]),
        ((0, 1, 2, 1, 2, 3), "read read read read ahead", [("restart", 1, 2)]),
        ((0, 2, 1, 2), "read read read ahead ahead", [("skipped", 1, 1), ("correction", 1, 2)]),
        ((0, "xyz", 2, 1, 2), "read read read ahead ahead", [("replaced", 1, 1), ("correction", 1, 2)]),
    ],
)
def test_words_and_events(
    passes: tuple[int | str, ...], expected_states: str, expected_events: list[tuple[str, int, int]]
) -> None:
    made = account(*passes)
    assert states(made) == expected_states
    assert events(made) == expected_events


def test_speech_may_leave_one_phone_of_a_short_word() -> None:
    assert states(account(0, "x", 2, length=2)) == "read read read ahead ahead"


def test_what_replaced_a_word_is_told() -> None:
    (event,) = account(0, "xyz", 2).events
    assert (event.surface, event.heard, event.start) == (("AH", "AH", "AH"), "heard", 1)


@pytest.mark.parametrize(
    ("passes", "off_script"), [((0, 1, "xyz", 3), False), ((0, "xyzxyz"), True), (("xyz",), False), (("xyzxyz",), True)]
)
def test_something_else_was_read(passes: tuple[int | str, ...], off_script: bool) -> None:
    assert account(*passes).off_script is off_script


def test_a_copy_leaves_the_account_alone() -> None:
    made = account(0, 1)
    copied = made.copied()
    copied.add(Pass(4, 4, 100, 120, 0.0), Said(4.0, 4.5))
    assert events(made) == []
    assert events(copied) == [("skipped", 2, 3)]
