"""The CTC loss (Graves et al. 2006) with a wildcard.

A phone that the annotators heard but could not name must not be trained as any phone, nor as silence.  Its label is
``labels`` (one past the last symbol) and stands for "some symbol other than the blank": its probability is the sum of
theirs.  torch's CTC gradient assumes rows that sum to one, so the extended rows are normalised first and their
normaliser, which every path shares, is added back.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def ctc_loss(log_probs: Tensor, frames: Tensor, targets: Sequence[tuple[int, ...] | None]) -> Tensor:
    """Mean over the utterances that have a target of -log P(target) per label.

    log_probs: (batch, frames, labels); frames: (batch,) valid frames; targets: labels from 1 to ``labels`` (wildcard).
    """
    rows = [i for i, target in enumerate(targets) if target is not None]
    if not rows:
        return log_probs.sum() * 0.0
    known = [target for target in targets if target is not None]
    lengths = torch.tensor([len(target) for target in known])
    flat = torch.tensor([label for target in known for label in target], dtype=torch.long, device=log_probs.device)
    picked, valid = log_probs[rows], frames[rows]
    wildcard = picked[:, :, 1:].logsumexp(dim=2, keepdim=True)
    extended = torch.cat([picked, wildcard], dim=2)
    normaliser = extended.logsumexp(dim=2)
    losses = functional.ctc_loss(
        (extended - normaliser[:, :, None]).transpose(0, 1),
        flat,
        valid.cpu(),
        lengths,
        reduction="none",
        zero_infinity=True,
    )
    inside = torch.arange(picked.shape[1], device=picked.device) < valid[:, None].to(picked.device)
    shared = torch.where(inside, normaliser, torch.zeros_like(normaliser)).sum(dim=1)
    feasible = losses > 0  # zero_infinity leaves 0 where the target does not fit; then nothing is added back
    losses = torch.where(feasible, losses - shared, losses)
    return (losses / lengths.clamp(min=10).to(losses)).mean()
