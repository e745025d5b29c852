"""Average checkpoints of one architecture:  python -m saidmeant.models.average OUT FIRST:0.4 LAST:0.6

Weights along one training trajectory, averaged, generalise better than the last of them (Izmailov et al. 2018, arXiv
1803.05407; Wortsman et al. 2022, arXiv 2203.05482).  What the result says of itself is what the last one says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import load_file

from .checkpoint import CheckpointConfig, read_config, save_checkpoint
from .dual_encoder import DualEncoder

Part = tuple[Path, float]


def average(parts: Sequence[Part], target: Path) -> CheckpointConfig:
    """Write the weighted mean.  Raises ValueError if a part is no checkpoint or differs in architecture."""
    total = sum(weight for _, weight in parts)
    if total <= 0 or any(weight < 0 for _, weight in parts):
        raise ValueError("weights must not be negative, nor all zero")
    configs = [read_config(path) for path, _ in parts]
    if any(config.encoder != configs[-1].encoder for config in configs):
        raise ValueError("the checkpoints have different architectures")
    model = DualEncoder(configs[-1].encoder)
    mean = {name: value * 0.0 for name, value in model.state_dict().items()}
    for path, weight in parts:
        for name, value in load_file(path).items():
            mean[name] += value * (weight / total)
    model.load_state_dict(mean)
    save_checkpoint(target, model, configs[-1])
    return configs[-1]


def part(text: str) -> Part:
    """``PATH:WEIGHT``"""
    path, _, weight = text.rpartition(":")
    try:
        return Path(path).expanduser(), float(weight)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not CHECKPOINT:WEIGHT") from None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.average",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=Path, help="the checkpoint to write")
    parser.add_argument("parts", type=part, nargs="+", metavar="CHECKPOINT:WEIGHT", help="what to average")
    options = parser.parse_args(arguments)
    try:
        average(options.parts, options.target)
    except (ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
