"""What the entanglement study measures of one model: error rates, alignment of its layers, probes, size and speed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from saidmeant.streaming.bundle import load_bundle
from saidmeant.streaming.errors import ExportError
from saidmeant.streaming.listing import speeds
from saidmeant.streaming.recognizer import Recognizer

from .activations import layer_activations
from .checkpoint import read_config, read_model
from .data import FeatureStore
from .encoder_config import HeadConfig
from .entanglement import between_branches, with_twin
from .evaluate import choose
from .labels import TOKENS, Labeller, labeller_of
from .manifest import Utterance, read_manifest
from .metrics import ErrorRate
from .offline import scores
from .probe import Material, probe
from .recipe import Recipe
from .report import Score

CHUNK = 16  # stem frames: 320 ms
ALIGNED_UTTERANCES = 120
PROBE_UTTERANCES = 1200
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sets:
    """Test sets by name, and what the probes learn from."""

    tests: dict[str, list[Utterance]]
    learn: list[Utterance]
    store: FeatureStore
    labeller: Labeller

    @classmethod
    def read(cls, recipe: Recipe, synthetic: Path, features: Path) -> Sets:
        """The recipe's dev set, the synthetic set, and its first source of training data for the probes.

        Raises ManifestError or OSError.
        """
        tests = {"synthetic": read_manifest(synthetic), "dev": read_manifest(recipe.dev)}
        learn = choose(read_manifest(recipe.data[0].manifest), PROBE_UTTERANCES)
        return cls(tests, learn, FeatureStore(features), labeller_of(recipe.language))

    @property
    def aligned(self) -> list[Utterance]:
        """What the layers are compared on."""
        return choose(self.tests["dev"], ALIGNED_UTTERANCES)


def measure(checkpoint: Path, sets: Sets) -> Row:
    """Everything about one model that does not need another one."""
    model, language = read_model(checkpoint), read_config(checkpoint).language
    found = layer_activations(model, sets.aligned, sets.store, CHUNK)
    tasks = [HeadConfig(name, TOKENS[language][name]) for name in ("surface", "meaning")]
    material = Material(sets.learn, sets.aligned, sets.store, sets.labeller, CHUNK)
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "errors": {
            name: [
                _row(u.speaker, score) for u, score in zip(test, scores(model, test, sets.store, CHUNK), strict=True)
            ]
            for name, test in sets.tests.items()
        },
        "branches": [asdict(alignment) for alignment in between_branches(model, found)],
        "probes": [
            {
                "branch": branch,
                "task": task,
                "rows": [_row(u.speaker, score) for u, score in zip(sets.aligned, scored, strict=True)],
            }
            for (branch, task), scored in probe(model, tasks, material).items()
        ],
    }


def compare_with_twins(checkpoint: Path, twins: Iterable[Path], sets: Sets) -> list[Row]:
    """Alignment of a dual model's two paths with the single-output models of the same tasks."""
    model = read_model(checkpoint)
    found = layer_activations(model, sets.aligned, sets.store, CHUNK)
    rows: list[Row] = []
    for path in twins:
        twin = read_model(path)
        twin_found = layer_activations(twin, sets.aligned, sets.store, CHUNK)
        rows += [asdict(alignment) for alignment in with_twin(model, found, twin, twin_found)]
    return rows


def export(checkpoint: Path, bundle: Path) -> None:
    """The int8 bundle of a model, as it would be shipped.  Raises ExportError."""
    command = [
        sys.executable,
        "-m",
        "saidmeant.streaming",
        "export",
        str(checkpoint),
        str(bundle),
        "--precision",
        "int7",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ExportError(f"exporting {checkpoint} failed: {done.stderr.strip()[-500:]}")


def prices(bundles: Sequence[Path]) -> list[Row]:
    """Size and real-time factor of each bundle, greedy (streaming/listing.py)."""
    factors = speeds([Recognizer.load(bundle, language_model=None) for bundle in bundles])
    return [
        {"size_mb": load_bundle(bundle).size_bytes / 1e6, "real_time_factor": factor}
        for bundle, factor in zip(bundles, factors, strict=True)
    ]


def read_measures(folder: Path) -> Row:
    """What :func:`measure` found, as it was kept."""
    found: Row = json.loads((folder / "measures.json").read_text(encoding="utf-8"))
    return found


def _row(speaker: str, score: Score) -> list[Any]:
    """[speaker, divergence bin, phone edits, phones, word edits, words]"""
    surface, meaning = score.surface or ErrorRate(), score.meaning or ErrorRate()
    return [speaker, score.bin, surface.edits, surface.length, meaning.edits, meaning.length]
