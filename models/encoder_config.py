"""What fixes the shape of an encoder, and what all of its parts count in."""

from __future__ import annotations

from dataclasses import dataclass, field

MEL_BINS = 80
STEM_FRAMES_PER_SECOND = 50
STEM_STRIDE = 2  # mel frames per stem frame
STEM_OVERLAP = 3  # mel frames that the two unpadded convolutions need beyond 2 per stem frame
LIMITS = {
    "dim": (1, 4_096),
    "stem_dim": (0, 4_096),
    "convolution_dim": (0, 4_096),
    "attention_heads": (1, 128),
    "feedforward_dim": (1, 16_384),
    "layers": (2, 64),
    "pool": (1, 16),
    "left_context": (0, 15_000),
    "look_ahead": (0, 1_500),
    "look_ahead_layer": (0, 63),
}
"""Far around all that makes sense (Whisper large: 1,280 dimensions, 32 layers): a damaged configuration ends here."""


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """One output: its lane name and its symbols without the blank; label ``i`` is ``tokens[i - 1]``, 0 is the blank."""

    name: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """The numbers that fix the shape of a :class:`DualEncoder` but for its heads."""

    dim: int = 512
    attention_heads: int = 8
    feedforward_dim: int = 2048
    layers: int = 6
    trunk_layers: int = 3
    pool_layer: int = 3
    """Index of the layer that runs after the average pooling (50 to 25 frames/s)."""
    pool: int = 2
    left_context: int = 160
    """Stem frames (20 ms) that attention reaches back beyond the chunk."""
    look_ahead: int = 4
    """Output frames (``pool`` stem frames each) that one layer sees beyond the frames it answers for."""
    look_ahead_layer: int = 0
    """Index of that layer: one of the trunk's before the pooling layer, or 0 for the pooling layer itself."""
    stem_dim: int = 0
    """Channels of the convolutions, which a linear layer then brings to ``dim``; 0: as many as ``dim``, without it."""
    convolution_dim: int = 0
    """Channels of the convolution that is all of a branch (:class:`ConvolutionLayer`); 0: branches of attention."""


@dataclass(frozen=True, slots=True)
class EncoderConfig(EncoderShape):
    """Everything that fixes the shape of a :class:`DualEncoder`."""

    heads: tuple[HeadConfig, ...] = field(kw_only=True)

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
        if self.look_ahead_layer and not self.look_ahead_layer < min(self.pool_layer, self.trunk_layers):
            raise ValueError("look_ahead_layer must be 0 or a layer of the trunk below pool_layer")
        if self.convolution_dim and not self.trunk_layers == self.pool_layer == self.layers - 1:
            raise ValueError("a branch of convolution is one layer: layers - 1 = trunk_layers = pool_layer")
        if self.dim % self.attention_heads or self.left_context % self.pool:
            raise ValueError("dim must divide by attention_heads, left_context by pool")

    @property
    def hears_early(self) -> bool:
        """Whether a layer before the pooling one sees the look-ahead; all that follow it are late then."""
        return self.look_ahead_layer > 0

    @property
    def looking_layer(self) -> int:
        """Index of the layer that sees the look-ahead."""
        return self.look_ahead_layer or self.pool_layer

    def rate(self, depth: int) -> int:
        """Stem frames per frame of a layer."""
        return self.pool if depth >= self.pool_layer else 1

    def delay(self, depth: int) -> int:
        """Frames of its own that a layer is late; the one that sees the look-ahead sees as many more."""
        late = depth >= self.looking_layer
        return self.look_ahead * self.pool // self.rate(depth) if late else 0

    def sees_ahead(self, depth: int) -> bool:
        """Whether this is the layer that sees the look-ahead."""
        return depth == self.looking_layer

    @property
    def frame_ms(self) -> int:
        """Length of one output frame in milliseconds."""
        return 1000 * self.pool // STEM_FRAMES_PER_SECOND
