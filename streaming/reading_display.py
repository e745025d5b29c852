"""A reading for people: the text with a mark on every word that was not simply read, and on the next one.

          text   I think (this) >is right
                 something else is read

``>word``: comes next; ``(word)``: skipped; ``~word``: replaced.  Words ahead are dim; marks need no colour.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from .hypothesis import Reading, ReadingWord

GUTTER = f"{'':<6}{'text':<7}"
CONTINUED = " " * len(GUTTER)
MARKS = {"skipped": ("(", ")"), "replaced": ("~", "")}
STYLES = {"skipped": "bold magenta", "replaced": "bold yellow", "ahead": "dim"}
WORDS_AROUND = 12
"""So many words before and after the place are shown; a long text does not fill the screen."""


def render_reading(reading: Reading, width: int = 80) -> Text:
    """The text around the place, as lines of at most ``width`` cells."""
    first = max(0, reading.position - WORDS_AROUND)
    last = min(len(reading.words), reading.position + WORDS_AROUND)
    pieces = [_piece(reading, index) for index in range(first, last)]
    if first:
        pieces.insert(0, Text("...", style="dim"))
    if last < len(reading.words):
        pieces.append(Text("...", style="dim"))
    lines = _lines(pieces, max(width - len(GUTTER), 1))
    if reading.off_script:
        lines.append(Text("something else is read", style="bold red"))
    gutters = [GUTTER] + [CONTINUED] * (len(lines) - 1)
    return Text("\n").join(Text(gutter, style="dim") + line for gutter, line in zip(gutters, lines, strict=True))


def _piece(reading: Reading, index: int) -> Text:
    word: ReadingWord = reading.words[index]
    before, after = MARKS.get(word.state, ("", ""))
    if index == reading.position:
        before, style = ">" + before, "bold"
    else:
        style = STYLES.get(word.state, "")
    return Text(f"{before}{word.text}{after}", style=style)


def _lines(pieces: list[Text], width: int) -> list[Text]:
    lines = [Text()]
    for piece in pieces:
        if cell_len(lines[-1].plain) and cell_len(lines[-1].plain) + 1 + cell_len(piece.plain) > width:
            lines.append(Text())
        elif cell_len(lines[-1].plain):
            lines[-1].append(" ")
        piece.truncate(width)
        lines[-1].append_text(piece)
    return lines
