"""Where the time of a session goes: sherpa-onnx's encoder, its filter bank, reading its result, and everything else.

A session talks to sherpa-onnx through one object, its host, so a host that looks at the clock on both sides of every
call divides the time without a change to what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .endpoint import Endpoint, Moment

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Step:
    """One ``accept`` in seconds, by the wall clock, and the processor seconds of this thread in its parts."""

    total: float
    decode: float
    """The encoder: sherpa-onnx's ``decode_stream``, by the processor clock like what follows."""
    front_end: float
    """The filter bank: its ``accept_waveform``."""
    result: float
    """Its result, copied out of C++ into Python lists."""
    python: float
    """The rest: everything that is ours."""


@dataclass(slots=True)
class Stopwatch:
    """Sums of the current step, by the processor clock of this thread, which other programs hardly disturb."""

    clock: Clock = time.thread_time
    spent: dict[str, float] = field(default_factory=dict)

    def timed(self, part: str, call: Callable[..., Any], *arguments: Any) -> Any:
        began = self.clock()
        try:
            return call(*arguments)
        finally:
            self.spent[part] = self.spent.get(part, 0.0) + self.clock() - began

    def step(self, call: Callable[[], object]) -> Step:
        """Do something with a watched session and say where the time went."""
        self.spent.clear()
        wall, cpu = time.perf_counter(), self.clock()
        call()
        used, total = self.clock() - cpu, time.perf_counter() - wall
        decode, front_end, result = (self.spent.get(part, 0.0) for part in ("decode", "front_end", "result"))
        return Step(total, decode, front_end, result, max(0.0, used - decode - front_end - result))


class WatchedHost:
    """sherpa-onnx's recogniser as a session uses it, every call on the stopwatch."""

    def __init__(self, host: Any, watch: Stopwatch) -> None:
        self._host = host
        self._watch = watch
        self.recognizer = self

    def create_stream(self) -> _WatchedStream:
        return _WatchedStream(self._host.create_stream(), self._watch)

    def is_ready(self, stream: _WatchedStream) -> bool:
        return bool(self._host.is_ready(stream.stream))

    def decode_stream(self, stream: _WatchedStream) -> None:
        self._watch.timed("decode", self._host.decode_stream, stream.stream)

    def get_result(self, stream: _WatchedStream) -> _Result:
        result: _Result = self._watch.timed("result", self._copied, stream)
        return result

    def _copied(self, stream: _WatchedStream) -> _Result:
        result = self._host.recognizer.get_result(stream.stream)
        return _Result(result.tokens, result.timestamps)


@dataclass(frozen=True, slots=True)
class _Result:
    tokens: list[str]
    timestamps: list[float]


@dataclass(frozen=True, slots=True)
class _WatchedStream:
    stream: Any
    watch: Stopwatch

    def accept_waveform(self, sample_rate: int, samples: Any) -> None:
        self.watch.timed("front_end", self.stream.accept_waveform, sample_rate, samples)


class WatchedEndpoint:
    """An endpoint that remembers when it last decided."""

    def __init__(self, endpoint: Endpoint, clock: Clock = time.perf_counter) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self.decided = 0.0
        """By the clock; 0 before the first decision."""

    def ends_segment(self, moment: Moment) -> bool:
        ends = self._endpoint.ends_segment(moment)
        if ends:
            self.decided = self._clock()
        return ends
