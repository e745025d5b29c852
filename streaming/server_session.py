"""A session with a client of the server: audio comes in, updates go out.

The recogniser works in threads of a pool, one message of a client at a time, and the client's next message is read when
the last has been heard.  So a client that sends faster than it can be heard fills its own connection, which then stands
still (TCP), and nobody else's.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .errors import AudioError
from .hypothesis import Update
from .recognizer import Recognizer
from .recording import RecordingScreen
from .screen import Screen, Unseen
from .server_capacity import Capacity
from .server_line import Line
from .server_messages import ProtocolError, Start, finished, read_audio, read_message, read_start, ready, told
from .session import Session
from .sound_alikes import SoundAlikes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one session, in seconds."""

    session_seconds: float = 600.0
    """Of audio, and about so much time."""
    idle_seconds: float = 30.0
    """Without a message."""


@dataclass(frozen=True, slots=True)
class House:
    """What all sessions share."""

    recognizer: Recognizer
    pool: ThreadPoolExecutor
    capacity: Capacity
    limits: Limits
    sound_alikes: SoundAlikes
    record: Path | None
    """Where sessions are kept; None: nowhere."""
    report: Callable[[str], None]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def in_thread(self, do: Callable[..., T], *arguments: Any) -> T:
        """Away from the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, do, *arguments)

    def screen(self) -> Screen:
        """What a session is shown to on this side."""
        return Unseen() if self.record is None else RecordingScreen(Unseen(), self.record, self.report)


async def hold_session(line: Line, house: House) -> None:
    """From the client's start to the last word.  Raises ProtocolError, after what was heard until then was told."""
    start = read_start(await line.first())
    with house.capacity.place(), house.screen() as screen:
        listener = await house.in_thread(_Listener, house, start, screen)
        try:
            await _converse(line, house, listener)
        finally:
            if house.record is not None:  # also of a connection that was cut
                await asyncio.shield(house.in_thread(listener.finish))


async def _converse(line: Line, house: House, listener: _Listener) -> None:
    limits, fault, reason = house.limits, None, ""
    bundle, recorded = house.recognizer.bundle, house.record is not None
    await line.tell(ready(bundle, limits.session_seconds, limits.idle_seconds, recorded))
    try:
        reason = await _listen(line, house, listener)
    except (ProtocolError, AudioError) as error:
        fault = error
    for text in await house.in_thread(listener.finish):
        await line.tell(text)
    if fault is not None:
        raise fault
    await line.tell(finished(reason, listener.seconds))


async def _listen(line: Line, house: House, listener: _Listener) -> str:
    """Until the session ends; returns why."""
    limits, began = house.limits, time.monotonic()
    while listener.seconds < limits.session_seconds:
        left = began + limits.session_seconds + limits.idle_seconds - time.monotonic()
        message = await line.next(min(limits.idle_seconds, left))
        if message is None:
            return (
                "shutdown" if house.stopping.is_set() else "idle" if left > limits.idle_seconds else "session-too-long"
            )
        if isinstance(message, str):
            read_message(message, "finish")
            return "finish"
        for text in await house.in_thread(listener.hear, message):
            await line.tell(text)
    return "session-too-long"


class _Listener:
    """The recogniser's side, all of it for threads: one call at a time."""

    def __init__(self, house: House, start: Start, screen: Screen) -> None:
        self._start, self._screen, self._sound_alikes = start, screen, house.sound_alikes
        self._session: Session = house.recognizer.session(endpoint=start.pauses, reference=start.reference or None)

    @property
    def seconds(self) -> float:
        """Of audio, so far."""
        return self._session.seconds

    def hear(self, message: bytes) -> list[str]:
        """The messages that a piece of audio brings."""
        samples = read_audio(message, self._start)
        began = time.perf_counter()
        updates = self._session.accept(samples, self._start.sample_rate)
        self._screen.hear(samples, self._start.sample_rate)
        return self._messages(updates, began)

    def finish(self) -> list[str]:
        """The last ones; none the second time."""
        began = time.perf_counter()
        return self._messages(self._session.finish(), began)

    def _messages(self, updates: list[Update], began: float) -> list[str]:
        compute_ms = (time.perf_counter() - began) * 1000
        texts = []
        for update in updates:
            self._screen.show(update)
            if update.final or self._start.partials:
                heard_as = self._sound_alikes.of(update.spans)
                texts.append(json.dumps(told(update, self.seconds, compute_ms, heard_as), ensure_ascii=False))
        return texts
