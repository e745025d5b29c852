"""Linear CKA: 1 up to rotation and scale, the value of the definition elsewhere, near 0 for unrelated layers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from saidmeant.models.cka import linear_cka


def layer(seed: int, frames: int = 400, dim: int = 6) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(frames, dim)).astype(np.float32)


def by_definition(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """HSIC of the centred linear kernels, written out (Kornblith et al. 2019, equations 2 and 3)."""
    centring = np.eye(len(one)) - 1 / len(one)
    k, l = (centring @ (x.astype(np.float64) @ x.T.astype(np.float64)) @ centring for x in (one, other))  # noqa: E741
    return float(np.trace(k @ l) / np.sqrt(np.trace(k @ k) * np.trace(l @ l)))


def test_equals_its_definition() -> None:
    one = layer(1)
    other = np.concatenate([one[:, :3], layer(2, dim=5)], axis=1) + 7
    assert linear_cka(one, other) == pytest.approx(by_definition(one, other), abs=1e-9)


def test_a_rotated_scaled_shifted_layer_is_the_same() -> None:
    one = layer(1)
    rotation, _ = np.linalg.qr(layer(3, frames=6))
    assert linear_cka(one, 5 * one @ rotation + 2) == pytest.approx(1.0, abs=1e-5)


def test_unrelated_layers_have_little_in_common() -> None:
    assert linear_cka(layer(1), layer(2)) < 0.1


def test_refuses_what_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="400 and 399 frames"):
        linear_cka(layer(1), layer(1)[1:])
    with pytest.raises(ValueError, match="does not vary"):
        linear_cka(layer(1), np.ones((400, 6), np.float32))
