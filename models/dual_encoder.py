"""The Y-shaped chunk-causal encoder: one trunk, one branch and CTC head per output.

A Whisper encoder (Radford et al. 2022, arXiv 2212.04356) whose layers ``[0, trunk_layers)`` are shared and whose
remaining layers exist once per output.  It is chunk-causal: a frame attends within its chunk, to a bounded left
context and, in the one layer where the frame rate is reduced, to ``look_ahead`` frames to the right.

The look-ahead costs no second computation.  From the pooling layer on, the chunk grid is shifted ``look_ahead`` frames
into the past: when a chunk of audio arrives, that layer answers for frames up to ``look_ahead`` before its end and
attends to all of it.  Streaming therefore delays the output by ``look_ahead`` frames.

The same weights run in two ways that agree exactly: ``forward`` (whole utterances under a mask; training, offline
reference) and ``step`` (one chunk with caches; what the export tool converts).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

MEL_BINS = 80
POSITIONS = 1500  # Whisper's 30 s at 50 frames/s; positions wrap around, and training crosses the wrap
STEM_FRAMES_PER_SECOND = 50
STEM_STRIDE = 2  # mel frames per stem frame
STEM_OVERLAP = 3  # mel frames that the two unpadded convolutions need beyond 2 per stem frame
LOG_MEL_RANGE = 8.0  # sherpa-onnx clamps log10 mel at (maximum of the fed window - 8)
LOG_MEL_FLOOR = -6.5  # fixed floor in log10, against silence that the relative clamp would amplify
MASKED = -1e4
LIMITS = {
    "dim": (1, 4_096),
    "stem_dim": (0, 4_096),
    "attention_heads": (1, 128),
    "feedforward_dim": (1, 16_384),
    "layers": (2, 64),
    "pool": (1, 16),
    "left_context": (0, 15_000),
    "look_ahead": (0, 1_500),
}
"""Far around all that makes sense (Whisper large: 1,280 dimensions, 32 layers): a damaged configuration ends here."""


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """One output: its lane name and its symbols without the blank; label ``i`` is ``tokens[i - 1]``, 0 is the blank."""

    name: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Everything that fixes the shape of a :class:`DualEncoder`."""

    heads: tuple[HeadConfig, ...]
    dim: int = 512
    attention_heads: int = 8
    feedforward_dim: int = 2048
    layers: int = 6
    trunk_layers: int = 3
    pool_layer: int = 3
    """Index of the layer that runs after the 2x average pooling (50 to 25 frames/s) and sees the look-ahead."""
    pool: int = 2
    left_context: int = 160
    """Stem frames (20 ms) that attention reaches back beyond the chunk."""
    look_ahead: int = 4
    """Output frames (``pool`` stem frames each) that the pooling layer sees beyond the frames it answers for."""
    stem_dim: int = 0
    """Channels of the convolutions, which a linear layer then brings to ``dim``; 0: as many as ``dim``, without it."""

    def __post_init__(self) -> None:
        names = [head.name for head in self.heads]
        if names not in (["surface"], ["meaning"], ["surface", "meaning"], ["meaning", "surface"]):
            raise ValueError(f"heads: surface, meaning or both are possible, not {', '.join(names)[:60] or 'none'}")
        for name, (least, most) in LIMITS.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: {getattr(self, name)} is not between {least} and {most}")
        if not 0 <= self.trunk_layers <= self.layers:
            raise ValueError(f"trunk_layers: {self.trunk_layers} is not between 0 and layers ({self.layers})")
        if not 0 < self.pool_layer < self.layers:
            raise ValueError(f"pool_layer: {self.pool_layer} is not between 1 and layers - 1 ({self.layers - 1})")
        if self.dim % self.attention_heads or self.left_context % self.pool:
            raise ValueError("dim must divide by attention_heads, left_context by pool")

    @property
    def frame_ms(self) -> int:
        """Length of one output frame in milliseconds."""
        return 1000 * self.pool // STEM_FRAMES_PER_SECOND


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
        _, frames, dim = _sizes(window)
        heads, size = self.attention_heads, dim // self.attention_heads
        left = _sizes(cache.key)[2] // size
        normed = self.attention_norm(window)
        key, value = self._split(self.key(normed)), self._split(self.value(normed))
        query = self._split(self.query(_leading(normed, queries)))
        old_key, old_value = (old.reshape(-1, heads, left, size) for old in cache)
        scores = torch.cat([query @ old_key.transpose(2, 3), query @ key.transpose(2, 3)], dim=3) * size**-0.5 + bias
        past, present = scores.softmax(dim=-1).split([left, frames], dim=3)
        attended = past @ old_value + present @ value
        kept = LayerCache(self._shifted(cache.key, key, queries), self._shifted(cache.value, value, queries))
        return self._finish(_leading(window, queries), attended), kept

    def _shifted(self, cache: Tensor, new: Tensor, queries: int) -> Tensor:
        """A cache, (batch, heads, left * size), as the next chunk needs it: without the look-ahead, which comes again.

        new: (batch, heads, frames, size).
        """
        _, heads, _, size = _sizes(new)
        first = max(0, queries - _sizes(cache)[2] // size)
        fresh = new[:, :, first:queries].reshape(-1, heads, (queries - first) * size)
        return torch.cat([cache[:, :, queries * size :], fresh], dim=2)

    def _split(self, x: Tensor) -> Tensor:
        """(batch, frames, dim) -> (batch, heads, frames, dim / heads)"""
        _, frames, dim = _sizes(x)
        return x.reshape(-1, frames, self.attention_heads, dim // self.attention_heads).transpose(1, 2)

    def _finish(self, x: Tensor, attended: Tensor) -> Tensor:
        _, frames, dim = _sizes(x)
        x = x + self._regularised(self.out(attended.transpose(1, 2).reshape(-1, frames, dim)))
        return x + self._regularised(self.contract(functional.gelu(self.expand(self.feedforward_norm(x)))))

    def _regularised(self, update: Tensor) -> Tensor:
        if not self.training or self.dropout == self.skip == 0.0:
            return update
        kept = torch.rand(len(update), 1, 1, device=update.device) >= self.skip
        return functional.dropout(update, self.dropout) * kept / (1.0 - self.skip)


def _sizes(x: Tensor) -> tuple[int, ...]:
    """A shape as numbers: in the exported graph constants, but for the batch, which nothing may take from here."""
    return tuple(int(size) for size in x.shape)


def _leading(x: Tensor, frames: int) -> Tensor:
    """The first frames; all of them without an operation in the exported graph."""
    return x if _sizes(x)[1] == frames else x[:, :frames]


Stack = list[tuple[int, EncoderLayer]]
"""Layers with their depth in the encoder."""


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


class StreamState(NamedTuple):
    """What one chunk leaves for the next."""

    caches: tuple[LayerCache, ...]
    """One per layer, in the order of :meth:`DualEncoder.all_layers`."""
    delays: tuple[Tensor, ...]
    """The last ``look_ahead`` pooled frames, (batch, look_ahead, dim): one, or one per branch if branches pool."""
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
        self.branches = nn.ModuleDict(
            {
                head.name: nn.ModuleList(EncoderLayer(config) for _ in range(config.layers - split))
                for head in config.heads
            }
        )
        self.heads = nn.ModuleDict({head.name: Head(config.dim, len(head.tokens) + 1) for head in config.heads})

    @property
    def head_names(self) -> tuple[str, ...]:
        return tuple(head.name for head in self.config.heads)

    @property
    def pools_in_trunk(self) -> bool:
        return self.config.pool_layer <= self.config.trunk_layers

    def trunk_stack(self) -> Stack:
        return [(depth, cast(EncoderLayer, layer)) for depth, layer in enumerate(self.trunk)]

    def branch_stack(self, name: str) -> Stack:
        branch = cast(nn.ModuleList, self.branches[name])
        return [(depth, cast(EncoderLayer, layer)) for depth, layer in enumerate(branch, self.config.trunk_layers)]

    def head(self, name: str) -> Head:
        return cast(Head, self.heads[name])

    def all_layers(self) -> Stack:
        """Every layer with its depth: the trunk's, then each branch's.  The order of the streaming caches."""
        return self.trunk_stack() + [layer for name in self.head_names for layer in self.branch_stack(name)]

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
        masks = self._masks(hidden.shape[1], chunk, hidden.device)
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
        for depth, _ in self.all_layers():
            left = config.left_context // (config.pool if depth >= config.pool_layer else 1)
            shape = batch, config.attention_heads, left * config.dim // config.attention_heads
            caches.append(LayerCache(zeros(shape), zeros(shape)))
        lines = 1 if self.pools_in_trunk else len(config.heads)
        delays = tuple(zeros(batch, config.look_ahead, config.dim) for _ in range(lines))
        return StreamState(tuple(caches), delays, zeros(batch, dtype=torch.long))

    def _run(self, stack: Stack, hidden: Tensor, masks: dict[str, Tensor]) -> Tensor:
        config = self.config
        for depth, layer in stack:
            if depth == config.pool_layer and depth != config.trunk_layers:
                hidden = self._pool(hidden)
            kind = "stem" if depth < config.pool_layer else "ahead" if depth == config.pool_layer else "pooled"
            hidden = layer(hidden, masks[kind])
        return hidden

    def _pool(self, hidden: Tensor) -> Tensor:
        return hidden.unflatten(1, (-1, self.config.pool)).mean(dim=2)

    def _masks(self, frames: int, chunk: int, device: torch.device) -> dict[str, Tensor]:
        config = self.config
        chunk = chunk or frames
        pooled, left, ahead = frames // config.pool, config.left_context // config.pool, config.look_ahead
        chunk_out = chunk // config.pool
        return {
            "stem": attention_mask(frames, chunk, config.left_context, device=device),
            "ahead": attention_mask(pooled, chunk_out, left, delay=ahead, look_ahead=ahead, device=device),
            "pooled": attention_mask(pooled, chunk_out, left, delay=ahead, device=device),
        }


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
        self.biases: dict[tuple[bool, int], Tensor] = {}
        # the first of this chunk's output frames; negative while the delay line fills
        self.first_out = state.frames // config.pool - config.look_ahead

    def run(self, stack: Stack, hidden: Tensor) -> Tensor:
        config = self.config
        for depth, layer in stack:
            if depth == config.pool_layer and depth != config.trunk_layers:
                hidden = self.pool(hidden)
            at_stem_rate = depth < config.pool_layer
            cache = self.old[len(self.caches)]
            bias = self._bias(at_stem_rate, int(hidden.shape[1]))
            hidden, cache = layer.step(hidden, cache, bias, self.chunk if at_stem_rate else self.out)
            self.caches.append(cache)
        return hidden

    def pool(self, hidden: Tensor) -> Tensor:
        """Halve the frame rate and prepend the delay line: (batch, look_ahead + out, dim)"""
        pooled = hidden.reshape(-1, self.out, self.config.pool, self.config.dim).mean(dim=2)
        window = torch.cat([self.old_delays[len(self.delays)], pooled], dim=1)
        self.delays.append(window[:, self.out :])
        return window

    def silence_before_start(self, log_probs: Tensor) -> Tensor:
        """Force the blank on frames before the start of the stream."""
        index = self.first_out[:, None] + torch.arange(self.out, device=log_probs.device)
        label = torch.arange(log_probs.shape[2], device=log_probs.device)
        return torch.where(index[:, :, None] < 0, torch.where(label == 0, 0.0, MASKED), log_probs)

    def _bias(self, at_stem_rate: bool, frames: int) -> Tensor:
        """Hide keys from before the start; ``frames`` is the window's length.  Layers with like windows share it."""
        key = at_stem_rate, frames
        if key not in self.biases:
            first = self.stem_seen if at_stem_rate else self.first_out
            left = self.config.left_context // (1 if at_stem_rate else self.config.pool)
            index = first[:, None] + torch.arange(-left, frames, device=first.device)
            self.biases[key] = (index < 0)[:, None, None, :] * MASKED
        return self.biases[key]


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
