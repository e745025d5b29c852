"""The connection to one client: messages with the patience that the server has for each."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from .server_messages import ProtocolError

START_SECONDS = 10.0
"""Until the first message, and between those of an export."""
SEND_SECONDS = 10.0
"""Until a client has read what it was told; after that it is given up."""

GONE = (ConnectionClosed, TimeoutError, asyncio.TimeoutError)
"""What a client that is not there any more raises; Python 3.10 has two timeouts."""


class Line:
    """Text messages are JSON objects, binary ones audio."""

    def __init__(self, connection: ServerConnection, stopping: asyncio.Event) -> None:
        self._connection, self._stopping = connection, stopping

    async def first(self) -> str | bytes:
        """Raises ProtocolError if nothing comes."""
        try:
            return await asyncio.wait_for(self._connection.recv(), START_SECONDS)
        except (TimeoutError, asyncio.TimeoutError):
            raise ProtocolError("silent", f"no message within {START_SECONDS:g} s") from None

    async def next(self, seconds: float) -> str | bytes | None:
        """None if nothing came for so long, or if the server stops."""
        receive = asyncio.ensure_future(self._connection.recv())
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({receive, stop}, timeout=max(seconds, 0), return_when=asyncio.FIRST_COMPLETED)
            return receive.result() if receive.done() else None
        finally:
            receive.cancel()
            stop.cancel()

    async def tell(self, message: dict[str, Any] | str) -> None:
        """Waits until it is on its way, which a client that does not read delays."""
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        await asyncio.wait_for(self._connection.send(text), SEND_SECONDS)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._connection.close(code, reason)

    def cut(self) -> None:
        """Without a farewell, for a client that does not listen."""
        self._connection.transport.abort()
