"""What every layer of a model makes of some recordings, at the model's output frame rate.

Layers before the pooling run at twice that rate and are pooled as the model pools them, so that all can be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from .cka import Activations
from .data import FeatureStore, padded_to_chunks
from .dual_encoder import DualEncoder
from .manifest import Utterance

TRUNK = "trunk"
Place = tuple[str, int]
"""``trunk`` or a head's name, and the depth in the encoder, counted from 0."""


def layer_activations(
    model: DualEncoder, utterances: Sequence[Utterance], store: FeatureStore, chunk: int
) -> dict[Place, Activations]:
    """Each layer's outputs over all utterances, one after the other: (output frames, dim)

    chunk: stem frames per chunk, as deployed.  Silence around the speech is in it: a learner pauses too.
    """
    device = next(model.parameters()).device
    collected: defaultdict[Place, list[Activations]] = defaultdict(list)
    model.eval()
    with torch.inference_mode(), _recording(model) as heard:
        for utterance in utterances:
            log_mel = padded_to_chunks(torch.from_numpy(store.get(utterance))[None].to(device), chunk)
            frames = next(iter(model(log_mel, chunk).values())).shape[1]
            for place, output in heard.items():
                pooled = output[0].unflatten(0, (frames, -1)).mean(dim=1)
                collected[place].append(pooled.cpu().numpy())
    return {place: np.concatenate(parts) for place, parts in collected.items()}


def layers(model: DualEncoder) -> dict[Place, nn.Module]:
    """Every layer by its place, trunk first."""
    found: dict[Place, nn.Module] = {(TRUNK, depth): layer for depth, layer in model.trunk_stack()}
    for name in model.head_names:
        found |= {(name, depth): layer for depth, layer in model.branch_stack(name)}
    return found


def path(model: DualEncoder, head: str) -> list[Place]:
    """The layers that lead to a head, in order."""
    return [(TRUNK, depth) for depth, _ in model.trunk_stack()] + [(head, d) for d, _ in model.branch_stack(head)]


@contextmanager
def _recording(model: DualEncoder) -> Iterator[dict[Place, Tensor]]:
    """The last output of every layer, as long as the context lasts."""
    heard: dict[Place, Tensor] = {}

    def listener(place: Place) -> object:
        def hear(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            heard[place] = output

        return hear

    hooks = [layer.register_forward_hook(listener(place)) for place, layer in layers(model).items()]  # type: ignore[arg-type]
    try:
        yield heard
    finally:
        for hook in hooks:
            hook.remove()
