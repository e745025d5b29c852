"""The layers of an encoder: Whisper's own, a branch of convolution, and the output."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from .encoder_config import EncoderConfig


class LayerCache(NamedTuple):
    """Keys and values of the last ``left`` frames of one layer, each (batch, heads, left * dim / heads).

    Head by head, so that attention multiplies them as they lie.
    """

    key: Tensor
    value: Tensor


class EncoderLayer(nn.Module):
    """A Whisper encoder layer: pre-norm self-attention and feed-forward, each with a residual."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        dim = config.dim
        self.attention_heads = config.attention_heads
        self.attention_norm = nn.LayerNorm(dim)
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim, bias=False)
        self.value = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, dim)
        self.feedforward_norm = nn.LayerNorm(dim)
        self.expand = nn.Linear(dim, config.feedforward_dim)
        self.contract = nn.Linear(config.feedforward_dim, dim)
        self.dropout = 0.0
        """Probability, in training, of dropping each number that is added to the residual stream."""
        self.skip = 0.0
        """Probability, in training, that an utterance skips a sublayer (stochastic depth, Huang et al. 2016)."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: (batch, frames, dim); mask: (1 or batch, 1, frames, frames) bool, True = may attend."""
        normed = self.attention_norm(x)
        query, key, value = (self._split(project(normed)) for project in (self.query, self.key, self.value))
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self._finish(x, attended)

    def step(self, window: Tensor, cache: LayerCache, bias: Tensor, queries: int) -> tuple[Tensor, LayerCache]:
        """One chunk: answer for the first ``queries`` frames of ``window``, attend to cache and window.

        window: (batch, queries + look-ahead, dim); bias: (batch, 1, 1, left + frames of window), added to the scores.
        """
        _, frames, dim = sizes(window)
        heads, size = self.attention_heads, dim // self.attention_heads
        left = sizes(cache.key)[2] // size
        normed = self.attention_norm(window)
        key, value = self._split(self.key(normed)), self._split(self.value(normed))
        query = self._split(self.query(leading(normed, queries)))
        old_key, old_value = (old.reshape(-1, heads, left, size) for old in cache)
        scores = torch.cat([query @ old_key.transpose(2, 3), query @ key.transpose(2, 3)], dim=3) * size**-0.5 + bias
        past, present = scores.softmax(dim=-1).split([left, frames], dim=3)
        attended = past @ old_value + present @ value
        kept = LayerCache(self._shifted(cache.key, key, queries), self._shifted(cache.value, value, queries))
        return self._finish(leading(window, queries), attended), kept

    def _shifted(self, cache: Tensor, new: Tensor, queries: int) -> Tensor:
        """A cache, (batch, heads, left * size), as the next chunk needs it: without the look-ahead, which comes again.

        new: (batch, heads, frames, size).
        """
        _, heads, _, size = sizes(new)
        first = max(0, queries - sizes(cache)[2] // size)
        fresh = new[:, :, first:queries].reshape(-1, heads, (queries - first) * size)
        return torch.cat([cache[:, :, queries * size :], fresh], dim=2)

    def _split(self, x: Tensor) -> Tensor:
        """(batch, frames, dim) -> (batch, heads, frames, dim / heads)"""
        _, frames, dim = sizes(x)
        return x.reshape(-1, frames, self.attention_heads, dim // self.attention_heads).transpose(1, 2)

    def _finish(self, x: Tensor, attended: Tensor) -> Tensor:
        _, frames, dim = sizes(x)
        x = x + self._regularised(self.out(attended.transpose(1, 2).reshape(-1, frames, dim)))
        return x + self._regularised(self.contract(functional.gelu(self.expand(self.feedforward_norm(x)))))

    def _regularised(self, update: Tensor) -> Tensor:
        if not self.training or self.dropout == self.skip == 0.0:
            return update
        kept = torch.rand(len(update), 1, 1, device=update.device) >= self.skip
        return functional.dropout(update, self.dropout) * kept / (1.0 - self.skip)


class ConvolutionLayer(nn.Module):
    """Two layers over a frame and the ``look_ahead`` frames after it; the residual is the frame in their middle.

    It hears a syllable, not a sentence: what it learns from few sentences it cannot know by heart.  Where the trunk has
    heard the look-ahead already, they are the frames before it.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.look_ahead = config.look_ahead
        self.padding = (config.look_ahead, 0) if config.hears_early else (0, config.look_ahead)
        self.norm = nn.LayerNorm(config.dim)
        self.expand = nn.Linear(config.dim, config.convolution_dim)
        self.contract = nn.Linear((config.look_ahead + 1) * config.convolution_dim, config.dim)
        self.dropout = self.skip = 0.0
        """As those of :class:`EncoderLayer`; a branch that is one layer is never skipped."""

    def forward(self, x: Tensor, _mask: Tensor) -> Tensor:
        """(batch, frames, dim) -> the same; before the first frame and after the last one there is nothing."""
        return self.answer(functional.pad(x, (0, 0, *self.padding)))

    def answer(self, window: Tensor) -> Tensor:
        """(batch, frames + look-ahead, dim) -> (batch, frames, dim)"""
        frames = sizes(window)[1] - self.look_ahead
        channels = functional.gelu(self.expand(self.norm(window)))
        shifted = [channels[:, shift : shift + frames] for shift in range(self.look_ahead + 1)]
        update = functional.gelu(self.contract(torch.cat(shifted, dim=2)))
        middle = self.look_ahead // 2
        return window[:, middle : middle + frames] + functional.dropout(update, self.dropout, self.training)


Layer = EncoderLayer | ConvolutionLayer


def sizes(x: Tensor) -> tuple[int, ...]:
    """A shape as numbers: in the exported graph constants, but for the batch, which nothing may take from here."""
    return tuple(int(size) for size in x.shape)


def leading(x: Tensor, frames: int) -> Tensor:
    """The first frames; all of them without an operation in the exported graph."""
    return x if sizes(x)[1] == frames else x[:, :frames]


class Head(nn.Module):
    """Layer norm and a linear CTC output (Graves et al. 2006)."""

    def __init__(self, dim: int, labels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.output = nn.Linear(dim, labels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, frames, dim) -> log-probabilities (batch, frames, labels)"""
        logits: Tensor = self.output(self.norm(x))
        return logits.log_softmax(dim=-1)
