"""Does the recogniser wait for people who hesitate?

    python -m saidmeant.models.pauses ../shared/data/speechocean762-dev.jsonl --traces pauses.jsonl --curve

Clips are put together with hesitations inside and pauses between them (models/hesitations.py), decoded once
(models/pause_traces.py), and every preset is tried on them.  Early cuts: the share of hesitations in which a segment
ended.  Missed: the share of pauses between utterances in which none ended.  Wait: milliseconds of audio from the last
sound of an utterance to the final update.  Presets are chosen on half A of the speakers, figures are those of half B.

--curve shows what a shorter wait costs: of a grid of pauses, the one with the fewest early cuts on half A whose wait
stays under a limit, and what it does on half B.  It also shows how well a line that looks finished tells an end from a
hesitation, and how well it would if every word had been recognised (models/looks.py).
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from saidmeant.streaming.endpoint import PRESETS, EndpointConfig
from saidmeant.streaming.errors import SaidMeantError
from saidmeant.streaming.language_model import LanguageModel
from saidmeant.streaming.recognizer import Recognizer

from .evaluate import load, recognise
from .hesitations import sessions
from .looks import ENDS_FOUND, Separation, looks, separations
from .manifest import ManifestError, Utterance
from .pause_traces import Outcome, Trace, outcomes, read_traces, trace, write_traces
from .records import Record, Records, key, open_records, recognizer_digest
from .report_tables import percent, span
from .statistics import RESAMPLES, SEED, Interval, halves, interval

Row = dict[str, Any]
WAIT_LIMITS_MS = (800, 900, 1_000, 1_100, 1_200, 1_300, 1_400, 1_600)
LONGEST_WAIT_MS = 1_800.0
"""Of 95 % of the utterances, in the grid of ``--curve``."""
GRID = {
    "pause_ms": (1_500, 1_600, 1_700),
    "finished_pause_ms": (600, 700, 800, 860, 900, 1_000, 1_100, 1_200, 1_300),
    "finished_from": (0.015, 0.02, 0.03, 0.04, 0.045, 0.05, 0.06, 0.08, 0.1, 0.15),
}


def figures(found: Sequence[Outcome]) -> Row:
    """The figures of a rule, rates as fractions, waits in milliseconds, each with its 95 % interval over speakers."""
    hesitations = [outcome for outcome in found if not outcome.complete]
    pauses = [outcome for outcome in found if outcome.complete]
    cut = [(o.speaker, float(o.wait_ms is not None), 1.0) for o in hesitations]
    missed = [(o.speaker, float(o.wait_ms is None), 1.0) for o in pauses]
    waits = [(o.speaker, o.wait_ms) for o in pauses if o.wait_ms is not None]
    return {
        "hesitations": len(hesitations),
        "early_cuts": _share(cut),
        "early_cuts_interval": interval(cut),
        "pauses": len(pauses),
        "missed": _share(missed),
        "missed_interval": interval(missed),
        **{f"wait_p{p}_ms": _percentile([wait for _, wait in waits], p) for p in (50, 90, 95)},
        **{f"wait_p{p}_interval": percentile_interval(waits, p) for p in (50, 90, 95)},
    }


def percentile_interval(values: Sequence[tuple[str, float]], percentile: float) -> Interval | None:
    """The 95 % interval of a percentile, by resampling speakers; None with fewer than two."""
    by_speaker = [[value for who, value in values if who == speaker] for speaker in sorted({who for who, _ in values})]
    if len(by_speaker) < 2:
        return None
    drawn = np.random.default_rng(SEED).integers(0, len(by_speaker), (RESAMPLES, len(by_speaker)))
    found = [_percentile([value for i in row for value in by_speaker[i]], percentile) for row in drawn]
    low, high = np.percentile(np.array(found, float), (2.5, 97.5))
    return float(low), float(high)


def judged(traces: Iterable[Trace], rule: EndpointConfig) -> list[Outcome]:
    """What a rule makes of all pauses of some sessions."""
    return [outcome for each in traces for outcome in outcomes(each, rule)]


def curve(half_a: Sequence[Trace], half_b: Sequence[Trace]) -> list[Row]:
    """For each limit on the median wait the settings with the fewest early cuts on half A, and what they do on both."""
    tried = []
    for values in itertools.product(*GRID.values()):
        settings = dict(zip(GRID, values, strict=True))
        if settings["finished_pause_ms"] <= settings["pause_ms"]:
            found = judged(half_a, EndpointConfig(**settings))
            cuts = _share([(o.speaker, float(o.wait_ms is not None), 1.0) for o in found if not o.complete])
            waits = [o.wait_ms for o in found if o.complete and o.wait_ms is not None]
            tried.append((cuts or 0.0, _percentile(waits, 50), _percentile(waits, 95), settings))
    rows = []
    for limit in WAIT_LIMITS_MS:
        inside = [t for t in tried if (t[1] or 0) <= limit and (t[2] or 0) <= LONGEST_WAIT_MS]
        if inside:
            best = min(inside, key=lambda t: t[:2])[3]
            rule = EndpointConfig(**best)
            both = {"A": figures(judged(half_a, rule)), "B": figures(judged(half_b, rule))}
            rows.append({"limit_ms": limit, "settings": best, **both})
    return rows


def table(rows: Sequence[tuple[str, Row]], title: str) -> Table:
    """Rules and their figures, for people."""
    shown = Table("", title=title, title_justify="left")
    for heading in ("early cuts", "missed", "wait p50 ms", "p90", "p95"):
        shown.add_column(heading, justify="right")
    for name, row in rows:
        rates = [f"{percent(row[rate])} {span(row[f'{rate}_interval'])}" for rate in ("early_cuts", "missed")]
        waits = [f"{_ms(row[f'wait_p{p}_ms'])} {span(row[f'wait_p{p}_interval'], _ms)}" for p in (50, 90, 95)]
        shown.add_row(name, *rates, *waits)
    return shown


def looks_table(rows: Sequence[tuple[str, Separation | None]]) -> Table:
    """How well lines that look finished tell ends from hesitations, for people."""
    shown = Table("", title="hesitations that look finished where so many ends do", title_justify="left")
    for heading in (*(f"{share:.0%} of ends" for share in ENDS_FOUND), "area under curve"):
        shown.add_column(heading, justify="right")
    for name, found in rows:
        if found is not None:
            shown.add_row(name, *map(percent, found.mistaken), f"{found.area:.2f}")
    return shown


def _share(parts: Sequence[tuple[str, float, float]]) -> float | None:
    return sum(part for _, part, _ in parts) / len(parts) if parts else None


def _percentile(values: Sequence[float], percentile: float) -> float | None:
    return float(np.percentile(values, percentile)) if values else None


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _traces(options: argparse.Namespace, recognizer: Recognizer) -> list[Trace]:
    source = {
        "digest": recognizer_digest(recognizer),
        "manifest": options.manifest.name,
        "per_speaker": options.per_speaker,
        "seed": options.seed,
    }
    if options.traces and options.traces.exists():
        return read_traces(options.traces, source)
    utterances = load(options.manifest)
    kept = open_records(options.records, recognizer) if options.records else Records()
    speeches = sessions(utterances, _recognised(recognizer, kept, options.manifest), options.per_speaker, options.seed)
    found: Iterator[Trace] = (trace(recognizer, speech) for speech in speeches)
    if options.traces:
        found = write_traces(options.traces, source, found)
    total = len({utterance.speaker for utterance in utterances})
    try:
        return list(track(found, "decoding", total, console=Console(stderr=True), transient=True))
    finally:
        kept.close()


def _recognised(recognizer: Recognizer, kept: Records, manifest: Path) -> Callable[[Utterance], Record]:
    def recognised(utterance: Utterance) -> Record:
        if key(utterance) not in kept.recognised:
            kept.add(utterance, recognise(recognizer, utterance, manifest))
        return kept.recognised[key(utterance)]

    return recognised


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.pauses",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("manifest", type=Path, metavar="MANIFEST", help="with the canonical phones of every word")
    parser.add_argument("--bundle", default="en-base", help="shipped name or folder (default: %(default)s)")
    parser.add_argument("--per-speaker", type=int, default=3, metavar="N", help="utterances of each (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="of everything drawn (default: 1)")
    parser.add_argument("--records", type=Path, metavar="FILE", help="of `saidmeant evaluate`: clips not decoded again")
    parser.add_argument("--traces", type=Path, metavar="FILE", help="keep what was decoded here, or take it from here")
    parser.add_argument("--curve", action="store_true", help="also what a shorter wait costs")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        recognizer = Recognizer.load(options.bundle)
        traces = _traces(options, recognizer)
    except (SaidMeantError, ManifestError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    first, _ = halves(each.speaker for each in traces)
    sides = {"A": [t for t in traces if t.speaker in first], "B": [t for t in traces if t.speaker not in first]}
    found = {
        side: {name: figures(judged(part, rule)) for name, rule in PRESETS.items()} for side, part in sides.items()
    }
    traded = curve(sides["A"], sides["B"]) if options.curve else []
    told: dict[str, dict[str, Separation | None]] = {}
    if options.curve and isinstance(recognizer.language_model, LanguageModel):
        told = {side: separations(looks(part, recognizer.language_model)) for side, part in sides.items()}
    if options.json:
        plain = {side: {n: r and dataclasses.asdict(r) for n, r in rows.items()} for side, rows in told.items()}
        print(json.dumps({"presets": found, "curve": traded, "looks": plain}))
        return 0
    console = Console()
    for side, rows in found.items():
        counts = next(iter(rows.values()))
        title = f"half {side}: {counts['hesitations']} hesitations, {counts['pauses']} pauses"
        console.print(table(list(rows.items()), title))
    if traded:
        rows_b = [(f"p50 on A <= {r['limit_ms']}: " + ", ".join(map(str, r["settings"].values())), r) for r in traded]
        for side in ("A", "B"):
            console.print(table([(n, r[side]) for n, r in rows_b], f"what a shorter wait costs, half {side}"))
    if told:
        console.print(looks_table([(f"half {s}, {name}", r) for s, rows in told.items() for name, r in rows.items()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
