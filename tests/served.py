"""A server in a thread of the test, and clients that speak its protocol."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from saidmeant.streaming import Recognizer
from saidmeant.streaming.server import ServerConfig, SpeechServer

PATIENCE = 60.0  # seconds, for a busy machine
CHUNK_SECONDS = 0.1


@dataclass(slots=True)
class Served:
    """A server that runs."""

    server: SpeechServer
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event
    reports: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def socket(self) -> str:
        return self.url.replace("http", "ws", 1)

    def end(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: it has ended already
            self.loop.call_soon_threadsafe(self.stop.set)


@contextmanager
def serving(recognizer: Recognizer, **settings: Any) -> Iterator[Served]:
    reports: list[str] = []
    server = SpeechServer(recognizer, ServerConfig(**({"port": 0, "sessions": 4} | settings)), reports.append)
    started = threading.Event()
    found: list[Served] = []

    async def run() -> None:
        served = Served(server, asyncio.get_running_loop(), asyncio.Event(), reports)
        found.append(served)
        await server.run(served.stop, lambda _: started.set())

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert started.wait(PATIENCE)
    try:
        yield found[0]
    finally:
        found[0].end()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def audio_messages(path: Path) -> tuple[int, list[bytes]]:
    """A recording as 16-bit messages, and its sample rate."""
    samples, rate = soundfile.read(path, dtype="int16")
    size = int(rate * CHUNK_SECONDS)
    return rate, [samples[i : i + size].astype("<i2").tobytes() for i in range(0, len(samples), size)]


def silence(seconds: float, rate: int = 16_000) -> bytes:
    return np.zeros(int(seconds * rate), "<i2").tobytes()


@contextmanager
def begin(socket: str, **start: Any) -> Iterator[ClientConnection]:
    """A session whose first message is sent."""
    with connect(f"{socket}v1/listen", compression=None, open_timeout=PATIENCE, close_timeout=1) as connection:
        connection.send(json.dumps({"type": "start", "sample_rate": 16_000} | start))
        yield connection


def until_quiet(connection: ClientConnection, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Everything until the server has had nothing to say for so long."""
    messages = []
    with suppress(TimeoutError):
        while True:
            messages.append(json.loads(connection.recv(seconds)))
    return messages


def close_code(connection: ClientConnection) -> int:
    """Reads until the server has closed the connection; the code with which it did."""
    try:
        while True:
            connection.recv(PATIENCE)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def receive(connection: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(connection.recv(PATIENCE)))


def rest(connection: ClientConnection) -> list[dict[str, Any]]:
    """Everything up to the server's farewell."""
    messages = [receive(connection)]
    while messages[-1]["type"] not in ("finished", "error"):
        messages.append(receive(connection))
    return messages


def transcript(socket: str, path: Path, **start: Any) -> list[dict[str, Any]]:
    """A whole session with a recording, as fast as the server takes it."""
    rate, messages = audio_messages(path)
    with begin(socket, sample_rate=rate, **start) as connection:
        for message in messages:
            connection.send(message)
        connection.send('{"type": "finish"}')
        return rest(connection)


def finals(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [message["update"] for message in messages if message["type"] == "update" and message["update"]["final"]]
