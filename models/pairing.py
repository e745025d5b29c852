"""Which item of one sequence answers to which of another: the alignments that the figures of an evaluation rest on.

One dynamic program (Needleman & Wunsch 1970) with integer costs, so that going back through its table compares exactly.
Three uses of it, which differ in what a pair costs, are the aligners that reports name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rapidfuzz.distance import Levenshtein

from saidmeant.streaming.alignment import INSERTED, LEFT_OUT
from saidmeant.streaming.jamo import CODAS, ONSETS, VOWELS
from saidmeant.streaming.jamo_distance import jamo_distance
from saidmeant.streaming.phones import UNRELATED
from saidmeant.streaming.phones import distance as phone_distance

from .manifest import UNKNOWN_PHONE

Pair = tuple[int | None, int | None]
"""Positions in the reference and in what was heard; None: left out there, or added."""
Cost = Callable[[str, str], int]

EDIT = 100_000
"""More than all tie-breaking of a segment, so that the number of edits decides first."""
_JAMO = ONSETS | VOWELS | CODAS


def distance(one: str, other: str) -> int:
    """Hundredths of an edit between two phones, or two jamo: no symbol is both."""
    return jamo_distance(one, other) if one in _JAMO else phone_distance(one, other)


def pair(reference: Sequence[str], heard: Sequence[str], cost: Cost, left_out: int, added: int) -> list[Pair]:
    """The cheapest alignment, in order.  Among equals an item is rather replaced than left out and another added."""
    costs = [[cost(expected, item) for item in heard] for expected in reference]
    rows = [[column * added for column in range(len(heard) + 1)]]
    for own in costs:
        before = rows[-1]
        row = [before[0] + left_out]
        for column, replaced in enumerate(own, 1):
            row.append(min(before[column - 1] + replaced, row[-1] + added, before[column] + left_out))
        rows.append(row)
    return _way_back(rows, costs, added)


def _way_back(rows: Sequence[Sequence[int]], costs: Sequence[Sequence[int]], added: int) -> list[Pair]:
    row, column = len(rows) - 1, len(rows[0]) - 1
    pairs: list[Pair] = []
    while row or column:
        here = rows[row][column]
        if row and column and here == rows[row - 1][column - 1] + costs[row - 1][column - 1]:
            row, column = row - 1, column - 1
            pairs.append((row, column))
        elif column and here == rows[row][column - 1] + added:
            column -= 1
            pairs.append((None, column))
        else:
            row -= 1
            pairs.append((row, None))
    return pairs[::-1]


def pair_by_articulation(canonical: Sequence[str], heard: Sequence[str]) -> list[Pair]:
    """Phones by the costs of the runtime's alignment (streaming/alignment.py): similar phones replace each other."""
    return pair(canonical, heard, distance, LEFT_OUT, INSERTED)


def pair_phones(reference: Sequence[str], heard: Sequence[str]) -> list[Pair]:
    """Phones with the fewest edits, as error rates count them; of those alignments the articulatorily closest.

    ``<unk>`` in the reference, a sound that nobody could name, is right whatever one phone was heard.
    """
    return pair(reference, heard, _phone_edit, EDIT, EDIT)


def pair_words(reference: Sequence[str], heard: Sequence[str]) -> list[Pair]:
    """Words with the fewest edits; of those alignments the one whose pairs are spelled most alike."""
    return pair(reference, heard, _word_edit, EDIT, EDIT)


def _phone_edit(expected: str, heard: str) -> int:
    if expected in (heard, UNKNOWN_PHONE):
        return 0
    return EDIT + min(distance(expected, heard), UNRELATED)


def _word_edit(expected: str, heard: str) -> int:
    return 0 if expected == heard else EDIT + round(100 * Levenshtein.normalized_distance(expected, heard))
