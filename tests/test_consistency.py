"""The agreement of two views: zero where they agree, else both divergences, each view held fixed in turn."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from saidmeant.models.consistency import consistency_loss


def log_probs(seed: int, frames: int = 6) -> Tensor:
    return torch.randn(2, frames, 5, generator=torch.Generator().manual_seed(seed)).log_softmax(dim=2)


def test_equal_views_agree() -> None:
    assert consistency_loss(log_probs(1), log_probs(1), torch.tensor([6, 6])) == 0


def test_is_the_mean_of_both_divergences_over_valid_frames_only() -> None:
    one, other, frames = log_probs(1), log_probs(2, frames=8), torch.tensor([6, 3])
    parts = [(one[0, :6], other[0, :6]), (one[1, :3], other[1, :3])]
    total = sum(
        functional.kl_div(a, b, log_target=True, reduction="sum")
        + functional.kl_div(b, a, log_target=True, reduction="sum")
        for a, b in parts
    )
    assert consistency_loss(one, other, frames) == pytest.approx(float(total) / 2 / 9)


def test_pulls_each_view_towards_the_other() -> None:
    one, other = (log_probs(seed).requires_grad_() for seed in (1, 2))
    consistency_loss(one, other, torch.tensor([6, 6])).backward()  # type: ignore[no-untyped-call]
    # the gradient of KL(held || x) by log x is minus the held probabilities: no path through the held side
    torch.testing.assert_close(one.grad, -other.detach().exp() / 24)
    torch.testing.assert_close(other.grad, -one.detach().exp() / 24)
