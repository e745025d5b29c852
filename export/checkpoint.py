"""Reading checkpoints, safely.

Any dual-head (or single-head) model whose configuration :class:`EncoderConfig` can express is read: safetensors with
the configuration in the metadata (models/checkpoint.py writes these), or a ``torch.save`` file with ``weights_only``
contents ``{"config": {...}, "model": {...}}``.  Pickles with code in them are refused, never executed.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from saidmeant.models.checkpoint import FORMAT, CheckpointConfig, build_model
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.streaming.errors import ExportError
from saidmeant.streaming.strict import StrictError, build


def load_checkpoint(path: Path) -> tuple[DualEncoder, CheckpointConfig]:
    """A model in evaluation mode and what its checkpoint says of it.  Raises :class:`ExportError`."""
    if not path.is_file():
        raise ExportError(f"checkpoint {path} not found" if not path.exists() else f"checkpoint {path} is not a file")
    content, weights = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    try:
        config = build(CheckpointConfig, content)
    except (StrictError, ValueError) as error:
        raise ExportError(f"checkpoint {path}: its configuration cannot be used: {error}") from error
    try:
        model = build_model(config.encoder, _shapes(weights))
        model.load_state_dict(weights)
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ExportError(f"checkpoint {path}: weights and configuration disagree: {reason}") from error
    if not all(torch.isfinite(weight).all() for weight in model.parameters()):
        raise ExportError(f"checkpoint {path}: it contains NaN or infinite weights")
    return model.eval(), config


def _shapes(weights: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    for name, weight in weights.items():
        if not isinstance(weight, Tensor) or not weight.is_floating_point() or weight.layout != torch.strided:
            raise ValueError(f"{str(name)[:60]} is no array of floating-point numbers")
    return {str(name): tuple(weight.shape) for name, weight in weights.items()}


def _read_safetensors(path: Path) -> tuple[Any, dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise ExportError(f"checkpoint {path}: not a readable safetensors file: {error}") from error
    if metadata.get("format") != FORMAT or "config" not in metadata:
        raise ExportError(
            f"checkpoint {path}: its metadata holds no {FORMAT} configuration; was it made by models.train?"
        )
    try:
        return json.loads(metadata["config"]), weights
    except json.JSONDecodeError as error:
        raise ExportError(f"checkpoint {path}: its configuration is not JSON: {error}") from error


def _read_torch(path: Path) -> tuple[Any, dict[str, Tensor]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle versions; what is not plain tensors is refused below
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch's unpickler passes on whatever damaged bytes lead to
        raise ExportError(
            f"checkpoint {path}: not readable without running code from it; save it as safetensors, "
            "or as plain tensors with torch.save"
        ) from error
    if not isinstance(content, dict) or "config" not in content or not isinstance(content.get("model"), dict):
        raise ExportError(f"checkpoint {path}: expected a dict with 'config' and 'model'")
    return content["config"], content["model"]
