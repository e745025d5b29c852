"""A profile as an HTML page of one file: the tables, the definitions and plots as inline SVG; nothing is fetched.

The plots are matplotlib's, which is no dependency of the runtime: a device that is profiled writes JSON and a table
without it, and whoever wants the page has it or installs the extra ``profile``.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import SaidMeantError, UsageError
from .profile_report import DEFINITIONS, PERCENTILES, Profile, caption, totals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FELT = ("word latency", "phone latency")
PARTS = ("encoder per chunk", "filter bank per chunk", "result per chunk", "Python per chunk")
STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child{text-align:left}svg{max-width:100%;height:auto}dt{font-weight:600}"""


def write_page(profile: Profile, path: Path) -> None:
    """Raises SaidMeantError if matplotlib is missing or the file cannot be written."""
    plots = [svg for svg in (_latencies(profile), _parts(profile), _speeds(profile)) if svg]
    try:
        path.write_text(page(profile, plots), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def page(profile: Profile, plots: list[str]) -> str:
    """The whole document."""
    escape = html.escape
    head = "".join(f"<th>{name}</th>" for name in ("ms", *(f"p{percent}" for percent in PERCENTILES), "max"))
    rows = "".join(
        f"<tr><td>{escape(figure)}</td>"
        + "".join(f"<td>{profile.percentile(figure, percent) or 0:.1f}</td>" for percent in (*PERCENTILES, 100))
        + "</tr>"
        for figure in profile.samples
    )
    single = "".join(f"<tr><td>{escape(figure)}</td><td>{escape(value)}</td></tr>" for figure, value in totals(profile))
    meanings = "".join(f"<dt>{escape(figure)}</dt><dd>{escape(text)}</dd>" for figure, text in DEFINITIONS.items())
    sources = "".join(f"<p>{escape(line)}</p>" for line in caption(profile).splitlines())
    title = f"{escape(profile.bundle)}: {profile.chunk_ms} + {profile.look_ahead_ms} ms, {profile.threads} threads"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<h1>{title}</h1>{sources}{''.join(plots)}<table><tr>{head}</tr>{rows}</table><table>{single}</table>"
        f"<h2>What the figures mean</h2><dl>{meanings}</dl></html>\n"
    )


def _latencies(profile: Profile) -> str:
    """How many words and phones are shown so long after they were said."""
    figures = [figure for figure in FELT if profile.samples.get(figure)]
    if not figures:
        return ""

    def draw(axes: Axes) -> None:
        for figure in figures:
            values = sorted(profile.samples[figure])
            axes.step(values, [(i + 1) / len(values) for i in range(len(values))], where="post", label=figure)
        axes.set(xlabel="ms after it was said", ylabel="share shown for good", ylim=(0, 1))
        axes.legend()

    return _svg(draw)


def _parts(profile: Profile) -> str:
    """What a chunk's computation consists of."""

    def draw(axes: Axes) -> None:
        figures = [figure for figure in PARTS if profile.samples.get(figure)]
        axes.boxplot([profile.samples[figure] for figure in figures], whis=(5, 95), orientation="horizontal", sym="")
        axes.set_yticks(range(1, len(figures) + 1), [figure.removesuffix(" per chunk") for figure in figures])
        axes.set(xlabel="processor ms per chunk (p5, quartiles, p95)")

    return _svg(draw) if any(profile.samples.get(figure) for figure in PARTS) else ""


def _speeds(profile: Profile) -> str:
    """Real-time factor by threads, a line for each chunk length."""
    if not profile.speeds:
        return ""

    def draw(axes: Axes) -> None:
        for chunk_ms in sorted({speed.chunk_ms for speed in profile.speeds}):
            own = [speed for speed in profile.speeds if speed.chunk_ms == chunk_ms]
            factors = [speed.real_time_factor for speed in own]
            axes.plot([speed.threads for speed in own], factors, marker="o", label=f"{chunk_ms} ms")
        axes.set(xlabel="threads", ylabel="real-time factor", ylim=(0, None))
        axes.legend()

    return _svg(draw)


def _svg(draw: Callable[[Axes], None]) -> str:
    """One plot as an SVG element."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise SaidMeantError("--html needs matplotlib: pip install 'saidmeant[profile]'") from error
    figure = Figure(figsize=(7, 3), layout="constrained")
    draw(figure.subplots())
    target = io.StringIO()
    figure.savefig(target, format="svg")
    return target.getvalue()[target.getvalue().index("<svg") :]
