"""Ctrl-C or SIGTERM while a source is followed: it ends the audio, and what was heard is still decoded and shown."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

from .audio import Samples, Source
from .microphone import Microphone

SIGNALS = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C, and the polite way to end a service


class Interruption:
    """A signal, in a ``with`` block, ends the audio but loses nothing that was heard; a second one stops for good."""

    def __init__(self) -> None:
        self.happened = False
        self._waiting = False
        self._stop: Callable[[], None] | None = None
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        with suppress(ValueError):  # not in the main thread, where no signal arrives either
            for number in SIGNALS:
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            if handler is not None:  # None: installed by something other than Python
                signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.happened:
            raise KeyboardInterrupt
        self.happened = True
        if self._stop is not None:
            self._stop()
        elif self._waiting:  # for audio that may never come; never while a chunk is being decoded
            raise KeyboardInterrupt

    def chunks(self, source: Source) -> Iterator[Samples]:
        """The chunks of a source until a signal comes."""
        self._stop = source.stop if isinstance(source, Microphone) else None
        iterator = iter(source)
        while not self.happened or self._stop is not None:
            try:
                self._waiting = True
                chunk = next(iterator, None)
            except KeyboardInterrupt:
                return
            finally:
                self._waiting = False
            if chunk is None:
                return
            yield chunk
