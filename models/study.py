"""The entanglement study:  python -m saidmeant.models.study models/recipes/study.yaml

Trains the same recipe as single-output models, as a fully shared encoder, as Y with a deep and a shallow trunk, and as
a fully shared encoder whose heads must read orthogonal directions; measures all of them (models/study_measures.py)
and writes tables and plots (models/study_report.py).  Whatever is done is kept in the work folder and not done again.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from saidmeant.streaming.errors import SaidMeantError

from .cache import cache_folder
from .recipe import Recipe, load_recipe
from .study_measures import Row, Sets, compare_with_twins, export, measure, prices, read_measures
from .study_report import SHARED, SINGLE, Setting, Studied, write_report
from .train import train


@dataclass(frozen=True, slots=True)
class Variant:
    """One model of the study.  trunk_layers None: all of them are shared."""

    name: str
    what: str
    heads: tuple[str, ...] = ("surface", "meaning")
    trunk_layers: int | None = None
    orthogonality: float = 0.0

    def recipe(self, plain: Recipe, seed: int) -> Recipe:
        """The study's recipe with this variant's shape."""
        trunk = plain.encoder.layers if self.trunk_layers is None else self.trunk_layers
        return dataclasses.replace(
            plain,
            name=f"{self.name}-{seed}",
            heads=self.heads,
            encoder=dataclasses.replace(plain.encoder, trunk_layers=trunk),
            schedule=dataclasses.replace(plain.schedule, orthogonality=self.orthogonality),
            seed=seed,
        )


VARIANTS = (
    Variant("SO-s", "single output, surface", heads=("surface",)),
    Variant("SO-m", "single output, meaning", heads=("meaning",)),
    Variant("DO", "both outputs, everything shared"),
    Variant("Y3", "both outputs, 3 of 6 layers shared", trunk_layers=3),
    Variant("Y1", "both outputs, 1 of 6 layers shared", trunk_layers=1),
    Variant("DO-orth", "as DO, heads read orthogonal directions", orthogonality=10.0),
)
COMPARED = (*SINGLE.values(), SHARED)
"""The variants that the tables hold the others against."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.study",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", type=Path, help="what all variants share: data, steps, rates")
    parser.add_argument("--work", type=Path, default=cache_folder() / "study", help="runs and measures are kept here")
    parser.add_argument("--features", type=Path, default=cache_folder() / "features", help="feature cache folder")
    parser.add_argument("--synthetic", type=Path, required=True, metavar="MANIFEST", help="the held-out synthetic set")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="N", help="train each variant with these")
    parser.add_argument(
        "--variants",
        nargs="+",
        choices=[variant.name for variant in VARIANTS],
        default=[variant.name for variant in VARIANTS],
        metavar="NAME",
        help=f"only these of {', '.join(variant.name for variant in VARIANTS)}; {', '.join(COMPARED)} are needed",
    )
    parser.add_argument("--report", type=Path, default=Path("models/study"), help="folder for tables and plots")
    options = parser.parse_args(arguments)
    if missing := set(COMPARED) - set(options.variants):
        parser.error(f"--variants: {', '.join(sorted(missing))} missing, with which the others are compared")
    variants = [variant for variant in VARIANTS if variant.name in options.variants]
    try:
        plain = load_recipe(options.recipe)
        sets = Sets.read(plain, options.synthetic, options.features)
        for variant, seed in [(variant, seed) for seed in options.seeds for variant in variants]:
            recipe = variant.recipe(plain, seed)
            if not run_variant(recipe, options.work / recipe.name, options.features, sets):
                Console(stderr=True).print(f"stopped in {recipe.name}; the same command goes on from there")
                return 130
        studied = gather(options.work, variants, options.seeds, sets)
        write_report(studied, Setting.of(plain, options.synthetic), options.report)
    except (SaidMeantError, ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    return 0


def run_variant(recipe: Recipe, folder: Path, features: Path, sets: Sets) -> bool:
    """Train, export and measure one variant, as far as that is not done; False if it was stopped."""
    checkpoint = folder / "model.safetensors"
    if not (folder / "finished").exists():
        if train(recipe, folder, features) < recipe.schedule.steps:
            return False
        (folder / "finished").touch()
    if not (folder / "measures.json").exists():
        keep(folder / "measures.json", measure(checkpoint, sets))
    if not (folder / "bundle").exists():
        export(checkpoint, folder / "bundle")
    return True


def gather(work: Path, variants: Sequence[Variant], seeds: Sequence[int], sets: Sets) -> list[Studied]:
    """All measures, with those that need several models: alignment with the twins, speed side by side."""
    names = [variant.name for variant in variants]
    for name, seed in [(name, seed) for name in names if name not in SINGLE.values() for seed in seeds]:
        twins = work / f"{name}-{seed}" / "twins.json"
        if not twins.exists():
            singles = [work / f"{single}-{seed}" / "model.safetensors" for single in SINGLE.values()]
            keep(twins, compare_with_twins(twins.parent / "model.safetensors", singles, sets))
    paid = prices([work / f"{name}-{seeds[0]}" / "bundle" for name in names])
    return [
        Studied(each.name, each.what, tuple(_measured(work / f"{each.name}-{seed}") for seed in seeds), price)
        for each, price in zip(variants, paid, strict=True)
    ]


def _measured(folder: Path) -> Row:
    twins = folder / "twins.json"
    return {**read_measures(folder), "twins": json.loads(twins.read_text("utf-8")) if twins.exists() else []}


def keep(path: Path, found: object) -> None:
    """Write JSON in one step."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(found), encoding="utf-8")
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())
