"""Updates for people: two aligned lines, a meaning word above the phones that were said for it.

    0:00  meant  I   think      this     is    right
          said   AY  S IH NG K  DH IH S  IH Z  R AY T
          note       ! TH>S

``note`` stands under a word that was said differently: ``TH>S`` replaced, ``-T`` left out, ``+AH`` added; ``!`` where
the verdict is *different*, ``?`` where it is *unsure*, no note where it is *correct* after all.  A bundle without
verdicts notes every difference.  The phones are in ARPAbet or as renderings.py spells them.

In Korean sound differs from spelling by rule, and the rules that were followed have a line of their own:

    0:00  meant  국물을  맛있게  먹었어요
          said   국무를  마시께  머거써요
          rule   연음    연음    연음 …
          note   no 비음화

The columns are computed by :func:`columns`, cut into rows by :func:`layout`; who shows them is in screen.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from rich.cells import cell_len
from rich.text import Text

from .hypothesis import Gap, Hypothesis, Span, Token, Update, Word
from .language import language_of
from .reading_display import render_reading
from .renderings import Rendering, spell, spell_edit
from .verdict import CORRECT, DIFFERENT, UNSURE

LABELS = ("meant", "said", "rule", "note")
GAP = 2  # cells between columns
TIME_CELLS = 6
LABEL_CELLS = 7
LATE_SECONDS = 0.6  # phones this long after the last word belong to a word that is still to come
_DIFFERENT, _UNSURE, _LAWFUL = "bold yellow", "dim", "green"
_SIGNS = {DIFFERENT: "!", UNSURE: "?"}


@dataclass(frozen=True, slots=True)
class Column:
    """A word, its phones and a note on them; ``stable``: neither can change any more."""

    word: str
    phones: tuple[str, ...]
    note: tuple[str, ...] = ()
    stable: bool = True
    rendering: Rendering = "arpabet"
    doubtful: bool = False
    """Whether the note says no more than that it may have been different."""
    rules: tuple[str, ...] = ()
    """By which sound lawfully differs from spelling."""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of :data:`LABELS`."""
        return self.word, spell(self.phones, self.rendering), " ".join(self.rules), " ".join(self.note)

    @property
    def width(self) -> int:
        return max(cell_len(cell) for cell in self.cells)


def columns(update: Update, phones: Rendering = "arpabet") -> list[Column]:
    """An update as columns: by its spans if it is final, else by time.  A stable one stays as it is."""
    language = language_of(update.language)
    phones = language.rendering(phones)
    if update.spans:
        read = update.reading is not None  # what was skipped says so in the line of the text
        return [_spanned(span, phones, noted=bool(span.surface) or not read) for span in update.spans]
    words = update.meaning.words
    sizes = language.together([token.text for token in update.surface.tokens])
    groups = _by_time(words, update.surface.tokens, sizes)
    found, done, settled = [], 0, _settled(update.meaning)
    for index, (word, group) in enumerate(zip((*(word.text for word in words), ""), groups, strict=True)):
        done += len(group)
        if word or group:
            stable = update.final or (index < settled and done <= update.surface.stable)
            found.append(Column(word, tuple(phone.text for phone in group), stable=stable, rendering=phones))
    return found


def _settled(meaning: Hypothesis) -> int:
    """How many words can change no more, nor where the next one begins, which decides whose the phones between are."""
    letters = [" ", *(token.text for token in meaning.tokens[: meaning.stable])]
    begun = sum(before == " " != letter for before, letter in pairwise(letters))
    return max(0, begun - 1)


def layout(columns: Sequence[Column], width: int) -> list[list[Column]]:
    """Cut columns into rows of at most ``width`` cells; a column that is wider than a row is itself cut."""
    rows: list[list[Column]] = [[]]
    used = 0
    for piece in (piece for column in columns for piece in _cut(column, width)):
        if rows[-1] and used + piece.width > width:
            rows.append([])
            used = 0
        rows[-1].append(piece)
        used += piece.width + GAP
    return rows


def render(update: Update, width: int = 80, phones: Rendering = "arpabet") -> Text:
    """An update as styled lines of at most ``width`` cells; ``.plain`` is the same without colours."""
    time = clock(update.start)
    lines = []
    for row in layout(columns(update, phones), max(width - TIME_CELLS - LABEL_CELLS, 1)):
        for index, label in enumerate(LABELS):
            if label in ("rule", "note") and not any(column.cells[index] for column in row):
                continue
            gutter = f"{time:<{TIME_CELLS - 1}} {label:<{LABEL_CELLS}}"
            time = ""
            lines.append(_line(gutter, row, label))
    if update.reading is not None:
        lines.append(render_reading(update.reading, width))
    if update.gap is not None:
        lines = lines if columns(update) else []
        lines.append(Text(f"{clock(update.gap.start):<{TIME_CELLS}}{describe_gap(update.gap)}", style="bold red"))
    return Text("\n").join(lines)


def clock(seconds: float) -> str:
    """A time of the session: 1:05"""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def describe_gap(gap: Gap) -> str:
    """What is missing, in words."""
    return f"[{gap.end - gap.start:.1f} s of audio lost from {clock(gap.start)} on]"


def _line(gutter: str, row: Sequence[Column], label: str) -> Text:
    line = Text().append(gutter, style="dim")
    for column in row:
        cell = column.cells[LABELS.index(label)]
        line.append(cell, style=_style(column, label))
        line.append(" " * (column.width - cell_len(cell) + GAP))
    line.rstrip()
    return line


def _style(column: Column, label: str) -> str:
    if not column.stable:
        return _UNSURE
    if label == "rule":
        return _LAWFUL
    return (_UNSURE if column.doubtful else _DIFFERENT) if column.note and label != "meant" else ""


def _spanned(span: Span, phones: Rendering, noted: bool) -> Column:
    noted = noted and span.word != "" and span.verdict != CORRECT
    edits = tuple(_differences(span, phones)) if noted else ()
    sign = _SIGNS.get(span.verdict or "", "")
    note = (sign, *edits) if sign and edits else edits
    return Column(span.word, span.surface, note, rendering=phones, doubtful=span.verdict == UNSURE, rules=_rules(span))


def _differences(span: Span, phones: Rendering) -> Iterable[str]:
    """Every edit; for those of a rule that was not followed ``no`` and its name."""
    if span.explanation is None:
        return [spell_edit(edit, phones) for edit in span.edits]
    found: list[str] = []
    for deviation in span.explanation.deviations:
        named = [f"no {deviation.rule.rule}"] if deviation.rule else []
        found += named or [spell_edit(edit, phones) for edit in deviation.edits]
    return dict.fromkeys(found)


def _rules(span: Span) -> tuple[str, ...]:
    changes = span.explanation.changes if span.explanation and span.word else ()
    return tuple(dict.fromkeys(change.rule for change in changes))


def _by_time(words: Sequence[Word], phones: Sequence[Token], sizes: Sequence[int]) -> list[list[Token]]:
    """The phones of every word, then those after the last word: a phone goes to the word on its side of the middle of
    the gap between two words.  sizes: of pieces of the line that stay together."""
    limits = [(left.end + right.start) / 2 for left, right in pairwise(words)]
    limits += [words[-1].end + LATE_SECONDS] if words else []
    groups: list[list[Token]] = [[] for _ in range(len(words) + 1)]
    index, rest = 0, iter(phones)
    for piece in (list(islice(rest, size)) for size in sizes):
        while index < len(limits) and (piece[0].start + piece[-1].end) / 2 > limits[index]:
            index += 1
        groups[index] += piece
    return groups


def _cut(column: Column, width: int) -> Iterable[Column]:
    """A column in pieces that fit; only the first carries the word, and notes follow as they fit."""
    if column.width <= width:
        return [column]
    pieces = []
    word, phones, rules, notes = column.word, list(column.phones), list(column.rules), list(column.note)
    while word or phones or rules or notes:
        said, note = _fitting(phones, width, column.rendering), _fitting(notes, width)
        piece = replace(column, word=_head(word, width), phones=said, note=note, rules=_fitting(rules, width))
        word = word[len(piece.word) :]
        pieces.append(piece)
    return pieces


def _head(word: str, width: int) -> str:
    length = len(word)
    while length > 1 and cell_len(word[:length]) > width:
        length -= 1
    return word[:length]


def _fitting(items: list[str], width: int, rendering: Rendering = "arpabet") -> tuple[str, ...]:
    """Take from the front of ``items`` what fits into ``width`` cells, at least one item."""
    count = min(1, len(items))
    while count < len(items) and cell_len(spell(items[: count + 1], rendering)) <= width:
        count += 1
    taken = tuple(items[:count])
    del items[:count]
    return taken
