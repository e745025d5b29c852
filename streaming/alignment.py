"""Which surface phones belong to which meaning word, and how they differ from how the word should sound.

One dynamic program runs through all words of a segment in order.  Each word offers its pronunciations, each phone of
them is said, replaced (cheaper by a similar phone, see :mod:`.phones`) or left out, and extra phones may be inserted in
a word or, where no word is near in time, between words.  Time decides only what phones cannot: the two lanes of the
model date the same sound up to 0.2 s apart.

Costs are integers, hundredths of an edit, so that going back through the tables compares exactly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from .connected_speech import connected
from .hypothesis import Divergence, Edit, Span, Token, Word
from .lexicon import Lexicon, Pronunciation
from .phones import distance

Costs = NDArray[np.int64]
Distance: TypeAlias = Callable[[str, str], int]
"""Hundredths of an edit between two phones."""

LEFT_OUT = 70
INSERTED = 70
OUTSIDE = 100
"""An extra phone between words, so that it takes 0.3 s of distance to push one out of the nearest word."""
OTHER_PRONUNCIATION = 5
"""Every pronunciation but the usual one must fit better than it by this."""
TOLERANCE_SECONDS = 0.2
PER_SECOND = 300
MOST_FOR_TIME = 250


@dataclass(frozen=True, slots=True)
class _Variant:
    """One pronunciation of one word and its table: row i, column j = cost with i of its phones and j surface phones."""

    phones: Pronunciation
    rows: list[Costs]
    substitutions: list[Costs]


@dataclass(frozen=True, slots=True)
class _Step:
    """One move of the best path; a step of an extra phone between words has no canonical phone and ``word`` None."""

    word: int | None
    canonical: str | None
    surface: int | None


def align(words: Sequence[Word], phones: Sequence[Token], lexicon: Lexicon) -> tuple[Span, ...]:
    """Exactly one span per word, in order, and spans with an empty word for phones that belong to none.

    Concatenated, the spans' surfaces are the surface line.  Times are those of a span's phones, or of its word if it
    has none, moved where needed so that spans follow one another.
    """
    pronounced = [lexicon.pronounce(word.text) for word in words]
    in_lexicon = [each.in_lexicon for each in pronounced]
    return align_to(words, phones, connected(words, pronounced), in_lexicon, distance)


def align_to(
    words: Sequence[Word],
    phones: Sequence[Token],
    options: Sequence[Sequence[Pronunciation]],
    in_lexicon: Sequence[bool],
    phone_distance: Distance,
) -> tuple[Span, ...]:
    """The same for any language: the pronunciations of each word, the usual one first, and how far phones are apart."""
    aligner = _Aligner(words, phones, [each or [()] for each in options], phone_distance)
    chosen, steps = aligner.best_path()
    groups = _group(steps, len(words))
    spans = [_span(index, group, words, phones, chosen, in_lexicon) for index, group in groups]
    return tuple(_in_order(spans))


def divergence(spans: Sequence[Span], alike: Callable[[Iterable[str]], Sequence[str]] = tuple) -> Divergence:
    """Levenshtein distance between all canonical and all surface phones; the rate is 0 where no phones are expected.

    alike: phones with one for each set that counts as the same.
    """
    canonical = alike(phone for span in spans for phone in span.canonical)
    surface = alike(phone for span in spans for phone in span.surface)
    edits = Levenshtein.distance(canonical, surface)
    return Divergence(edits, len(canonical), edits / len(canonical) if canonical else 0.0)


class _Aligner:
    """The tables of one segment: forward through the words, then back along the cheapest path."""

    def __init__(
        self,
        words: Sequence[Word],
        phones: Sequence[Token],
        pronunciations: Sequence[Sequence[Pronunciation]],
        phone_distance: Distance,
    ) -> None:
        self._distance = phone_distance
        self.texts = [phone.text for phone in phones]
        self.middles = np.array([(phone.start + phone.end) / 2 for phone in phones])
        self.outside = OUTSIDE * np.arange(len(phones) + 1, dtype=np.int64)
        self.late = [self._late(word) for word in words]
        self._to_all: dict[str, Costs] = {}
        start = np.full(len(phones) + 1, 10**9, dtype=np.int64)
        start[0] = 0
        self.gaps = [start]  # per word: cost before extra phones that stand in front of it
        self.entries: list[Costs] = []
        self.tables: list[list[_Variant]] = []
        self.best_variants: list[NDArray[np.intp]] = []
        for late, options in zip(self.late, pronunciations, strict=True):
            self._add_word(late, options)
        self.end = self._spread(self.gaps[-1], self.outside)

    def _late(self, word: Word) -> Costs:
        """(phones,) what it costs each phone to be this far in time from a word."""
        seconds = np.maximum(word.start - self.middles, self.middles - word.end) - TOLERANCE_SECONDS
        late: Costs = np.clip(PER_SECOND * seconds, 0, MOST_FOR_TIME).astype(np.int64)
        return late

    def _add_word(self, late: Costs, options: Sequence[Pronunciation]) -> None:
        entry = self._spread(self.gaps[-1], self.outside)
        inserted = np.concatenate([[0], np.cumsum(late + INSERTED)])
        variants = []
        for number, phones in enumerate(options):
            rows = [self._spread(entry + (OTHER_PRONUNCIATION if number else 0), inserted)]
            substitutions = [self._substitution(phone) + late for phone in phones]
            for costs in substitutions:
                row = rows[-1] + LEFT_OUT
                np.minimum(row[1:], rows[-1][:-1] + costs, out=row[1:])
                rows.append(self._spread(row, inserted))
            variants.append(_Variant(phones, rows, substitutions))
        exits = np.stack([variant.rows[-1] for variant in variants])
        best = exits.argmin(axis=0)
        self.entries.append(entry)
        self.tables.append(variants)
        self.best_variants.append(best)
        self.gaps.append(exits[best, np.arange(exits.shape[1])])

    def _spread(self, row: Costs, extra: Costs) -> Costs:
        """The row when any number of extra phones may follow; ``extra``: their cumulative cost."""
        spread: Costs = np.minimum.accumulate(row - extra) + extra
        return spread

    def _substitution(self, canonical: str) -> Costs:
        if canonical not in self._to_all:
            self._to_all[canonical] = np.array([self._distance(canonical, text) for text in self.texts], dtype=np.int64)
        return self._to_all[canonical]

    def best_path(self) -> tuple[list[Pronunciation], list[_Step]]:
        """The pronunciation of every word and the steps through them, first to last."""
        steps: list[_Step] = []
        chosen: list[Pronunciation] = []
        column = self._leave_gap(len(self.texts), self.end, self.gaps[-1], steps)
        for index in reversed(range(len(self.tables))):
            variant = self.tables[index][self.best_variants[index][column]]
            chosen.append(variant.phones)
            column = self._leave_word(index, variant, column, steps)
            column = self._leave_gap(column, self.entries[index], self.gaps[index], steps)
        return chosen[::-1], steps[::-1]

    def _leave_gap(self, column: int, after: Costs, before: Costs, steps: list[_Step]) -> int:
        while after[column] != before[column]:
            column -= 1
            steps.append(_Step(None, None, column))
        return column

    def _leave_word(self, index: int, variant: _Variant, column: int, steps: list[_Step]) -> int:
        """Back from a word's last phone to before its first.  Prefers saying a phone to inserting to leaving out."""
        inserted = self.late[index] + INSERTED
        row = len(variant.phones)
        entered = self.entries[index] + (variant.rows[0][0] - self.entries[index][0])
        while row or variant.rows[0][column] != entered[column]:
            cost = variant.rows[row][column]
            phone = variant.phones[row - 1] if row else None
            if (
                row
                and column
                and cost == variant.rows[row - 1][column - 1] + variant.substitutions[row - 1][column - 1]
            ):
                row, column = row - 1, column - 1
                steps.append(_Step(index, phone, column))
            elif column and cost == variant.rows[row][column - 1] + inserted[column - 1]:
                column -= 1
                steps.append(_Step(index, None, column))
            else:
                row -= 1
                steps.append(_Step(index, phone, None))
        return column


def _group(steps: Sequence[_Step], words: int) -> list[tuple[int | None, list[_Step]]]:
    """Steps by word, in order; a word without steps gets an empty group in its place."""
    groups: list[tuple[int | None, list[_Step]]] = []
    done = -1
    for step in steps:
        if not groups or groups[-1][0] != step.word:
            if step.word is not None:
                groups += [(index, []) for index in range(done + 1, step.word)]
                done = step.word
            groups.append((step.word, []))
        groups[-1][1].append(step)
    return groups + [(index, []) for index in range(done + 1, words)]


def _span(
    index: int | None,
    steps: Sequence[_Step],
    words: Sequence[Word],
    phones: Sequence[Token],
    chosen: Sequence[Pronunciation],
    in_lexicon: Sequence[bool],
) -> Span:
    """Confidence: the word's times the mean of its phones', as if the two lines were independent."""
    said = [phones[step.surface] for step in steps if step.surface is not None]
    word = None if index is None else words[index]
    heard = sum(phone.confidence for phone in said) / len(said) if said else 1.0
    return Span(
        word="" if word is None else word.text,
        start=said[0].start if said or word is None else word.start,
        end=said[-1].end if said or word is None else word.end,
        canonical=() if index is None else chosen[index],
        surface=tuple(phone.text for phone in said),
        edits=tuple(edit for step in steps if (edit := _edit(step, phones)) is not None),
        confidence=heard if word is None else heard * word.confidence,
        in_lexicon=index is None or in_lexicon[index],
    )


def _edit(step: _Step, phones: Sequence[Token]) -> Edit | None:
    said = None if step.surface is None else phones[step.surface].text
    if said == step.canonical:
        return None
    return Edit("insert" if step.canonical is None else "delete" if said is None else "replace", step.canonical, said)


def _in_order(spans: Sequence[Span]) -> list[Span]:
    """Words without phones have the other lane's times: keep them between the phones around them."""
    latest = [float("inf")]
    for span in reversed(spans):
        latest.append(min(latest[-1], span.start) if span.surface else latest[-1])
    ordered: list[Span] = []
    for span, ceiling in zip(spans, reversed(latest[:-1]), strict=True):
        if not span.surface:
            start = min(max(span.start, ordered[-1].end if ordered else 0.0), ceiling)
            span = dataclasses.replace(span, start=start, end=max(start, min(span.end, ceiling)))
        ordered.append(span)
    return ordered
