"""The offline pass: what a model in training says of whole utterances, greedily, without export and runtime.

The masked pass gives frame by frame what streaming in the same chunks gives (tests/test_dual_encoder.py), so that
models can be compared before any is exported.  ``saidmeant evaluate`` measures what users get.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from saidmeant.streaming.jamo import join

from .cache import cache_folder
from .checkpoint import read_model
from .data import FeatureStore, padded_to_chunks
from .dual_encoder import DualEncoder
from .evaluate import judge
from .manifest import Utterance, read_manifest
from .metrics import total
from .report import Score

SURFACE = "surface"
CHUNK = 16  # stem frames: 320 ms
GAUGE_UTTERANCES = 120


def scores(model: DualEncoder, utterances: Sequence[Utterance], store: FeatureStore, chunk: int) -> Iterator[Score]:
    """Edits of each utterance, as its language counts them (scoring.py).  chunk: in stem frames."""
    device = next(model.parameters()).device
    model.eval()
    for utterance in utterances:
        log_mel = padded_to_chunks(torch.from_numpy(store.get(utterance))[None].to(device), chunk)
        with torch.inference_mode():
            outputs = model(log_mel, chunk)
        lines = {head.name: spell(head.name, head.tokens, outputs[head.name][0]) for head in model.config.heads}
        text = lines.get("meaning")
        yield judge(utterance, lines.get(SURFACE), None if text is None else " ".join(text), utterance.duration, 0.0)


def error_rates(
    model: DualEncoder, utterances: Sequence[Utterance], store: FeatureStore, chunk: int
) -> dict[str, float]:
    """A quick gauge: the error rates of the heads that the model has; of Korean those of jamo and syllables."""
    found = list(scores(model, utterances, store, chunk))
    rates = {SURFACE: total(s.surface for s in found), "meaning": total(s.meaning for s in found)}
    return {name: rate.rate for name, rate in rates.items() if rate is not None and rate.rate is not None}


def gauge_set(utterances: Sequence[Utterance], about: int = GAUGE_UTTERANCES) -> Sequence[Utterance]:
    """About so many utterances of a dev set, evenly spaced."""
    return utterances[:: max(1, len(utterances) // about)]


def spell(head: str, tokens: Sequence[str], log_probs: torch.Tensor) -> list[str]:
    """The phones or jamo of the surface line, or the words of the meaning line.  log_probs: (frames, labels)"""
    symbols = [tokens[label - 1] for label in greedy(log_probs)]
    return symbols if head == SURFACE else join(symbols).split()


def greedy(log_probs: torch.Tensor) -> list[int]:
    """The labels of the best path, repeats collapsed, blanks removed.  log_probs: (frames, labels)"""
    best = torch.unique_consecutive(log_probs.argmax(dim=1))
    return [int(i) for i in best if i]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m saidmeant.models.offline", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("checkpoints", type=Path, nargs="+", metavar="CHECKPOINT")
    parser.add_argument("--manifest", type=Path, default=Path("../shared/data/speechocean762-dev.jsonl"))
    parser.add_argument("--features", type=Path, default=cache_folder() / "features", help="feature cache folder")
    options = parser.parse_args(arguments)
    try:
        utterances = gauge_set(read_manifest(options.manifest))
        for checkpoint in options.checkpoints:
            rates = error_rates(read_model(checkpoint), utterances, FeatureStore(options.features), CHUNK)
            print(checkpoint, "  ".join(f"{name} {rate:.1%}" for name, rate in rates.items()), flush=True)
    except (ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
