"""Means and second moments of what passes through a model's layers: what compression by least squares needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import torch
from torch import Tensor, nn
from torch.nn import functional

from .data import FeatureStore, padded_to_chunks
from .dual_encoder import DualEncoder
from .manifest import Utterance


class Moments:
    """Sums over frames of ``[x, 1] [x, 1]^T`` for vectors x of ``size`` numbers."""

    def __init__(self, size: int) -> None:
        self.total = torch.zeros(size + 1, size + 1, dtype=torch.float64)

    def add(self, frames: Tensor) -> None:
        """frames: (..., size)"""
        flat = functional.pad(frames.detach().flatten(0, -2), (0, 1), value=1.0)
        self.total += (flat.T @ flat).double()

    @property
    def frames(self) -> float:
        return float(self.total[-1, -1])

    @property
    def mean(self) -> Tensor:
        """(size,)"""
        return self.total[:-1, -1] / self.frames

    @property
    def second(self) -> Tensor:
        """E[x x^T], (size, size)"""
        return self.total[:-1, :-1] / self.frames

    @property
    def covariance(self) -> Tensor:
        """(size, size)"""
        return self.second - torch.outer(self.mean, self.mean)


Place = str
"""A module's name in the model."""


def gather(
    model: DualEncoder, utterances: Sequence[Utterance], store: FeatureStore, chunk: int
) -> dict[Place, Moments]:
    """Moments over utterances, computed as deployed, by module.

    Of a layer norm: its input as it normalises it, before gain and bias.  Of ``contract`` and ``stem.project``: the
    input.  Of ``stem.conv2``: the patches that it multiplies, as its flattened weights lie.
    """
    found: dict[Place, Moments] = {}
    with ExitStack() as hooks, torch.inference_mode():
        for name, module in model.named_modules():
            if view := _view(name, module):
                hooks.callback(module.register_forward_hook(_listener(found, name, view)).remove)
        for utterance in utterances:
            features = padded_to_chunks(torch.from_numpy(store.get(utterance))[None], chunk)
            model.eval()(features, chunk)
    return found


View = Callable[[Tensor], Tensor]
"""Of a module's input, the vectors to be counted."""


def _view(name: str, module: nn.Module) -> View | None:
    if isinstance(module, nn.LayerNorm):
        return lambda heard: functional.layer_norm(heard, heard.shape[-1:])
    if name == "stem.conv2":
        return lambda heard: heard.unfold(2, 3, 2).permute(0, 2, 1, 3).flatten(2)
    if name == "stem.project" or name.endswith(".contract"):
        return lambda heard: heard
    return None


def _listener(found: dict[Place, Moments], name: str, view: View) -> Callable[..., None]:
    def hear(_module: nn.Module, inputs: tuple[Tensor, ...], _output: object) -> None:
        vectors = view(inputs[0])
        found.setdefault(name, Moments(vectors.shape[-1])).add(vectors)

    return hear
