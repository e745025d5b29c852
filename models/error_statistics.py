"""``python -m saidmeant.models.error_statistics MANIFEST``: what speakers did, counted, as a table of error patterns.

Each word's pronounced phones are aligned with its canonical ones at the least cost (:mod:`saidmeant.streaming.phones`
says which phones are near).  A change's weight is its rate: how many of a thousand canonical phones in that position
were changed so.  Sounds that nobody could name are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from saidmeant.streaming.phones import distance

from .evaluate import load
from .manifest import UNKNOWN_PHONE, ManifestError, Utterance

ONE_EDIT = 70  # hundredths; the same for left out and added, as in saidmeant.streaming.alignment
LEAST = 3
"""Changes seen less often than this are left out of the table."""

Counts = Counter[tuple[str, str, tuple[str, ...]]]
"""(place, canonical phone, phones said for it) -> times, the unchanged among them."""


def align_word(canonical: Sequence[str], surface: Sequence[str]) -> list[tuple[str, ...]]:
    """For each canonical phone the phones said for it; added ones belong to the phone before them, or to the first."""
    rows = [[ONE_EDIT * column for column in range(len(surface) + 1)]]
    for phone in canonical:
        row = [rows[-1][0] + ONE_EDIT]
        for column, said in enumerate(surface):
            near = 100 if said == UNKNOWN_PHONE else distance(phone, said)
            row.append(min(rows[-1][column] + near, rows[-1][column + 1] + ONE_EDIT, row[-1] + ONE_EDIT))
        rows.append(row)
    pieces: list[list[str]] = [[] for _ in canonical]
    row_number, column = len(canonical), len(surface)
    while row_number or column:
        cost = rows[row_number][column]
        said = surface[column - 1] if column else ""
        near = 100 if said == UNKNOWN_PHONE else distance(canonical[row_number - 1], said) if row_number else 0
        if row_number and column and cost == rows[row_number - 1][column - 1] + near:
            row_number, column = row_number - 1, column - 1
            pieces[row_number].append(said)
        elif column and cost == rows[row_number][column - 1] + ONE_EDIT:
            column -= 1
            pieces[max(row_number - 1, 0)].append(said)
        else:
            row_number -= 1
    return [tuple(reversed(piece)) for piece in pieces]


def count(utterances: Sequence[Utterance]) -> Counts:
    """Every canonical phone of every word whose pronounced phones are known."""
    counts: Counts = Counter()
    for utterance in utterances:
        for word in utterance.words or ():
            if word.surface is None or not word.canonical:
                continue
            for position, piece in enumerate(align_word(word.canonical, word.surface)):
                counts[_place(position, len(word.canonical)), word.canonical[position], piece] += 1
    return counts


def as_yaml(counts: Counts, l1: str, source: str) -> str:
    """The table as text, most frequent changes first."""
    totals: Counter[tuple[str, str]] = Counter()
    for (place, phone, _), times in counts.items():
        totals[place, phone] += times
    changes = [
        (1000 * times / totals[place, phone], place, phone, piece)
        for (place, phone, piece), times in counts.items()
        if piece != (phone,) and times >= LEAST and UNKNOWN_PHONE not in piece
    ]
    rules = [
        f'      - {{changes: ["{" ".join((phone, "->", *piece))}"], where: [{place}], weight: {rate:.2f}}}'
        for rate, place, phone, piece in sorted(changes, key=lambda c: (-c[0], *c[1:]))
    ]
    head = "# Made by: python -m saidmeant.models.error_statistics\n# weight: changes per 1000 phones in the position\n"
    profile = f"profiles:\n  - l1: {l1}\n    sources: [measured]\n    rules:\n"
    return f"{head}sources:\n  measured: {json.dumps(source)}\n{profile}" + "".join(f"{rule}\n" for rule in rules)


def _place(position: int, length: int) -> str:
    return "word-end" if position == length - 1 else "word-start" if position == 0 else "inside"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m saidmeant.models.error_statistics", description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--l1", default="Mandarin", help="the speakers' first language (default: %(default)s)")
    parser.add_argument("--source", help="one line for the table's sources (default: the manifest's name)")
    arguments = parser.parse_args()
    try:
        counts = count(load(arguments.manifest))
    except ManifestError as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    print(as_yaml(counts, arguments.l1, arguments.source or arguments.manifest.stem), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
