"""Checkpoints: safetensors with the whole configuration as JSON in the file's metadata."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from saidmeant.streaming.strict import build

from .dual_encoder import DualEncoder
from .encoder_config import EncoderConfig

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


def is_checkpoint(path: Path) -> bool:
    """Whether a file was written by :func:`save_checkpoint`."""
    if path.suffix != ".safetensors" or not path.is_file():
        return False
    try:
        with safe_open(path, framework="pt") as file:
            return (file.metadata() or {}).get("format") == FORMAT
    except (SafetensorError, OSError):
        return False


def read_config(path: Path) -> CheckpointConfig:
    """What a checkpoint says of itself.  Raises ValueError if :func:`save_checkpoint` did not write it."""
    if not is_checkpoint(path):
        raise ValueError(f"{path} is not a checkpoint that models.train wrote")
    with safe_open(path, framework="pt") as file:
        return build(CheckpointConfig, json.loads(file.metadata()["config"]))


def read_model(path: Path) -> DualEncoder:
    """A checkpoint's model in evaluation mode.  Raises ValueError if it cannot be read."""
    encoder = read_config(path).encoder
    with safe_open(path, framework="pt") as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 (not a dict)
    model = build_model(encoder, shapes)
    restore_checkpoint(model, path)
    return model.eval()


def build_model(config: EncoderConfig, shapes: Mapping[str, tuple[int, ...]]) -> DualEncoder:
    """A model for weights of these shapes.  Raises ValueError, before memory is taken, if the config has others."""
    with torch.device("meta"):
        wanted = {name: tuple(weight.shape) for name, weight in DualEncoder(config).state_dict().items()}
    for name in sorted({*wanted, *shapes}):
        if wanted.get(name) != shapes.get(name):
            raise ValueError(f"{name[:60]} is {shapes.get(name, 'missing')}, expected {wanted.get(name, 'nothing')}")
    return DualEncoder(config)


def restore_checkpoint(model: DualEncoder, path: Path) -> None:
    """Fill ``model`` from a checkpoint of the same architecture.  Raises ValueError if they differ."""
    try:
        model.load_state_dict(load_file(path))
    except RuntimeError as error:
        raise ValueError(f"checkpoint {path} has another architecture than the recipe: {error}") from error
