"""The report of ``saidmeant evaluate``: scores of utterances, summed, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from .metrics import ErrorRate, total

BINS = (("0", 0.0), ("<=5%", 0.05), ("<=15%", 0.15), (">15%", float("inf")))
"""Label and upper limit of the divergence of pronounced from canonical phones."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """One utterance; rates are None where the manifest does not say what they need."""

    meaning: ErrorRate | None
    surface: ErrorRate | None
    canonical: ErrorRate | None
    bin: str | None
    audio_seconds: float
    recognition_seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of the utterances that were recognised, ``complete`` if those are all that were asked for."""

    scores: tuple[Score, ...]
    complete: bool = True
    figures: Row = field(default_factory=dict)
    """What models/figures.py and models/comparison.py computed."""
    scripted: bool = False
    """Whether detection with the text known comes first."""

    def as_dict(self) -> Row:
        """Rates are fractions; null where the manifest has nothing to measure them by."""
        audio = sum(score.audio_seconds for score in self.scores)
        seconds = sum(score.recognition_seconds for score in self.scores)
        return {
            **_rates(self.scores),
            "real_time_factor": seconds / audio if audio else None,
            "audio_seconds": round(audio, 3),
            "bins": [{"divergence": label, **_rates(self._of_bin(label))} for label, _ in BINS],
            "complete": self.complete,
            **self.figures,
        }

    def _of_bin(self, label: str) -> list[Score]:
        return [score for score in self.scores if score.bin == label]

    def table(self) -> RenderableType:
        """The same for people."""
        whole = self.as_dict()
        tables = [_error_rates(whole), *_tables(self.figures, self.scripted)]
        return Group(*tables)

    def footer(self) -> str:
        whole = self.as_dict()
        factor = "-" if whole["real_time_factor"] is None else f"{whole['real_time_factor']:.3f}"
        without = sum(score.surface is None for score in self.scores)
        minutes = whole["audio_seconds"] / 60
        lines = [f"real-time factor {factor} on one thread ({minutes:.1f} min of audio; reading the files not counted)"]
        if without:
            lines.append(f"{without} utterances whose pronounced phones are not known count for WER only")
        if self.figures:
            lines.append(
                "[] = 95 % interval, bootstrap over speakers; lexicon = its phones of the meaning line's words"
            )
        if not self.complete:
            lines.append("incomplete: stopped before the end of the manifest")
        return "\n".join(lines)


def _rates(scores: Sequence[Score]) -> Row:
    sums = {
        "meaning_wer": total(score.meaning for score in scores),
        "surface_per": total(score.surface for score in scores),
        "canonical_per": total(score.canonical for score in scores),
    }
    rates = {name: None if found is None else found.rate for name, found in sums.items()}
    return {**rates, "utterances": len(scores)}


def _error_rates(whole: Row) -> Table:
    table = Table("divergence", title="error rates", title_justify="left")
    for heading in ("utterances", "surface PER", "PER against canonical", "meaning WER"):
        table.add_column(heading, justify="right")
    for row in whole["bins"]:
        table.add_row(row["divergence"], *_cells(row))
    table.add_section()
    table.add_row("all", *_cells(whole))
    intervals = whole.get("intervals") or {}
    if any(intervals.get(name) for name in ("surface_per", "meaning_wer")):
        table.add_row("", "", span(intervals["surface_per"]), "", span(intervals["meaning_wer"]))
    return table


def _cells(rates: Row) -> list[str]:
    shown = [rates["surface_per"], rates["canonical_per"], rates["meaning_wer"]]
    return [str(rates["utterances"]), *map(percent, shown)]


def _tables(figures: Row, scripted: bool) -> list[Table]:
    """The tables of the sections that there are."""
    if not figures:
        return []
    tables = [
        _detection(figures["detection"], scripted),
        verdicts_table(figures["verdicts"]),
        _surface(figures["intent_bias"], figures["baseline"]),
        _calibration(figures["calibration"]),
        _stability(figures.get("stability")),
        _groups(figures["groups"]),
        _peer(figures.get("peer")),
    ]
    return [table for table in tables if table is not None]


def _detection(detection: Row | None, scripted: bool) -> Table | None:
    """Ours beside the baseline (the lexicon's phones of the meaning line), the text known or not."""
    if detection is None:
        return None
    title = "mispronounced phones found (threshold of speakers' half A, result on half B)"
    table = Table("", title=title, title_justify="left")
    for heading in ("F1", "precision", "recall", "false accept", "false reject"):
        table.add_column(heading, justify="right")
    for name in ("text_known", "text_unknown") if scripted else ("text_unknown", "text_known"):
        text = name.replace("_", " ")
        table.add_row(f"{text}, surface", *_detection_cells(detection[name]))
        table.add_row(f"{text}, lexicon", *_detection_cells((detection["baseline"] or {}).get(name)))
    return table


def _detection_cells(found: Row | None) -> list[str]:
    if found is None:
        return ["-"] * 5
    rates = ("precision", "recall", "false_acceptance_rate", "false_rejection_rate")
    f1 = f"{decimal(found['f1'])} {span(found['f1_interval'], decimal)}"
    return [f1, *(percent(found[name]) for name in rates)]


def _surface(bias: Row | None, baseline: Row | None) -> Table | None:
    """What the surface line makes of mispronounced words, beside the baseline."""
    if bias is None:
        return None
    theirs = baseline or {}
    columns = [bias, theirs.get("intent_bias") or {}]
    table = Table("words as pronounced", title="intent bias", title_justify="left")
    for heading in ("surface", "lexicon"):
        table.add_column(heading, justify="right")
    rows = {
        f"read as canonical, of {bias['mispronounced_words']} mispronounced": "rate",
        "read as canonical, of the others": "correct_words_read_canonical",
        "PER of mispronounced words": "per_deviant_words",
        "PER of the others": "per_correct_words",
    }
    for label, name in rows.items():
        table.add_row(label, *(percent(column.get(name)) for column in columns))
    table.add_row("ratio of the two", *(decimal(column.get("per_ratio")) for column in columns))
    table.add_row("PER of all", "see above", percent(theirs.get("surface_per")))
    return table


def verdicts_table(verdicts: Row | None) -> Table | None:
    """How often ``different`` is right, by what counts as mispronounced."""
    if verdicts is None:
        return None
    table = Table("", title="words called different (speakers' half B)", title_justify="left")
    table.add_column("words", justify="right")
    truths = list(verdicts["text_known"]["different"])
    for truth in truths:
        table.add_column(f"precision, recall if {truth}", justify="right")
    for name in ("text_known", "text_unknown"):
        found = verdicts[name]["different"]
        cells = [f"{percent(found[t]['precision'])}, {percent(found[t]['recall'])}" for t in truths]
        table.add_row(name.replace("_", " "), str(found[truths[0]]["alarms"]), *cells)
    return table


def _calibration(calibration: Row) -> Table:
    table = Table("expected calibration error", title="confidence", title_justify="left")
    for heading in ("all speakers", "half B", "count"):
        table.add_column(heading, justify="right")
    for name in ("phones", "words"):
        found, tested = calibration[name], calibration["half_b"][name]
        if found is not None:
            error = "-" if tested is None else percent(tested["expected_calibration_error"])
            table.add_row(name, percent(found["expected_calibration_error"]), error, str(found["count"]))
    return table


def _stability(found: Row | None) -> Table | None:
    """What live lines take back (models/stability.py)."""
    if found is None:
        return None
    table = Table("", title="what partial updates showed and later ones changed", title_justify="left")
    for heading in ("changed", "without growing words", "unstable ratio", "stable but changed"):
        table.add_column(heading, justify="right")
    for name in ("phones", "words"):
        row = found[name]
        changed = f"{percent(row['changed_share'])} {span(row['changed_share_interval'])}"
        rates = (percent(row["rewritten_share"]), percent(row["unstable_ratio"]))
        table.add_row(name, changed, *rates, str(row["stable_but_changed"]))
    return table


def _groups(groups: Sequence[Row]) -> Table | None:
    if not groups:
        return None
    table = Table("", title="groups of speakers", title_justify="left")
    for heading in ("speakers", "utterances", "surface PER", "meaning WER"):
        table.add_column(heading, justify="right")
    for row in groups:
        counts = (str(row["speakers"]), str(row["utterances"]))
        rates = [f"{percent(row[name])} {span(row['intervals'][name])}" for name in ("surface_per", "meaning_wer")]
        table.add_row(f"{row['group']}: {row['value']}", *counts, *rates)
    return table


def _peer(peer: Row | None) -> Table | None:
    if peer is None:
        return None
    table = Table("", title="beside a peer, numbers spoken out, no punctuation", title_justify="left")
    table.add_column("meaning WER", justify="right")
    rows = {
        "this bundle, streaming": ("ours", "ours_interval"),
        f"{peer['name']} (int8, offline)": ("meaning_wer", "interval"),
        "difference": ("difference", "difference_interval"),
    }
    for label, (rate, limits) in rows.items():
        table.add_row(label, f"{percent(peer[rate])} {span(peer[limits])}")
    return table


def percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1%}"


def decimal(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def span(limits: Sequence[float] | None, show: Any = percent) -> str:
    return "" if limits is None else f"[{show(limits[0])}, {show(limits[1])}]"
