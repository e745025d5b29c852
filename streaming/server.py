"""The verb ``serve``: a page that listens, and the protocol behind it, for any number of people at once.

One event loop answers everybody and computes nothing; the sessions run in threads (server_session.py).  Connections are
``websockets``'s, which bounds messages, queues and patience; compression is off, so that what comes in is as long as it
looks.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from .errors import SaidMeantError, UsageError
from .recognizer import Recognizer
from .server_capacity import Capacity, measured_capacity
from .server_export import write_document
from .server_gate import Gate, Refusal, is_loopback
from .server_line import GONE, Line
from .server_messages import INTERNAL, MAX_MESSAGE_BYTES, ProtocolError, refused
from .server_pages import json_answer, page_answer, text_answer
from .server_session import House, Limits, hold_session
from .sound_alikes import SoundAlikes

LISTEN, EXPORT, HEALTH, READY = "/v1/listen", "/v1/export", "/health", "/ready"
OPEN_SECONDS = 5.0
"""For the first request of a connection."""
CLOSE_SECONDS = 2.0
"""For a client's farewell, which lies behind whatever else it has sent."""
GRACE_SECONDS = 10.0
"""For open sessions when the server stops."""
MAX_QUEUE = 8  # messages that wait to be heard; more wait in the network
SPARE_CONNECTIONS = 64
"""Beside those of sessions: of people who are about to begin, or export."""


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Where a server listens, who may come, and how much.  Raises UsageError for what is unsafe or contradictory."""

    host: str = "127.0.0.1"
    port: int = 8765
    """0: any that is free."""
    token: str = ""
    """Asked of everybody; needed for hosts that other machines reach."""
    origins: tuple[str, ...] = ()
    """Of other pages that may connect, as ``https://example.org``."""
    certificate: Path | None = None
    """PEM, with its chain: then it speaks HTTPS, without which browsers elsewhere give no microphone."""
    key: Path | None = None
    sessions: int | None = None
    """Most at once; None: measured (server_capacity.py)."""
    limits: Limits = field(default_factory=Limits)
    record: Path | None = None
    """Keep every session in this folder."""

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and not self.token:
            raise UsageError(f"--host {self.host} lets other machines in: add --token, a secret that they have to know")
        if self.key is not None and self.certificate is None:
            raise UsageError("--key needs --certificate")

    def encryption(self) -> ssl.SSLContext | None:
        """Raises UsageError if the certificate does not work."""
        if self.certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"cannot use the certificate {self.certificate}: {error}") from error
        return context


class SpeechServer:
    """Serves until it is told to stop.  Build it, then ``await run(stop)``."""

    def __init__(self, recognizer: Recognizer, config: ServerConfig, report: Callable[[str], None]) -> None:
        """report: gets a line for the operator."""
        self.config, self._report = config, report
        self._gate = Gate(config.host, config.token, config.origins)
        threads = os.cpu_count() or 1
        pool = ThreadPoolExecutor(threads, thread_name_prefix="saidmeant")
        sessions = config.sessions or measured_capacity(recognizer, pool, threads)
        self.house = House(
            recognizer,
            pool,
            Capacity(sessions),
            config.limits,
            SoundAlikes(recognizer.lexicon, recognizer.language_model),
            config.record,
            report,
        )
        self.url = ""
        """Where it listens, once it does."""
        self._server: Server | None = None
        self._talks: set[asyncio.Task[Any]] = set()

    async def run(self, stop: asyncio.Event, started: Callable[[str], None] = lambda _: None) -> None:
        """Until ``stop`` is set; sessions that are open then are finished first.  started: gets the address.

        Raises SaidMeantError if the address cannot be had.
        """
        async with await self._bound() as server:
            self._server = server
            started(self.url)
            await stop.wait()
            self.house.stopping.set()
            if self._talks:
                await asyncio.wait(self._talks, timeout=GRACE_SECONDS)
        self.house.pool.shutdown()

    async def _bound(self) -> Server:
        config, secure = self.config, self.config.encryption()
        try:
            server = await serve(
                self._talk,
                config.host,
                config.port,
                process_request=self._answer,
                ssl=secure,
                compression=None,
                max_size=MAX_MESSAGE_BYTES,
                max_queue=MAX_QUEUE,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                logger=_silent_logger(),
                server_header=None,
            )
        except OSError as error:
            reason = error.strerror or error
            raise SaidMeantError(f"cannot listen on {config.host}, port {config.port}: {reason}") from error
        port = server.sockets[0].getsockname()[1]
        host = f"[{config.host}]" if ":" in config.host else config.host
        self.url = f"{'https' if secure else 'http'}://{host}:{port}/"
        return server

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Every request comes here first; None lets a WebSocket through."""
        path, _, query = request.path.partition("?")
        refusal = self._gate.check_host(request.headers)
        if refusal is None and path in (LISTEN, EXPORT):
            refusal = self._turned_away(request, query)
            if refusal is None:
                return None
        if refusal is not None:
            return text_answer(refusal.status, refusal.reason)
        if path in (HEALTH, READY):
            return self._state(path)
        return page_answer(path)

    def _turned_away(self, request: Request, query: str) -> Refusal | None:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return Refusal(HTTPStatus.UPGRADE_REQUIRED, "this is for WebSockets")
        if refusal := self._gate.check_client(request.headers, query):
            return refusal
        if self.house.stopping.is_set():
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "the server is stopping")
        if len(self._talks) >= self.house.capacity.most + SPARE_CONNECTIONS:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections")
        return None

    def _state(self, path: str) -> Response:
        """/health: whether it lives, and its load; /ready: whether one more session has a place."""
        stopping, capacity = self.house.stopping.is_set(), self.house.capacity
        status = "stopping" if stopping else "full" if capacity.full else "ok"
        manifest = self.house.recognizer.bundle.manifest
        bad = stopping or (path == READY and capacity.full)
        content = {
            "status": status,
            "bundle": manifest.name,
            "language": manifest.language,
            "preview": manifest.preview,
            "recorded": self.house.record is not None,
        } | capacity.as_dict()
        return json_answer(HTTPStatus.SERVICE_UNAVAILABLE if bad else HTTPStatus.OK, content)

    async def _talk(self, connection: ServerConnection) -> None:
        """Whatever a client does ends its own connection and nothing else."""
        task, line = asyncio.current_task(), Line(connection, self.house.stopping)
        request = connection.request
        export = request is not None and request.path.partition("?")[0] == EXPORT
        if task is not None:
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
        await self._guarded(write_document if export else hold_session, line)

    async def _guarded(self, talk: Callable[[Line, House], Awaitable[None]], line: Line) -> None:
        try:
            await talk(line, self.house)
            await line.close()
        except GONE:
            line.cut()
        except SaidMeantError as error:
            known = error if isinstance(error, ProtocolError) else ProtocolError("malformed", str(error))
            await _refuse(line, known)
        except Exception as error:  # ours, not the client's: nobody else shall suffer
            self._report(f"a session failed: {type(error).__name__}: {error}")
            await _refuse(line, ProtocolError("internal", "the server failed in this session; begin anew", INTERNAL))


async def _refuse(line: Line, error: ProtocolError) -> None:
    try:
        await line.tell(refused(error))
        await line.close(error.close, error.code)
    except GONE:
        line.cut()


def _silent_logger() -> logging.Logger:
    """Clients that are not WebSockets, or leave early, are nobody's news."""
    logger = logging.getLogger("saidmeant.server")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger
