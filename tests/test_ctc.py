"""The wildcard CTC loss against a forward pass written out in float64 numpy, and its gradient by finite differences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from saidmeant.models.ctc import ctc_loss

LABELS = 4  # blank and three symbols
WILDCARD = 4


def probabilities(frames: int, seed: int) -> NDArray[np.float64]:
    """Random rows that sum to one: (frames, LABELS)"""
    scores = np.random.default_rng(seed).normal(size=(frames, LABELS))
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def emission(row: NDArray[np.float64], label: int) -> float:
    return float(row[1:].sum() if label == WILDCARD else row[label])


def forward(rows: NDArray[np.float64], target: tuple[int, ...]) -> float:
    """P(target) by the forward recursion of Graves et al. 2006, the wildcard emitting the sum of all symbols."""
    path = [0, *itertools.chain.from_iterable((label, 0) for label in target)]
    alpha = np.zeros(len(path))
    alpha[:2] = [emission(rows[0], label) for label in path[:2]]
    for row in rows[1:]:
        following = np.zeros(len(path))
        for i, label in enumerate(path):
            total = alpha[i] + (alpha[i - 1] if i > 0 else 0.0)
            if i > 1 and label != 0 and label != path[i - 2]:
                total += alpha[i - 2]
            following[i] = total * emission(row, label)
        alpha = following
    return float(alpha[-2:].sum())


def by_enumeration(rows: NDArray[np.float64], target: tuple[int, ...]) -> float:
    """P(target) for targets without a wildcard: the sum over every path, with no recursion to get wrong."""
    total = 0.0
    for path in itertools.product(range(LABELS), repeat=len(rows)):
        collapsed = tuple(label for label, _ in itertools.groupby(path) if label != 0)
        if collapsed == target:
            total += float(np.prod([rows[i, label] for i, label in enumerate(path)]))
    return total


@pytest.mark.parametrize("target", [(), (1,), (1, 2), (2, 2), (3, 1, 2)])
def test_the_reference_recursion_counts_every_path_once(target: tuple[int, ...]) -> None:
    rows = probabilities(6, seed=1)
    assert forward(rows, target) == pytest.approx(by_enumeration(rows, target), rel=1e-12)


@pytest.mark.parametrize(
    "target",
    [(), (1,), (1, 2), (2, 2), (WILDCARD,), (1, WILDCARD, 2), (WILDCARD, WILDCARD), (3, WILDCARD), (WILDCARD, 3, 3)],
)
@pytest.mark.parametrize("seed", [2, 3])
def test_loss_is_minus_log_probability_per_label(target: tuple[int, ...], seed: int) -> None:
    rows = probabilities(9, seed)
    loss = ctc_loss(torch.from_numpy(rows).log()[None], torch.tensor([9]), [target])
    assert loss.item() == pytest.approx(-np.log(forward(rows, target)) / max(10, len(target)), rel=1e-9)


def test_a_batch_is_the_mean_of_its_utterances_and_ignores_padding_and_unknown_targets() -> None:
    long, short = probabilities(9, seed=4), probabilities(5, seed=5)
    padded = np.concatenate([short, probabilities(4, seed=6)])
    batch = torch.from_numpy(np.stack([long, padded, long])).log()
    loss = ctc_loss(batch, torch.tensor([9, 5, 9]), [(1, WILDCARD), (2,), None])
    expected = -(np.log(forward(long, (1, WILDCARD))) + np.log(forward(short, (2,)))) / 10 / 2
    assert loss.item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("target", [(1, 2), (1, WILDCARD, 2), (WILDCARD, WILDCARD)])
def test_gradient_equals_finite_differences_of_the_reference(target: tuple[int, ...]) -> None:
    scores = np.random.default_rng(7).normal(size=(7, LABELS))

    def reference(values: NDArray[np.float64]) -> float:
        rows = np.exp(values) / np.exp(values).sum(axis=1, keepdims=True)
        return -float(np.log(forward(rows, target))) / 10

    leaf = torch.from_numpy(scores.copy()).requires_grad_()
    ctc_loss(leaf.log_softmax(dim=1)[None], torch.tensor([7]), [target]).backward()
    numeric = np.zeros_like(scores)
    for index in np.ndindex(*scores.shape):
        for sign in (1, -1):
            moved = scores.copy()
            moved[index] += sign * 1e-5
            numeric[index] += sign * reference(moved) / 2e-5
    assert leaf.grad is not None
    np.testing.assert_allclose(leaf.grad.numpy(), numeric, atol=1e-8)


def test_a_target_that_does_not_fit_costs_nothing_and_moves_nothing() -> None:
    leaf = torch.from_numpy(probabilities(2, seed=8)).log().requires_grad_()
    loss = ctc_loss(leaf[None], torch.tensor([2]), [(1, 1, 2)])
    loss.backward()
    assert loss.item() == 0
    assert leaf.grad is not None
    assert not leaf.grad.any()


def test_without_any_target_the_loss_is_zero_and_differentiable() -> None:
    leaf = torch.from_numpy(probabilities(3, seed=9)).log().requires_grad_()
    loss = ctc_loss(leaf[None], torch.tensor([3]), [None])
    loss.backward()
    assert loss.item() == 0
