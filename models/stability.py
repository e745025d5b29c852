"""How often a live line takes back what it has shown.

Every word (phone) counts as emitted when it appears at its place in the line or replaces another there, and as changed
if a later update of the segment has another one, or none, at that place.  A word that only gains letters, as the last
one does while it is spoken, is counted among the changed ones and once more as grown.  ``unstable_ratio`` is the
unstable partial word ratio of Shangguan et al. 2020 (Analyzing the quality and stability of a streaming end-to-end
on-device speech recognizer, arXiv 2006.01416): what was changed, over the length of the finals; without what only grew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, zip_longest

from saidmeant.streaming.hypothesis import Hypothesis, Update


@dataclass(frozen=True, slots=True)
class Stability:
    """Counts of one line over all updates of its segments."""

    emitted: int = 0
    changed: int = 0
    grown: int = 0
    """Of the changed ones."""
    final: int = 0
    broken: int = 0
    """Tokens that an update called stable and a later one changed; 0, or there is a mistake in the runtime."""

    @property
    def counts(self) -> tuple[int, ...]:
        return self.emitted, self.changed, self.grown, self.final, self.broken

    def __add__(self, other: Stability) -> Stability:
        return Stability(*(a + b for a, b in zip(self.counts, other.counts, strict=True)))


def stability(updates: Iterable[Update]) -> tuple[Stability, Stability]:
    """Of the phones of the surface line, and of the words of the meaning line.  updates: all, partial and final."""
    phones, words = Stability(), Stability()
    for _, group in groupby(updates, key=lambda update: update.segment):
        segment = list(group)
        surfaces, meanings = [update.surface for update in segment], [update.meaning for update in segment]
        phones += of_line([[phone.text for phone in line.tokens] for line in surfaces], broken(surfaces))
        words += of_line([[word.text for word in line.words] for line in meanings], broken(meanings))
    return phones, words


def of_line(states: Sequence[Sequence[str]], broken: int = 0) -> Stability:
    """Of one segment, from the successive states of its line."""
    emitted = changed = grown = 0
    shown: Sequence[str] = ()
    for state in states:
        for old, new in zip_longest(shown, state):
            if old != new:
                emitted += new is not None
                changed += old is not None
                grown += bool(old and new and new.startswith(old))
        shown = state
    return Stability(emitted, changed, grown, len(shown), broken)


def broken(lines: Sequence[Hypothesis]) -> int:
    """How many tokens, times and confidences included, were called stable and changed in the next update."""
    return sum(
        a != b
        for old, new in pairwise(lines)
        for a, b in zip_longest(old.tokens[: old.stable], new.tokens[: old.stable])
    )
