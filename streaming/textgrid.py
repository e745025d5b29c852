"""Final updates as a Praat TextGrid: the words meant, the canonical phones of each, the phones said.

Praat wants every tier to cover the recording from its start to its end, intervals that touch and do not overlap, and
empty ones where there is nothing (its manual, "TextGrid file formats").  praatio fills the gaps and writes the file.
The times are the recogniser's: a phone lasts as long as the network shows it, often one frame of 40 ms, and the silence
up to the next phone is not added to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter

from praatio.utilities import textgrid_io

from .hypothesis import Update
from .language import language_of
from .renderings import Rendering, spell, spell_phone

SHORTEST_SECONDS = 0.001
TIERS = ("meant", "canonical", "said")

Interval = tuple[float, float, str]


def textgrid(updates: Sequence[Update], duration: float, phones: Rendering = "arpabet") -> str:
    """The text of a TextGrid ("long" format, UTF-8) of ``duration`` seconds, longer if something was said after it."""
    words, canonical, said = list[Interval](), list[Interval](), list[Interval]()
    for update in updates:
        shown = language_of(update.language).rendering(phones)
        for span in update.spans:
            if span.word:
                words.append((span.start, span.end, span.word))
                canonical.append((span.start, span.end, spell(span.canonical, shown)))
        if not update.spans:
            words += [(word.start, word.end, word.text) for word in update.meaning.words]
        said += [(token.start, token.end, spell_phone(token.text, shown)) for token in update.surface.tokens]
    tiers = [tile(intervals) for intervals in (words, canonical, said)]
    end = max([duration, SHORTEST_SECONDS, *(tier[-1][1] for tier in tiers if tier)])
    if end - duration < SHORTEST_SECONDS and all(tier[-1][0] < duration for tier in tiers if tier):  # rounded up
        tiers = [[(start, min(stop, duration), label) for start, stop, label in tier] for tier in tiers]
        end = duration
    entries = [
        {"class": "IntervalTier", "name": name, "xmin": 0.0, "xmax": end, "entries": tier}
        for name, tier in zip(TIERS, tiers, strict=True)
    ]
    return str(
        textgrid_io.getTextgridAsStr({"xmin": 0.0, "xmax": end, "tiers": entries}, "long_textgrid", True)
    )  # True: with the empty intervals


def tile(intervals: Iterable[Interval]) -> list[Interval]:
    """Intervals in order that do not overlap and are not empty, at millisecond precision; no label is lost.

    One that begins inside its predecessor ends that; one without length gets a millisecond, the next begins after it.
    """
    tiled = list[Interval]()
    for start, end, label in sorted(((round(s, 3), round(e, 3), t) for s, e, t in intervals), key=itemgetter(0)):
        if tiled and start < tiled[-1][1]:
            before = tiled[-1]
            middle = max(start, round(before[0] + SHORTEST_SECONDS, 3))
            tiled[-1] = (before[0], middle, before[2])
            start = middle
        tiled.append((start, max(end, round(start + SHORTEST_SECONDS, 3)), label))
    return tiled
