"""The tables of ``saidmeant evaluate``, made of the report's plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from .scoring import Scoring

Row = dict[str, Any]


def error_rates_table(whole: Row, how: Scoring) -> Table:
    meaning, surface, canonical = how.keys
    columns = (surface, canonical, meaning)
    table = Table("divergence", title="error rates", title_justify="left")
    for heading in (
        "utterances",
        f"surface {how.surface}",
        f"{how.surface} against canonical",
        f"meaning {how.meaning}",
    ):
        table.add_column(heading, justify="right")
    annotated = any(row["utterances"] for row in whole["bins"])
    for row in whole["bins"] if annotated else []:
        table.add_row(row["divergence"], str(row["utterances"]), *(percent(row[key]) for key in columns))
    table.add_section()
    table.add_row("all", str(whole["utterances"]), *(percent(whole[key]) for key in columns))
    intervals = whole.get("intervals") or {}
    if any(intervals.get(name) for name in (surface, meaning)):
        table.add_row("", "", span(intervals[surface]), "", span(intervals[meaning]))
    return table


def section_tables(figures: Row, scripted: bool, how: Scoring) -> list[Table]:
    """The tables of the sections that there are."""
    if not figures:
        return []
    tables = [
        _detection(figures["detection"], scripted, how),
        verdicts_table(figures["verdicts"]),
        _lawful(figures.get("lawful")),
        _surface(figures["intent_bias"], figures["baseline"], how),
        _calibration(figures["calibration"], how),
        _stability(figures.get("stability"), how),
        _groups(figures["groups"], how),
        _peers(figures.get("peers"), how),
    ]
    return [table for table in tables if table is not None]


def _detection(detection: Row | None, scripted: bool, how: Scoring) -> Table | None:
    """Ours beside the baseline (the expected phones of the meaning line), the text known or not."""
    if detection is None:
        return None
    title = f"mispronounced {how.units} found (threshold of speakers' half A, result on half B)"
    table = Table("", title=title, title_justify="left")
    for heading in ("F1", "precision", "recall", "false accept", "false reject"):
        table.add_column(heading, justify="right")
    for name in ("text_known", "text_unknown") if scripted else ("text_unknown", "text_known"):
        text = name.replace("_", " ")
        table.add_row(f"{text}, surface", *_detection_cells(detection[name]))
        table.add_row(f"{text}, {how.source}", *_detection_cells((detection["baseline"] or {}).get(name)))
    return table


def _detection_cells(found: Row | None) -> list[str]:
    if found is None:
        return ["-"] * 5
    rates = ("precision", "recall", "false_acceptance_rate", "false_rejection_rate")
    f1 = f"{decimal(found['f1'])} {span(found['f1_interval'], decimal)}"
    return [f1, *(percent(found[name]) for name in rates)]


def _surface(bias: Row | None, baseline: Row | None, how: Scoring) -> Table | None:
    """What the surface line makes of mispronounced words, beside the baseline."""
    if bias is None:
        return None
    theirs = baseline or {}
    columns = [bias, theirs.get("intent_bias") or {}]
    table = Table("words as pronounced", title="intent bias", title_justify="left")
    for heading in ("surface", how.source):
        table.add_column(heading, justify="right")
    rows = {
        f"read as canonical, of {bias['mispronounced_words']} mispronounced": "rate",
        "read as canonical, of the others": "correct_words_read_canonical",
        f"{how.surface} of mispronounced words": "per_deviant_words",
        f"{how.surface} of the others": "per_correct_words",
    }
    for label, name in rows.items():
        table.add_row(label, *(percent(column.get(name)) for column in columns))
    table.add_row("ratio of the two", *(decimal(column.get("per_ratio")) for column in columns))
    table.add_row(f"{how.surface} of all", "see above", percent(theirs.get(how.keys[1])))
    return table


def _lawful(found: Row | None) -> Table | None:
    """How often words are called deviant, by what they are (models/lawful.py)."""
    if found is None:
        return None
    table = Table("words said", title="words called deviant", title_justify="left")
    for heading in ("words", "called deviant", "rule not followed", "called different"):
        table.add_column(heading, justify="right")
    for text, kinds in found.items():
        for kind, row in kinds.items():
            called = f"{percent(row['called_deviant'])} {span(row['interval'])}"
            label = f"{kind}, {text.replace('_', ' ')}"
            if row["words"]:
                shares = percent(row["rule_not_followed"]), percent(row["called_different"])
                table.add_row(label, str(row["words"]), called, *shares)
        table.add_section()
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


def _calibration(calibration: Row, how: Scoring) -> Table:
    table = Table("expected calibration error", title="confidence", title_justify="left")
    for heading in ("all speakers", "half B", "count"):
        table.add_column(heading, justify="right")
    for name, label in (("phones", how.units), ("words", "words")):
        found, tested = calibration[name], calibration["half_b"][name]
        if found is not None:
            error = "-" if tested is None else percent(tested["expected_calibration_error"])
            table.add_row(label, percent(found["expected_calibration_error"]), error, str(found["count"]))
    return table


def _stability(found: Row | None, how: Scoring) -> Table | None:
    """What live lines take back (models/stability.py)."""
    if found is None:
        return None
    table = Table("", title="what partial updates showed and later ones changed", title_justify="left")
    for heading in ("changed", "without growing words", "unstable ratio", "stable but changed"):
        table.add_column(heading, justify="right")
    for name, label in (("phones", how.units), ("words", "words")):
        row = found[name]
        changed = f"{percent(row['changed_share'])} {span(row['changed_share_interval'])}"
        rates = (percent(row["rewritten_share"]), percent(row["unstable_ratio"]))
        table.add_row(label, changed, *rates, str(row["stable_but_changed"]))
    return table


def _groups(groups: Sequence[Row], how: Scoring) -> Table | None:
    if not groups:
        return None
    table = Table("", title="groups of speakers", title_justify="left")
    for heading in ("speakers", "utterances", f"surface {how.surface}", f"meaning {how.meaning}"):
        table.add_column(heading, justify="right")
    meaning, surface, _ = how.keys
    for row in groups:
        counts = (str(row["speakers"]), str(row["utterances"]))
        rates = [f"{percent(row[name])} {span(row['intervals'][name])}" for name in (surface, meaning)]
        table.add_row(f"{row['group']}: {row['value']}", *counts, *rates)
    return table


def _peers(peers: Sequence[Row] | None, how: Scoring) -> Table | None:
    """Beside other recognisers; ours is on as many utterances as the peer before it had time for."""
    if not peers:
        return None
    table = Table("", title="beside a peer, numbers spoken out, no punctuation", title_justify="left")
    table.add_column("utterances", justify="right")
    table.add_column(f"meaning {how.meaning}", justify="right")
    rate = how.keys[0]
    for number, peer in enumerate(peers):
        rows = {
            f"{peer['name']} ({peer['kind']})": (rate, "interval"),
            "difference": ("difference", "difference_interval"),
        }
        if not number or peer["utterances"] != peers[number - 1]["utterances"]:
            rows = {"this bundle, streaming": ("ours", "ours_interval"), **rows}
        for label, (name, limits) in rows.items():
            table.add_row(label, str(peer["utterances"]), f"{percent(peer[name])} {span(peer[limits])}")
    return table


def percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1%}"


def decimal(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def span(limits: Sequence[float] | None, show: Any = percent) -> str:
    return "" if limits is None else f"[{show(limits[0])}, {show(limits[1])}]"
