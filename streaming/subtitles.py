"""Final updates as subtitles: the words meant, and under them the words that were said differently.

    I think this is right
    think [S IH NG K]

A cue has one line of words, at most 42 characters and 6 seconds, about what subtitling guidelines advise (Netflix: 42
characters, 7 seconds), and breaks at pauses.  It stays for a second after its last word, unless the next one comes
before.  pysubs2 writes the files.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pysubs2
from rich.cells import cell_len

from .hypothesis import Span, Update
from .language import language_of
from .renderings import Rendering, spell

LINE_CHARACTERS = 42
DIFFERENCE_LINES = 2
CUE_SECONDS = 6.0
PAUSE_SECONDS = 0.8
LINGER_SECONDS = 1.0
SHORTEST_SECONDS = 0.001  # WebVTT wants an end after the start
UNHEARD = "not heard"


@dataclass(frozen=True, slots=True)
class Cue:
    """What is on the screen at once; seconds."""

    start: float
    end: float
    words: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        return [" ".join(self.words), *self.difference_lines]

    @property
    def difference_lines(self) -> list[str]:
        return textwrap.wrap("  ".join(self.differences), LINE_CHARACTERS, break_long_words=False)


def subtitles(updates: Sequence[Update], kind: Literal["srt", "vtt"], phones: Rendering = "arpabet") -> str:
    """The text of an SRT or WebVTT file."""
    cues = [cue for update in updates for cue in _cues(_parts(update, phones))]
    document = pysubs2.SSAFile()
    for cue, following in zip(cues, [*cues[1:], None], strict=True):
        latest = cue.end + LINGER_SECONDS
        end = latest if following is None else min(latest, following.start)
        end = max(end, cue.end, cue.start + SHORTEST_SECONDS)
        text = r"\N".join(cue.lines)  # the line break of pysubs2's own format
        if kind == "vtt":
            text = html.escape(text, quote=False)
        document.append(pysubs2.SSAEvent(start=round(cue.start * 1000), end=round(end * 1000), text=text))
    return document.to_string(kind, apply_styles=False)


def _parts(update: Update, phones: Rendering) -> list[Cue]:
    """Every word as a cue of its own; phones that belong to no word go to the word before them."""
    if not update.spans:
        return [Cue(word.start, word.end, (word.text,), ()) for word in update.meaning.words]
    phones = language_of(update.language).rendering(phones)
    parts = list[Cue]()
    for span in update.spans:
        word = (span.word,) if span.word else ()
        part = Cue(span.start, max(span.start, span.end), word, _differences(span, phones))
        if word or not parts:
            parts.append(part)
        else:
            parts[-1] = _joined(parts[-1], part)
    return parts


def _differences(span: Span, phones: Rendering) -> tuple[str, ...]:
    if not (span.verdict == "different" if span.word and span.verdict is not None else span.differs):
        return ()
    said = f"[{spell(span.surface, phones) or UNHEARD}]"
    return (f"{span.word} {said}" if span.word else f"+{said}",)


def _cues(parts: Sequence[Cue]) -> list[Cue]:
    """Words joined as long as they fit into a cue."""
    cues = list[Cue]()
    for part in parts:
        if cues and part.start - cues[-1].end < PAUSE_SECONDS and _fits(_joined(cues[-1], part)):
            cues[-1] = _joined(cues[-1], part)
        else:
            cues.append(part)
    return cues


def _fits(cue: Cue) -> bool:
    return (
        cell_len(" ".join(cue.words)) <= LINE_CHARACTERS  # a syllable of Hangul is as wide as two letters
        and len(cue.difference_lines) <= DIFFERENCE_LINES
        and cue.end - cue.start <= CUE_SECONDS
    )


def _joined(one: Cue, other: Cue) -> Cue:
    return Cue(one.start, max(one.end, other.end), one.words + other.words, one.differences + other.differences)
