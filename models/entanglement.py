"""Are the two tasks entangled?  python -m saidmeant.models.entanglement CHECKPOINT [--twin SINGLE_OUTPUT …]

Prints, layer by layer, the linear CKA (models/cka.py) between the two branches of a model, and between the layers that
lead to each head and those of a single-output model of the same task: 1 = the same representation, 0 = another one.
After Cho & Kim 2026 (arXiv 2606.06065), who found the two tasks' representations nearly identical in English.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from saidmeant.streaming.errors import SaidMeantError

from .activations import Place, layer_activations, path
from .cache import cache_folder
from .checkpoint import read_model
from .cka import Activations, linear_cka
from .data import FeatureStore
from .dual_encoder import DualEncoder
from .evaluate import choose
from .manifest import Utterance, read_manifest

CHUNK = 16  # stem frames: 320 ms
UTTERANCES = 120
Layers = dict[Place, Activations]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Linear CKA of two layers of the same depth, counted from 1.  ``one``, ``other``: where they lie."""

    one: str
    other: str
    depth: int
    cka: float


def between_branches(model: DualEncoder, found: Layers) -> list[Alignment]:
    """The two branches, depth by depth; in the trunk both tasks share one representation, which is 1 by definition."""
    if len(model.head_names) < 2:
        return []
    one, other = model.head_names
    return [
        Alignment(one, other, place[1] + 1, linear_cka(found[place], found[mate]))
        for place, mate in zip(path(model, one), path(model, other), strict=True)
        if place != mate
    ]


def with_twin(model: DualEncoder, found: Layers, twin: DualEncoder, twin_found: Layers) -> list[Alignment]:
    """The layers that lead to the twin's head, against the twin's own, depth by depth."""
    (head,) = twin.head_names
    return [
        Alignment(f"{head} path", f"single-output {head}", place[1] + 1, linear_cka(found[place], twin_found[mate]))
        for place, mate in zip(path(model, head), path(twin, head), strict=True)
    ]


def measure(
    checkpoint: Path, twins: Sequence[Path], utterances: Sequence[Utterance], features: Path
) -> list[Alignment]:
    """All alignments of a checkpoint.  Raises ValueError if one cannot be read or a twin does not fit."""
    store = FeatureStore(features)
    model = read_model(checkpoint)
    found = layer_activations(model, utterances, store, CHUNK)
    rows = between_branches(model, found)
    for path_of_twin in twins:
        twin = read_model(path_of_twin)
        if len(twin.head_names) != 1 or twin.head_names[0] not in model.head_names:
            raise ValueError(f"{path_of_twin} is not a single-output model of one of this model's tasks")
        if twin.config.layers != model.config.layers:
            raise ValueError(f"{path_of_twin} has {twin.config.layers} layers, not {model.config.layers}")
        rows += with_twin(model, found, twin, layer_activations(twin, utterances, store, CHUNK))
    return rows


def table(rows: Sequence[Alignment]) -> Table:
    """One column per depth, one row per pair of paths."""
    depths = sorted({row.depth for row in rows})
    shown = Table("linear CKA", *(f"layer {depth}" for depth in depths))
    for one, other in dict.fromkeys((row.one, row.other) for row in rows):
        by_depth = {row.depth: row.cka for row in rows if (row.one, row.other) == (one, other)}
        cells = [f"{by_depth[depth]:.3f}" if depth in by_depth else "shared" for depth in depths]
        shown.add_row(f"{one} / {other}", *cells)
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.entanglement",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, help="what `saidmeant.models.train` writes")
    parser.add_argument("--twin", type=Path, action="append", default=[], help="a single-output checkpoint to compare")
    parser.add_argument("--manifest", type=Path, default=Path("../shared/data/speechocean762-dev.jsonl"))
    parser.add_argument("--limit", type=int, default=UTTERANCES, metavar="N", help="utterances (default: %(default)s)")
    parser.add_argument("--features", type=Path, default=cache_folder() / "features", help="feature cache folder")
    parser.add_argument("--json", action="store_true", help="one JSON array instead of a table")
    options = parser.parse_args(arguments)
    try:
        utterances = choose(read_manifest(options.manifest), options.limit)
        rows = measure(options.checkpoint, options.twin, utterances, options.features)
    except (SaidMeantError, ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))
    else:
        Console().print(table(rows) if rows else "one output, no twin: nothing to compare")
    return 0


if __name__ == "__main__":
    sys.exit(main())
