"""Ctrl-C while a source is followed: it ends the audio, and what was heard is still decoded and shown."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

from .audio import Samples, Source
from .microphone import Microphone


class Interruption:
    """Ctrl-C, in a ``with`` block, ends the audio but loses nothing that was heard; a second one stops for good."""

    def __init__(self) -> None:
        self.happened = False
        self._waiting = False
        self._stop: Callable[[], None] | None = None
        self._previous: Any = None

    def __enter__(self) -> Interruption:
        try:
            self._previous = signal.signal(signal.SIGINT, self._handle)
        except ValueError:  # not in the main thread, where no signal arrives either
            self._previous = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.happened:
            raise KeyboardInterrupt
        self.happened = True
        if self._stop is not None:
            self._stop()
        elif self._waiting:  # for audio that may never come; never while a chunk is being decoded
            raise KeyboardInterrupt

    def chunks(self, source: Source) -> Iterator[Samples]:
        """The chunks of a source until Ctrl-C."""
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
