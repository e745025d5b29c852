"""The Y-shaped chunk-causal encoder: one trunk, one branch and CTC head per output.

A Whisper encoder (Radford et al. 2022, arXiv 2212.04356) whose layers ``[0, trunk_layers)`` are shared and whose
remaining layers exist once per output.  It is chunk-causal: a frame attends within its chunk, to a bounded left
context and, in one layer (the one where the frame rate is reduced, or an earlier one), to ``look_ahead`` frames to the
right.

The look-ahead costs no second computation.  From that layer on, the chunk grid is shifted ``look_ahead`` frames into
the past: when a chunk of audio arrives, that layer answers for frames up to ``look_ahead`` before its end and attends
to all of it.  Streaming therefore delays the output by ``look_ahead`` frames.

The same weights run in two ways that agree exactly: ``forward`` (whole utterances under a mask; training, offline
reference) and ``step`` (one chunk with caches; what the export tool converts).
"""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from .encoder_config import STEM_OVERLAP, STEM_STRIDE, EncoderConfig
from .encoder_input import Stem, floored, normalise, position_embedding
from .encoder_layers import ConvolutionLayer, EncoderLayer, Head, Layer, LayerCache
from .encoder_masks import Masks

MASKED = -1e4
Stack = list[tuple[int, Layer]]
"""Layers with their depth in the encoder."""


class StreamState(NamedTuple):
    """What one chunk leaves for the next."""

    caches: tuple[LayerCache, ...]
    """One per layer that attends, in the order of :meth:`DualEncoder.all_layers`."""
    delays: tuple[Tensor, ...]
    """The last frames before the layer that sees the look-ahead, (batch, look-ahead in its frames, dim): one line, or
    one per branch if branches pool.  If the trunk hears early, also the pooled frames before a convolution's."""
    frames: Tensor
    """Stem frames seen since the start, (batch,) int64."""


class DualEncoder(nn.Module):
    """Mel windows in, one sequence of CTC log-probabilities per head out.  See the module docstring."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = Stem(config)
        split = config.trunk_layers
        self.trunk = nn.ModuleList(EncoderLayer(config) for _ in range(split))
        kind = ConvolutionLayer if config.convolution_dim else EncoderLayer
        self.branches = nn.ModuleDict(
            {head.name: nn.ModuleList(kind(config) for _ in range(config.layers - split)) for head in config.heads}
        )
        self.heads = nn.ModuleDict({head.name: Head(config.dim, len(head.tokens) + 1) for head in config.heads})

    @property
    def head_names(self) -> tuple[str, ...]:
        return tuple(head.name for head in self.config.heads)

    @property
    def pools_in_trunk(self) -> bool:
        return self.config.pool_layer <= self.config.trunk_layers

    def trunk_stack(self) -> Stack:
        return [(depth, cast(Layer, layer)) for depth, layer in enumerate(self.trunk)]

    def branch_stack(self, name: str) -> Stack:
        branch = cast(nn.ModuleList, self.branches[name])
        return [(depth, cast(Layer, layer)) for depth, layer in enumerate(branch, self.config.trunk_layers)]

    def head(self, name: str) -> Head:
        return cast(Head, self.heads[name])

    def all_layers(self) -> Stack:
        """Every layer with its depth: the trunk's, then each branch's.  The order of the streaming caches."""
        return self.trunk_stack() + [layer for name in self.head_names for layer in self.branch_stack(name)]

    def attention_layers(self) -> list[tuple[int, EncoderLayer]]:
        """Those of all layers that attend, and so have a cache."""
        return [(depth, layer) for depth, layer in self.all_layers() if isinstance(layer, EncoderLayer)]

    def regularise(self, dropout: float, skip: float) -> None:
        """Set :attr:`EncoderLayer.dropout` and :attr:`EncoderLayer.skip` of every layer; training mode heeds them."""
        for _, layer in self.all_layers():
            layer.dropout, layer.skip = dropout, skip

    def forward(self, log_mel: Tensor, chunk: int, position: Tensor | None = None) -> dict[str, Tensor]:
        """Log-probabilities of whole utterances, exactly as streaming in chunks of ``chunk`` stem frames gives them.

        log_mel: (batch, frames, 80), log10 mel energies before any clamp; chunk: stem frames (20 ms) per chunk, a
        multiple of ``pool``, or 0 for the whole utterance; position: (batch,) first position, 0 by default.
        Returns per head (batch, output frames, labels).
        """
        hidden = self.embed(log_mel, chunk, position)
        masks = Masks(self.config, hidden.shape[1], chunk, hidden.device)
        hidden = self._run(self.trunk_stack(), hidden, masks)
        if self.config.pool_layer == self.config.trunk_layers:
            hidden = self._pool(hidden)
        return {name: self.head(name)(self._run(self.branch_stack(name), hidden, masks)) for name in self.head_names}

    def embed(self, log_mel: Tensor, chunk: int, position: Tensor | None = None) -> Tensor:
        """Clamp, convolve and add positions, window by window as the device does: (batch, stem frames, dim)."""
        batch, frames, _ = log_mel.shape
        if chunk == 0:
            chunk = (frames - STEM_OVERLAP) // STEM_STRIDE // self.config.pool * self.config.pool
        hop, length = STEM_STRIDE * chunk, STEM_STRIDE * chunk + STEM_OVERLAP
        windows = log_mel.unfold(1, length, hop).transpose(2, 3)  # (batch, windows, length, 80)
        stem = self.stem(normalise(windows).flatten(0, 1))
        hidden = stem.unflatten(0, (batch, -1)).flatten(1, 2)
        first = torch.zeros(batch, dtype=torch.long, device=hidden.device) if position is None else position
        index = first[:, None] + torch.arange(hidden.shape[1], device=hidden.device)
        return hidden + position_embedding(index, self.config.dim)

    def step(self, mel: Tensor, state: StreamState) -> tuple[dict[str, Tensor], StreamState]:
        """One chunk with caches.

        mel: (batch, 2 chunk + 3, 80), log-mel as sherpa-onnx feeds it (clamped and scaled).  Returns per head
        (batch, chunk / pool, labels) for the frames that end ``look_ahead`` before the chunk does; frames before the
        start of the stream come out as blanks.
        """
        config = self.config
        hidden = self.stem(floored(mel))
        chunk = int(hidden.shape[1])  # a constant of the exported graph
        index = state.frames[:, None] + torch.arange(chunk, device=hidden.device)
        hidden = hidden + position_embedding(index, config.dim)
        stream = _Stream(config, state, chunk)
        hidden = stream.run(self.trunk_stack(), hidden)
        if config.pool_layer == config.trunk_layers:
            hidden = stream.pool(hidden)
        log_probs = {}
        for name in self.head_names:
            branch = stream.run(self.branch_stack(name), hidden)
            log_probs[name] = stream.silence_before_start(self.head(name)(branch))
        return log_probs, StreamState(tuple(stream.caches), tuple(stream.delays), state.frames + chunk)

    def initial_state(self, batch: int) -> StreamState:
        """The state of a stream that has heard nothing."""
        config = self.config
        zeros = torch.zeros
        caches = []
        for depth, _ in self.attention_layers():
            left = config.left_context // config.rate(depth)
            shape = batch, config.attention_heads, left * config.dim // config.attention_heads
            caches.append(LayerCache(zeros(shape), zeros(shape)))
        lines = [config.look_ahead] * (1 if self.pools_in_trunk else len(config.heads))
        if config.hears_early:
            lines = [config.look_ahead * config.pool] + [config.look_ahead] * bool(config.convolution_dim)
        delays = tuple(zeros(batch, frames, config.dim) for frames in lines)
        return StreamState(tuple(caches), delays, zeros(batch, dtype=torch.long))

    def _run(self, stack: Stack, hidden: Tensor, masks: Masks) -> Tensor:
        config = self.config
        for depth, layer in stack:
            if depth == config.pool_layer and depth != config.trunk_layers:
                hidden = self._pool(hidden)
            hidden = layer(hidden, masks.of(depth))
        return hidden

    def _pool(self, hidden: Tensor) -> Tensor:
        return hidden.unflatten(1, (-1, self.config.pool)).mean(dim=2)


class _Stream:
    """The bookkeeping of one :meth:`DualEncoder.step`: which cache is next, what lies before the start."""

    def __init__(self, config: EncoderConfig, state: StreamState, chunk: int) -> None:
        self.config = config
        self.old = list(state.caches)
        self.old_delays = list(state.delays)
        self.caches: list[LayerCache] = []
        self.delays: list[Tensor] = []
        self.chunk = chunk
        self.out = chunk // config.pool
        self.stem_seen = state.frames
        self.biases: dict[tuple[int, int, int], Tensor] = {}
        # the first of this chunk's output frames; negative while the delay line fills
        self.first_out = state.frames // config.pool - config.look_ahead

    def run(self, stack: Stack, hidden: Tensor) -> Tensor:
        config = self.config
        for depth, layer in stack:
            if depth == config.pool_layer and depth != config.trunk_layers:
                hidden = self.pool(hidden)
            if isinstance(layer, ConvolutionLayer):
                hidden = layer.answer(hidden)
                continue
            if config.hears_early and config.sees_ahead(depth):
                hidden = self.after_line(hidden)
            cache = self.old[len(self.caches)]
            bias = self._bias(depth, int(hidden.shape[1]))
            hidden, cache = layer.step(hidden, cache, bias, self.chunk // config.rate(depth))
            self.caches.append(cache)
        return hidden

    def pool(self, hidden: Tensor) -> Tensor:
        """Reduce the frame rate; what follows sees the frames of the delay line too: (batch, look_ahead + out, dim)."""
        config = self.config
        pooled = hidden.reshape(-1, self.out, config.pool, config.dim).mean(dim=2)
        if not config.hears_early:
            return self.after_line(pooled)
        if not config.convolution_dim:
            return pooled
        index = self.first_out[:, None] + torch.arange(self.out, device=hidden.device)
        return self.after_line(torch.where(index[:, :, None] < 0, 0.0, pooled))  # before the start there is nothing

    def after_line(self, hidden: Tensor) -> Tensor:
        """The frames behind those of the next delay line, which takes the last of them."""
        window = torch.cat([self.old_delays[len(self.delays)], hidden], dim=1)
        self.delays.append(window[:, int(hidden.shape[1]) :])
        return window

    def silence_before_start(self, log_probs: Tensor) -> Tensor:
        """Force the blank on frames before the start of the stream."""
        index = self.first_out[:, None] + torch.arange(self.out, device=log_probs.device)
        label = torch.arange(log_probs.shape[2], device=log_probs.device)
        return torch.where(index[:, :, None] < 0, torch.where(label == 0, 0.0, MASKED), log_probs)

    def _bias(self, depth: int, frames: int) -> Tensor:
        """Hide keys from before the start; ``frames`` is the window's length.  Layers with like windows share it."""
        rate, delay = self.config.rate(depth), self.config.delay(depth)
        key = rate, delay, frames
        if key not in self.biases:
            first = self.stem_seen // rate - delay
            left = self.config.left_context // rate
            index = first[:, None] + torch.arange(-left, frames, device=first.device)
            self.biases[key] = (index < 0)[:, None, None, :] * MASKED
        return self.biases[key]
