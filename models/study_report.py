"""The entanglement study on paper: Markdown tables and plots, from what models/study_measures.py kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .metrics import ErrorRate
from .recipe import Recipe
from .report import BINS
from .scoring import scoring
from .statistics import interval
from .study_measures import Row

PHONES, WORDS = slice(2, 4), slice(4, 6)
"""Where edits and length stand in a row of measures: [speaker, bin, phone edits, phones, word edits, words]"""
SINGLE = {"surface": "SO-s", "meaning": "SO-m"}
SHARED = "DO"
LABELS = [label for label, _ in BINS]
Cells = Sequence[str]
Utterances = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What all variants of a study have in common."""

    layers: int
    steps: int
    surface: str
    """What its error rate is called in the language: PER, jamo ER."""
    meaning: str
    tests: dict[str, str]
    """What the sets are called in the measures, and the names of their manifests."""

    @classmethod
    def of(cls, recipe: Recipe, synthetic: Path) -> Setting:
        """That of a study's recipe."""
        names = scoring(recipe.language)
        tests = {"synthetic": synthetic.stem, "dev": Path(recipe.dev).stem}
        return cls(recipe.encoder.layers, recipe.schedule.steps, names.surface, names.meaning, tests)


@dataclass(frozen=True, slots=True)
class Studied:
    """One variant: its measures with each seed, and its price."""

    name: str
    what: str
    measures: tuple[Row, ...]
    price: Row

    def rows(self, test: str) -> Utterances:
        """The utterances of a test set, of all seeds together."""
        return [row for measure in self.measures for row in measure["errors"][test]]

    def has(self, what: slice, test: str) -> bool:
        """Whether the model wrote that line (a model without it has no reference length either)."""
        return any(row[what][1] for row in self.rows(test))


def rate(rows: Utterances, what: slice, label: str | None = None) -> float | None:
    """Error rate of these utterances, or of those of one divergence bin."""
    chosen = [row[what] for row in rows if label in (None, row[1])]
    return sum((ErrorRate(*each) for each in chosen), ErrorRate()).rate


def errors_table(studied: Sequence[Studied], test: str, setting: Setting) -> str:
    """Error rates of all variants on one set, by divergence bin."""
    head = [
        "model",
        f"surface {setting.surface}",
        *(f"{setting.surface}, {label}" for label in LABELS),
        "against SO-s",
        f"meaning {setting.meaning}",
        "against SO-m",
    ]
    by_name = {each.name: each for each in studied}
    lines = []
    for each in studied:
        rows = each.rows(test)
        phones = [_with_interval(rows, PHONES), *(_percent(rate(rows, PHONES, label)) for label in LABELS)]
        words = [_with_interval(rows, WORDS)]
        phones.append(_difference(rows, by_name[SINGLE["surface"]].rows(test), PHONES, each.name != SINGLE["surface"]))
        words.append(_difference(rows, by_name[SINGLE["meaning"]].rows(test), WORDS, each.name != SINGLE["meaning"]))
        lines.append([f"{each.name} ({each.what})", *(phones if each.has(PHONES, test) else ["-"] * len(phones))])
        lines[-1] += words if each.has(WORDS, test) else ["-"] * len(words)
    return markdown(head, lines)


def alignment_table(studied: Sequence[Studied], layers: int) -> str:
    """Linear CKA layer by layer, seeds averaged."""
    lines = []
    for each in studied:
        rows = [row for measure in each.measures for row in [*measure["branches"], *measure["twins"]]]
        for one, other in dict.fromkeys((row["one"], row["other"]) for row in rows):
            cells = []
            for depth in range(1, layers + 1):
                found = [r["cka"] for r in rows if (r["one"], r["other"], r["depth"]) == (one, other, depth)]
                cells.append(f"{sum(found) / len(found):.2f}" if found else "shared")
            lines.append([each.name, f"{one} / {other}", *cells])
    return markdown(["model", "linear CKA of", *(f"layer {depth}" for depth in range(1, layers + 1))], lines)


def probe_table(studied: Sequence[Studied], setting: Setting) -> str:
    """Heads trained on a frozen branch: their own task's, and the other's."""
    lines = []
    for each in studied:
        for branch, task in dict.fromkeys((p["branch"], p["task"]) for m in each.measures for p in m["probes"]):
            rows = [
                r
                for m in each.measures
                for p in m["probes"]
                if (p["branch"], p["task"]) == (branch, task)
                for r in p["rows"]
            ]
            what = PHONES if task == "surface" else WORDS
            lines.append([each.name, branch, task, "own" if branch == task else "crossed", _with_interval(rows, what)])
    head = ["model", "frozen branch", "task of the new head", "", f"{setting.surface} / {setting.meaning}"]
    return markdown(head, lines)


def price_table(studied: Sequence[Studied]) -> str:
    """What each variant costs on the device."""
    plain = next(each for each in studied if each.name == SHARED).price["real_time_factor"]
    lines = [
        [
            each.name,
            f"{each.measures[0]['parameters'] / 1e6:.1f} M",
            f"{each.price['size_mb']:.1f} MB",
            f"{each.price['real_time_factor']:.3f}",
            f"{each.price['real_time_factor'] / plain:.2f}",
        ]
        for each in studied
    ]
    head = ["model", "parameters", "bundle (int8)", "real-time factor (one thread)", f"against {SHARED}"]
    return markdown(head, lines)


def markdown(head: Cells, lines: Iterable[Cells]) -> str:
    """A table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *lines]) + "\n"


def write_report(studied: Sequence[Studied], setting: Setting, folder: Path) -> None:
    """``tables.md``, ``surface_by_bin.png`` and ``alignment.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = len(studied[0].measures)
    how = f"{setting.steps} steps each, {seeds} seed{'s' if seeds > 1 else ''}; float, greedy, 320 ms chunks"
    parts = [f"{how}; [] = 95 % interval, bootstrap over speakers, differences paired.\n"]
    for test, name in setting.tests.items():
        parts += [f"{name}, surface error by divergence of what was said from what was meant:\n"]
        parts += [errors_table(studied, test, setting)]
    parts += [f"Alignment of the representations ({setting.tests['dev']}):\n", alignment_table(studied, setting.layers)]
    parts += [f"Heads trained on frozen branches ({setting.tests['dev']}):\n", probe_table(studied, setting)]
    parts += ["Price:\n", price_table(studied)]
    (folder / "tables.md").write_text("\n".join(parts), encoding="utf-8", newline="\n")
    _plot_bins(studied, setting, folder / "surface_by_bin.png")
    _plot_alignment(studied, setting.layers, folder / "alignment.png")


def _plot_bins(studied: Sequence[Studied], setting: Setting, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for each in studied:
        if each.has(PHONES, "synthetic"):
            rates = [100 * (rate(each.rows("synthetic"), PHONES, label) or 0.0) for label in LABELS]
            axes.plot(LABELS, rates, marker="o", label=each.name)
    axes.set(xlabel="divergence of said from meant", ylabel=f"surface {setting.surface}, %", ylim=(0, None))
    axes.legend()
    figure.savefig(path, dpi=150)


def _plot_alignment(studied: Sequence[Studied], layers: int, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for each in studied:
        points = [row for measure in each.measures for row in measure["branches"]]
        depths = sorted({row["depth"] for row in points})
        means = [[row["cka"] for row in points if row["depth"] == depth] for depth in depths]
        if depths:
            shared = list(range(1, depths[0]))
            axes.plot(
                [*shared, *depths],
                [*[1.0] * len(shared), *(sum(m) / len(m) for m in means)],
                marker="o",
                label=each.name,
            )
    axes.set(xlabel="layer", ylabel="linear CKA, surface against meaning", ylim=(0, 1.05), xlim=(1, layers))
    axes.legend()
    figure.savefig(path, dpi=150)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _with_interval(rows: Utterances, what: slice) -> str:
    found = interval((row[0], *row[what]) for row in rows)
    return _percent(rate(rows, what)) + (f" [{100 * found[0]:.1f}, {100 * found[1]:.1f}]" if found else "")


def _difference(rows: Utterances, twin: Utterances, what: slice, wanted: bool) -> str:
    """Points more than the twin on the same utterances."""
    if not wanted or len(rows) != len(twin):
        return "-"
    pairs = [(a[0], a[what][0] - b[what][0], a[what][1]) for a, b in zip(rows, twin, strict=True)]
    length = sum(pair[2] for pair in pairs)
    found = interval(pairs)
    if not length or found is None:
        return "-"
    points = 100 * sum(pair[1] for pair in pairs) / length
    return f"{points:+.1f} [{100 * found[0]:+.1f}, {100 * found[1]:+.1f}]"
