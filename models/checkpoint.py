"""Checkpoints: safetensors with the whole configuration as JSON in the file's metadata."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from .dual_encoder import DualEncoder, EncoderConfig

FORMAT = "saidmeant-checkpoint-1"


@dataclass(frozen=True, slots=True)
class CheckpointConfig:
    """What a checkpoint says about itself: architecture, language and where its weights come from."""

    name: str
    language: str
    encoder: EncoderConfig
    training_data: tuple[str, ...]
    """One line per data set: what it is, its terms."""
    initialisation: str
    steps: int


def save_checkpoint(path: Path, model: DualEncoder, config: CheckpointConfig) -> None:
    """Write weights and config in one step, so that a stop in mid-write leaves the old file."""
    weights = {name: value.detach().to("cpu", torch.float32).contiguous() for name, value in model.state_dict().items()}
    metadata = {"format": FORMAT, "config": json.dumps(dataclasses.asdict(config))}
    partial = path.with_suffix(".partial")
    save_file(weights, partial, metadata)
    partial.replace(path)
