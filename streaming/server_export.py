"""An export over the wire: a client gives back the updates that it was told, and gets a document.

So the server need not keep a session that is over.
"""

from __future__ import annotations

from typing import cast

from .exports import Format, export
from .hypothesis import Update
from .renderings import Rendering
from .server_line import Line
from .server_messages import MAX_EXPORT_BYTES, Export, ProtocolError, read_export, read_update
from .server_session import House


async def write_document(line: Line, house: House) -> None:
    """Raises ProtocolError."""
    wanted = read_export(await line.first())
    updates, size = list[Update](), 0
    for _ in range(wanted.updates):
        message = await line.first()
        size += len(message)
        if size > MAX_EXPORT_BYTES:
            raise ProtocolError("too-long", f"more than {MAX_EXPORT_BYTES >> 20} MiB of updates in one export")
        updates.append(await house.in_thread(read_update, message))
    text = await house.in_thread(_document, wanted, updates)
    await line.tell({"type": "document", "format": wanted.format, "text": text})


def _document(wanted: Export, updates: list[Update]) -> str:
    kind, phones = cast(Format, wanted.format), cast(Rendering, wanted.phones)  # read_export has checked both
    return export(updates, kind, duration=wanted.duration, file=wanted.file, phones=phones)
