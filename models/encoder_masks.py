"""What the layers of an encoder may attend to when whole utterances are computed as if they came in chunks."""

from __future__ import annotations

import torch
from torch import Tensor

from .encoder_config import EncoderConfig


class Masks:
    """What the layers may attend to in one masked pass; those that may attend to the same share a mask."""

    def __init__(self, config: EncoderConfig, frames: int, chunk: int, device: torch.device) -> None:
        self.config, self.frames, self.chunk, self.device = config, frames, chunk or frames, device
        self.made: dict[tuple[int, int, bool], Tensor] = {}

    def of(self, depth: int) -> Tensor:
        """Of a layer."""
        config = self.config
        rate, delay, ahead = key = config.rate(depth), config.delay(depth), config.sees_ahead(depth)
        if key not in self.made:
            self.made[key] = attention_mask(
                self.frames // rate,
                self.chunk // rate,
                config.left_context // rate,
                delay=delay,
                look_ahead=delay if ahead else 0,
                device=self.device,
            )
        return self.made[key]


def attention_mask(
    frames: int, chunk: int, left: int, *, delay: int = 0, look_ahead: int = 0, device: torch.device | None = None
) -> Tensor:
    """Which key (column) a query (row) may see: (1, 1, frames, frames) bool.

    Chunk ``c`` answers for frames ``[c * chunk - delay, (c + 1) * chunk - delay)`` and sees ``left`` frames before and
    ``look_ahead`` frames after them.
    """
    index = torch.arange(frames, device=device)
    start = (index + delay) // chunk * chunk - delay
    low, high = start - left, start + chunk + look_ahead
    visible = (index >= low[:, None]) & (index < high[:, None])
    return visible[None, None]
