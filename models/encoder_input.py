"""From log-mel windows to the frames that an encoder's layers read: clamps, Whisper's convolutions and positions."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from .encoder_config import MEL_BINS, STEM_STRIDE, EncoderConfig

POSITIONS = 1500  # Whisper's 30 s at 50 frames/s; positions wrap around, and training crosses the wrap
LOG_MEL_RANGE = 8.0  # sherpa-onnx clamps log10 mel at (maximum of the fed window - 8)
LOG_MEL_FLOOR = -6.5  # fixed floor in log10, against silence that the relative clamp would amplify


class Stem(nn.Module):
    """Whisper's two convolutions, unpadded: 2 n + 3 mel frames give n stem frames."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        channels = config.stem_dim or config.dim
        self.conv1 = nn.Conv1d(MEL_BINS, channels, kernel_size=3)
        self.conv2 = nn.Conv1d(channels, channels, kernel_size=3, stride=STEM_STRIDE)
        self.project = nn.Linear(channels, config.dim) if config.stem_dim else nn.Identity()

    def forward(self, mel: Tensor) -> Tensor:
        """(batch, 2 n + 3, 80) normalised log-mel -> (batch, n, dim)"""
        x = functional.gelu(self.conv1(mel.transpose(1, 2)))
        projected: Tensor = self.project(functional.gelu(self.conv2(x)).transpose(1, 2))
        return projected


def position_embedding(index: Tensor, dim: int) -> Tensor:
    """Whisper's sinusoidal positions, wrapped at :data:`POSITIONS`: (batch, frames) -> (batch, frames, dim)"""
    steps = torch.arange(dim // 2, device=index.device, dtype=torch.float32)
    rates = torch.exp(-math.log(10_000) / (dim // 2 - 1) * steps)
    angles = (index % POSITIONS).to(torch.float32)[..., None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def normalise(windows: Tensor) -> Tensor:
    """What sherpa-onnx does to each fed window of log10 mel, then our floor.  windows: (..., frames, 80)"""
    peak = windows.amax(dim=(-2, -1), keepdim=True)
    clamped = torch.maximum(windows.clamp(min=-10.0), peak - LOG_MEL_RANGE)
    return floored((clamped + 4.0) / 4.0)


def floored(mel: Tensor) -> Tensor:
    """The fixed floor, in the scaled units of the fed features."""
    return mel.clamp(min=(LOG_MEL_FLOOR + 4.0) / 4.0)
