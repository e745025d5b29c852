"""What do hours and kinds of speech give?

    python -m saidmeant.models.learning_curve models/recipes/ko-curve.yaml --test pansori-dev.jsonl \\
        espeak-ko:0.25 espeak-ko kokoro-ko espeak-ko+kokoro-ko all

Trains the recipe once for every point: some of its sources, each named by its manifest and, after a colon, the share of
its utterances; ``all`` are all of them.  Every point takes the recipe's steps, so that only what is heard differs.
Prints a Markdown table of the error rates (models/offline.py).  What is done is kept in the work folder and not done
again.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from .cache import cache_folder
from .checkpoint import read_model
from .data import FeatureStore
from .evaluate import choose
from .manifest import read_manifest
from .offline import CHUNK, error_rates, gauge_set
from .recipe import DataSource, Recipe, load_recipe
from .study_report import markdown
from .train import train

ALL = "all"
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Point:
    """What one model of the curve hears: shares of sources by the names of their manifests."""

    text: str
    shares: tuple[tuple[str, float], ...]

    @classmethod
    def parse(cls, text: str, recipe: Recipe) -> Point:
        """``NAME[:SHARE]+…`` or ``all``.  Raises ValueError with what is possible."""
        names = [name_of(source) for source in recipe.data]
        if text == ALL:
            return cls(text, tuple((name, 1.0) for name in names))
        shares = []
        for part in text.split("+"):
            name, _, share = part.partition(":")
            if name not in names:
                raise ValueError(f"{name!r} is no source of the recipe; there are {', '.join(names)} and {ALL}")
            shares.append((name, fraction(share or "1")))
        return cls(text, tuple(shares))

    def recipe(self, plain: Recipe, folder: Path) -> Recipe:
        """The recipe with this point's data; manifests of shares are written to the folder."""
        wanted = dict(self.shares)
        data = tuple(
            shared(source, wanted[name_of(source)], folder) for source in plain.data if name_of(source) in wanted
        )
        return dataclasses.replace(plain, name=f"{plain.name}-{self.file_name}", data=data)

    @property
    def file_name(self) -> str:
        """The text, as any file system takes it."""
        return self.text.replace(":", "-")


def name_of(source: DataSource) -> str:
    """The name of the source's manifest."""
    return Path(source.manifest).stem


def fraction(text: str) -> float:
    """A share above 0 and at most 1.  Raises ValueError."""
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise ValueError(f"a share is a number above 0 and at most 1, not {text!r}")
    return share


def shared(source: DataSource, share: float, folder: Path) -> DataSource:
    """A source with a share of its utterances, evenly spaced, visited so much more often that it counts the same."""
    if share == 1:
        return source
    path = Path(source.manifest).expanduser()
    utterances = read_manifest(path)
    chosen = {u.line: u.id for u in choose(utterances, max(1, round(share * len(utterances))))}
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    with target.open("w", encoding="utf-8", newline="\n") as out:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if number in chosen:
                fields = json.loads(line)
                fields |= {"id": chosen[number], "audio": str((path.parent / fields["audio"]).resolve())}
                out.write(json.dumps(fields, ensure_ascii=False) + "\n")
    return dataclasses.replace(source, manifest=str(target), weight=source.weight / share)


def hours(recipe: Recipe) -> float:
    """Of different recordings that a recipe hears."""
    return sum(u.duration for source in recipe.data for u in read_manifest(source.manifest)) / SECONDS_PER_HOUR


def folder_of(recipe: Recipe, work: Path) -> Path:
    """Where a point's run is kept: another recipe has another one."""
    told = dataclasses.asdict(recipe)
    return work / f"{recipe.name}-{hashlib.sha1(repr(told).encode()).hexdigest()[:8]}"


def measured(run: Path, tests: Sequence[Path], store: FeatureStore) -> dict[str, dict[str, float]]:
    """Error rates by the name of the test set, float, greedy; kept beside the checkpoint."""
    kept = run / "rates.json"
    rates: dict[str, dict[str, float]] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    missing = [test for test in tests if test.stem not in rates]
    if missing:
        model = read_model(run / "model.safetensors")
        rates |= {test.stem: error_rates(model, gauge_set(read_manifest(test)), store, CHUNK) for test in missing}
        kept.write_text(json.dumps(rates), encoding="utf-8")
    return rates


def row(point: Point, heard: float, rates: dict[str, dict[str, float]], tests: Sequence[Path]) -> list[str]:
    """One line of the table."""
    cells = [", ".join(f"{100 * rate:.1f} %" for rate in rates[test.stem].values()) for test in tests]
    return [point.text, f"{heard:.1f}", *cells]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.learning_curve",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", type=Path, help="what all points share: model, steps, rates; and the sources")
    parser.add_argument("points", nargs="+", metavar="POINT", help="NAME[:SHARE][+NAME[:SHARE]…] or all")
    parser.add_argument("--test", type=Path, action="append", required=True, metavar="MANIFEST", help="may be repeated")
    parser.add_argument("--work", type=Path, default=cache_folder() / "curve", help="runs are kept here")
    parser.add_argument("--features", type=Path, default=cache_folder() / "features", help="feature cache folder")
    options = parser.parse_args(arguments)
    try:
        plain = load_recipe(options.recipe)
        rows = []
        for point in [Point.parse(text, plain) for text in options.points]:
            recipe = point.recipe(plain, options.work / "manifests" / point.file_name)
            run = folder_of(recipe, options.work)
            if train(recipe, run, options.features) < recipe.schedule.steps:
                Console(stderr=True).print(f"stopped in {point.text}; the same command goes on from there")
                return 130
            rates = measured(run, options.test, FeatureStore(options.features))
            rows.append(row(point, hours(recipe), rates, options.test))
    except (ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    print(markdown(["heard", "hours", *(f"{test.stem}: surface, meaning" for test in options.test)], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
