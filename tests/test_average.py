"""Averaging checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny import tiny_checkpoint, tiny_model

from saidmeant.export.checkpoint import load_checkpoint
from saidmeant.models.average import main
from saidmeant.models.checkpoint import save_checkpoint
from saidmeant.models.dual_encoder import DualEncoder


def saved(path: Path, shift: float, **changes: object) -> DualEncoder:
    model = tiny_model(**changes)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += shift
    save_checkpoint(path, model, tiny_checkpoint(model))
    return model


def test_weights_are_averaged(tmp_path: Path) -> None:
    first, second = saved(tmp_path / "a.safetensors", 0.0), saved(tmp_path / "b.safetensors", 1.0)
    parts = [f"{tmp_path / 'a.safetensors'}:1", f"{tmp_path / 'b.safetensors'}:3"]
    assert main([str(tmp_path / "mean.safetensors"), *parts]) == 0
    mean, config = load_checkpoint(tmp_path / "mean.safetensors")
    assert config.encoder == first.config
    for name, value in mean.state_dict().items():
        torch.testing.assert_close(value, first.state_dict()[name] / 4 + second.state_dict()[name] * 3 / 4)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["a:1", "other:1"], "different architectures"),
        (["a:0", "b:0"], "nor all zero"),
        (["a:2", "b:-1"], "must not be negative"),
        (["a:1", "missing:1"], "is not a checkpoint"),
    ],
)
def test_what_cannot_be_averaged(
    parts: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(tmp_path / "a.safetensors", 0.0)
    saved(tmp_path / "b.safetensors", 1.0)
    saved(tmp_path / "other.safetensors", 0.0, feedforward_dim=32)
    named = [f"{tmp_path / name}.safetensors:{weight}" for name, weight in (part.split(":") for part in parts)]
    assert main([str(tmp_path / "mean.safetensors"), *named]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "mean.safetensors").exists()
