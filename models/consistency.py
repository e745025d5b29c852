"""Consistency-regularised CTC (Yao et al. 2024, arXiv 2410.05101): two views of an utterance must say the same.

The views differ in their masks, in what dropout hides and in their chunk lengths, so the model teaches itself what it
could have known: what a mask hid, and what came after the chunk's end.
"""

from __future__ import annotations

import torch
from torch import Tensor


def consistency_loss(one: Tensor, other: Tensor, frames: Tensor) -> Tensor:
    """Mean over valid frames of the divergence of each view from the other, held fixed.

    one, other: log-probabilities (batch, frames, labels), which may differ in padding; frames: (batch,) valid frames.
    """
    length = min(one.shape[1], other.shape[1])
    one, other = one[:, :length], other[:, :length]
    valid = torch.arange(length, device=one.device) < frames[:, None].to(one.device)
    divergence = (other.detach().exp() * (other.detach() - one) + one.detach().exp() * (one.detach() - other)).sum(
        dim=2
    )
    return 0.5 * divergence[valid].mean()
