"""Final updates as documents for other programs: Praat's TextGrid, SRT and WebVTT subtitles, CSV.

Times and figures are rounded as in JSON, so that an export of a session that was kept as JSON is the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias, get_args

from .errors import UsageError
from .hypothesis import Span, Update
from .language import language_of
from .renderings import Rendering, spell, spell_phone

Format: TypeAlias = Literal["textgrid", "srt", "vtt", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
CSV_COLUMNS = (
    *("file", "segment", "word", "start", "end", "canonical", "said", "edits"),
    *("confidence", "verdict", "in_lexicon", "goodness", "explanation"),
)


def to_textgrid(updates: Iterable[Update], duration: float | None = None, *, phones: Rendering = "arpabet") -> str:
    """A Praat TextGrid with the tiers ``meant`` (words), ``canonical`` and ``said`` (phones).

    duration: the recording's length in seconds, which a TextGrid has to cover; None: up to the last phone.
    phones: "arpabet", "ipa" or "respelling".  Updates that are not final are left out.
    """
    from .textgrid import textgrid

    return textgrid(_settled(updates), duration or 0.0, phones)


def to_srt(updates: Iterable[Update], *, phones: Rendering = "arpabet") -> str:
    """SubRip subtitles: the words meant, and below what was said where it differs.  See streaming/subtitles.py."""
    from .subtitles import subtitles

    return subtitles(_settled(updates), "srt", phones)


def to_vtt(updates: Iterable[Update], *, phones: Rendering = "arpabet") -> str:
    """The same as WebVTT, for a ``<track>`` on a web page."""
    from .subtitles import subtitles

    return subtitles(_settled(updates), "vtt", phones)


def to_csv(updates: Iterable[Update], *, file: str = "", phones: Rendering = "arpabet", header: bool = True) -> str:
    """A table with a row per span, comma-separated, lines end in a line feed (:data:`CSV_COLUMNS`).

    file: goes into the first column.  ``edits`` has ``canonical>said`` with an empty side for what was left out or
    added, and ``goodness`` has ``phone:value``: no cell can begin with a sign that spreadsheets take for a formula.
    ``explanation``: for Korean, see docs/korean.md.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    if header:
        writer.writerow(CSV_COLUMNS)
    for update in _settled(updates):
        shown = language_of(update.language).rendering(phones)
        writer.writerows(_row(file, update, span, shown) for span in update.spans)
    return table.getvalue()


def export(
    updates: Sequence[Update],
    kind: Format,
    *,
    duration: float | None = None,
    file: str = "",
    phones: Rendering = "arpabet",
) -> str:
    """A document by the name of its format.  Raises UsageError for one that does not exist."""
    if kind == "textgrid":
        return to_textgrid(updates, duration, phones=phones)
    if kind == "srt":
        return to_srt(updates, phones=phones)
    if kind == "vtt":
        return to_vtt(updates, phones=phones)
    if kind == "csv":
        return to_csv(updates, file=file, phones=phones)
    raise UsageError(f"unknown format {kind!r}; there are {', '.join(FORMATS)}")


def _settled(updates: Iterable[Update]) -> list[Update]:
    """Final updates with the precision of JSON."""
    return [Update.from_dict(update.as_dict()) for update in updates if update.final]


def _row(file: str, update: Update, span: Span, phones: Rendering) -> list[object]:
    def one(phone: str | None) -> str:
        return spell_phone(phone or "", phones)

    return [
        file,
        update.segment,
        span.word,
        f"{span.start:.3f}",
        f"{span.end:.3f}",
        spell(span.canonical, phones),
        spell(span.surface, phones),
        " ".join(f"{one(edit.canonical)}>{one(edit.surface)}" for edit in span.edits),
        f"{span.confidence:.3f}",
        span.verdict or "",
        str(span.in_lexicon).lower(),
        " ".join(
            f"{one(phone)}:{value + 0.0:.3f}" for phone, value in zip(span.canonical, span.goodness, strict=False)
        ),
        _explained(span),
    ]


def _explained(span: Span) -> str:
    """The kind, the rules that were followed, and what no rule explains: ``deviant: 비음화, lax/tense/aspirated``."""
    if span.explanation is None:
        return ""
    rules = [change.rule for change in span.explanation.changes]
    for each in span.explanation.deviations:
        rules.append(each.pattern if each.rule is None else f"{each.pattern} ({each.rule.rule})")
    return ": ".join(filter(None, (span.explanation.kind, ", ".join(dict.fromkeys(rules)))))
