"""Two recognisers of sherpa-onnx side by side, which a session takes for one.

Both hear the same audio, each in chunks and frames of its own.  What they say is dated in the pair's frames and laid
into the pair's lanes, one growing stream of tokens as that of a single model (lanes.py).  A step of the pair is the
longer of the two chunks, and what one model says beyond what the other has reached waits for it: so a segment that
ends has all tokens of both up to one frame, and none of what follows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .foreign import labels
from .lanes import INDEX_SECONDS

if TYPE_CHECKING:
    from .bundle import Manifest

PREFIXES = {"surface": "S:", "meaning": "M:"}


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two recognisers.  Durations are milliseconds."""

    host: Any
    """sherpa-onnx's OnlineRecognizer."""
    chunk_ms: int
    look_ahead_ms: int
    frame_ms: int
    lanes: tuple[str, ...]
    foreign: bool

    def parsed(self, symbol: str) -> list[str]:
        """A symbol as those of a bundle's tokens.txt."""
        if not self.foreign:
            return [symbol]
        head = self.lanes[0]
        return [PREFIXES[head] + label for label in labels(symbol, head)]


@dataclass(slots=True)
class PairResult:
    """Everything said so far, as sherpa-onnx's own result has it."""

    tokens: list[str] = field(default_factory=list)
    timestamps: list[float] = field(default_factory=list)


@dataclass(slots=True)
class HalfStream:
    """A stream of one of the recognisers."""

    stream: Any
    steps: int = 0
    """Decoded so far."""
    seen: int = 0
    """Tokens of its result that were looked at."""
    waiting: deque[tuple[int, int, str]] = field(default_factory=deque)
    """Frame, lane and symbol in the pair's terms of what the other half has not reached."""


@dataclass(slots=True)
class PairStream:
    """A stream of both."""

    halves: tuple[HalfStream, ...]
    steps: int = 0
    result: PairResult = field(default_factory=PairResult)

    def accept_waveform(self, sample_rate: int, samples: Any) -> None:
        for half in self.halves:
            half.stream.accept_waveform(sample_rate, samples)


class PairHost:
    """What a session uses of sherpa-onnx's OnlineRecognizer, for two of them."""

    def __init__(self, manifest: Manifest, halves: Sequence[Half]) -> None:
        """manifest: the pair's; its chunk and look-ahead are the longer ones of its halves'."""
        self._manifest = manifest
        self._halves = tuple(halves)
        self._lanes = [[manifest.lanes.index(lane) for lane in half.lanes] for half in halves]
        self.recognizer = self

    def create_stream(self) -> PairStream:
        """A stream of both, each at its start."""
        return PairStream(tuple(HalfStream(half.host.create_stream()) for half in self._halves))

    def is_ready(self, stream: PairStream) -> bool:
        """Whether one decoding step makes the pair's next; a model with shorter chunks makes its earlier ones here."""
        ready = True
        for half, own in zip(self._halves, stream.halves, strict=True):
            wanted = self._steps_needed(half, stream.steps + 1)
            while own.steps < wanted - 1 and half.host.is_ready(own.stream):
                self._step(half, own)
            ready = ready and (own.steps >= wanted or (own.steps == wanted - 1 and half.host.is_ready(own.stream)))
        return ready

    def decode_stream(self, stream: PairStream) -> None:
        """The step that :meth:`is_ready` spoke of."""
        stream.steps += 1
        for number, (half, own) in enumerate(zip(self._halves, stream.halves, strict=True)):
            if own.steps < self._steps_needed(half, stream.steps):
                self._step(half, own)
            self._look(number, own)
            self._release(own, stream)

    def get_result(self, stream: PairStream) -> PairResult:
        """Both models' tokens in the pair's lanes; it grows."""
        return stream.result

    def _steps_needed(self, half: Half, steps: int) -> int:
        """Of a half, so that it has reached what so many steps of the pair reach."""
        reach = steps * self._manifest.chunk_ms - self._manifest.look_ahead_ms + half.look_ahead_ms
        return -(-reach // half.chunk_ms)

    def _step(self, half: Half, own: HalfStream) -> None:
        half.host.decode_stream(own.stream)
        own.steps += 1

    def _look(self, number: int, own: HalfStream) -> None:
        """Date what is new in the result of a half."""
        half, pair = self._halves[number], self._manifest
        result = half.host.recognizer.get_result(own.stream)
        tokens, times = result.tokens, result.timestamps
        later_ms = pair.look_ahead_ms - half.look_ahead_ms
        for i in range(own.seen, len(tokens)):
            frame, lane = divmod(round(times[i] / INDEX_SECONDS), len(half.lanes))
            joint = (frame * half.frame_ms + later_ms) // pair.frame_ms
            own.waiting.extend((joint, self._lanes[number][lane], symbol) for symbol in half.parsed(tokens[i]))
        own.seen = len(tokens)

    def _release(self, own: HalfStream, stream: PairStream) -> None:
        """Say what lies within the pair's reach."""
        reached = stream.steps * self._manifest.chunk_ms // self._manifest.frame_ms
        while own.waiting and own.waiting[0][0] < reached:
            frame, lane, symbol = own.waiting.popleft()
            stream.result.tokens.append(symbol)
            stream.result.timestamps.append((frame * len(self._manifest.lanes) + lane) * INDEX_SECONDS)
