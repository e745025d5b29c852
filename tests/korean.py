"""Updates in Korean of our own: what was said, unit by unit, for a text that was meant."""

from __future__ import annotations

from saidmeant.streaming import Update
from saidmeant.streaming.alignment import divergence
from saidmeant.streaming.jamo import split
from saidmeant.streaming.lanes import Run
from saidmeant.streaming.language import KOREAN
from saidmeant.streaming.lexicon import Lexicon
from saidmeant.streaming.lines import Clock, Scale, meaning_line, surface_line

SCALE = Scale(tuple((level + 0.5) / 16 for level in range(16)), language=KOREAN)
CLOCK = Clock(offset=0, frame_seconds=0.04, limit=60.0)


def runs(text: str) -> list[Run]:
    """A unit on every second frame."""
    return [Run(unit, 2 * i, 2 * i, 15) for i, unit in enumerate(split(text))]


def update_of(text: str, said: str) -> Update:
    """A final update, as a session would make it; said: in Hangul, spaces are ignored."""
    meaning = meaning_line(runs(text), CLOCK, SCALE, final=True)
    surface = surface_line(runs(said.replace(" ", "")), CLOCK, SCALE, final=True)
    spans = KOREAN.spans(meaning.words, surface.tokens, Lexicon({}))
    end = max(meaning.tokens[-1].end, surface.tokens[-1].end)
    return Update(0, 0.0, end, True, surface, meaning, spans, divergence(spans, KOREAN.alike), language="ko")
