"""How far two outputs disagree, frame by frame: between two views of an utterance, or from a teacher.

Consistency-regularised CTC (Yao et al. 2024, arXiv 2410.05101): two views of an utterance must say the same.  They
differ in their masks, in what dropout hides and in their chunk lengths, so the model teaches itself what it could have
known: what a mask hid, and what came after the chunk's end.  Distillation (Hinton et al. 2015, arXiv 1503.02531): a
small model must say what a larger one says of the same input.
"""

from __future__ import annotations

import torch
from torch import Tensor


def divergence(wanted: Tensor, said: Tensor, frames: Tensor) -> Tensor:
    """Kullback-Leibler divergence of ``said`` from ``wanted``, which is held fixed: the mean over all valid frames.

    wanted, said: log-probabilities (batch, frames, labels), which may differ in padding; frames: (batch,) valid ones.
    """
    length = min(wanted.shape[1], said.shape[1])
    held, said = wanted[:, :length].detach(), said[:, :length]
    valid = torch.arange(length, device=said.device) < frames[:, None].to(said.device)
    return (held.exp() * (held - said)).sum(dim=2)[valid].mean()


def consistency_loss(one: Tensor, other: Tensor, frames: Tensor) -> Tensor:
    """The mean of each view's divergence from the other."""
    return 0.5 * (divergence(one, other, frames) + divergence(other, one, frames))
