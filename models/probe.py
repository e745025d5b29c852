"""What does a frozen branch know of a task?  A head trained on top of it tells (cross-task decoder analysis).

A fresh norm and linear CTC output learn the task from the frames that the branch's last layer gives; nothing below
them moves.  The same on the task's own branch is the control, so that the loss from one to the other is the branch's.
After Cho & Kim 2026 (arXiv 2606.06065).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .activations import layer_activations, path
from .ctc import ctc_loss
from .data import FeatureStore
from .dual_encoder import DualEncoder
from .encoder_config import HeadConfig
from .encoder_layers import Head
from .evaluate import judge
from .labels import Labeller
from .manifest import Utterance
from .offline import SURFACE, spell
from .report import Score

EPOCHS = 20
BATCH = 32
RATE = 1e-2
Frames = list[Tensor]
"""Per utterance (output frames, dim)."""


@dataclass(frozen=True, slots=True)
class Material:
    """Utterances to learn from and to be tested on, and where their features are."""

    train: Sequence[Utterance]
    test: Sequence[Utterance]
    store: FeatureStore
    labeller: Labeller
    chunk: int
    """In stem frames."""


def branch_frames(model: DualEncoder, utterances: Sequence[Utterance], material: Material) -> dict[str, Frames]:
    """What the last layer before each head makes of every utterance, in half precision."""
    ends = {head: path(model, head)[-1] for head in model.head_names}
    frames: dict[str, Frames] = {head: [] for head in ends}
    for utterance in utterances:
        found = layer_activations(model, [utterance], material.store, material.chunk)
        for head, place in ends.items():
            frames[head].append(torch.from_numpy(found[place]).half())
    return frames


def fit_head(frames: Frames, targets: Sequence[tuple[int, ...] | None], labels: int, seed: int = 1) -> Head:
    """A head for these targets, by Adam with a rate that falls to zero.  labels: with the blank."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head = Head(frames[0].shape[1], labels)
    known = [i for i, target in enumerate(targets) if target is not None]
    steps = EPOCHS * -(-len(known) // BATCH)
    optimizer = torch.optim.Adam(head.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    for _ in range(EPOCHS):
        order = rng.permutation(known)
        for start in range(0, len(order), BATCH):
            chosen = [int(i) for i in order[start : start + BATCH]]
            padded = torch.nn.utils.rnn.pad_sequence([frames[i].float() for i in chosen], batch_first=True)
            lengths = torch.tensor([len(frames[i]) for i in chosen])
            loss = ctc_loss(head(padded), lengths, [targets[i] for i in chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return head.eval()


def probe(model: DualEncoder, tasks: Sequence[HeadConfig], material: Material) -> dict[tuple[str, str], list[Score]]:
    """Scores on the test utterances of a fresh head of every task on every branch: by (branch, task)."""
    learned = branch_frames(model, material.train, material)
    tested = branch_frames(model, material.test, material)
    scores = {}
    for branch, frames in learned.items():
        for task in tasks:
            label = material.labeller.surface if task.name == SURFACE else material.labeller.meaning
            head = fit_head(frames, [label(utterance) for utterance in material.train], len(task.tokens) + 1)
            scores[branch, task.name] = [
                _score(utterance, task, head, heard)
                for utterance, heard in zip(material.test, tested[branch], strict=True)
            ]
    return scores


def _score(utterance: Utterance, task: HeadConfig, head: Head, frames: Tensor) -> Score:
    with torch.inference_mode():
        line = spell(task.name, task.tokens, head(frames.float()[None])[0])
    phones = line if task.name == SURFACE else None
    return judge(utterance, phones, None if phones is not None else " ".join(line), utterance.duration, 0.0)
