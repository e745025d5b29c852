"""What a client of the server may say, checked, and what it is told: docs/protocol.md as code.

Everything that comes in is somebody else's: sizes are bounded before anything is decoded, and whatever does not fit
becomes a :class:`ProtocolError` with a code for programs and a sentence for people.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np

from .audio import HIGHEST_RATE, LOWEST_RATE, Samples
from .bundle import Bundle
from .endpoint import DEFAULT_PRESET, EndpointConfig
from .errors import SaidMeantError, UsageError
from .exports import FORMATS
from .hypothesis import Update
from .renderings import RENDERINGS
from .strict import StrictError, build

PROTOCOL = 1
MAX_MESSAGE_BYTES = 2**19
"""Of one message: more than the longest update of an export."""
MAX_AUDIO_SECONDS = 2.0
"""In one message, so that nobody's audio keeps a thread busy for long."""
MAX_REFERENCE_WORDS = 500
MAX_EXPORT_UPDATES = 5_000
MAX_EXPORT_BYTES = 2**25
ENCODINGS = {"s16le": ("<i2", 32768), "f32le": ("<f4", 1)}
"""Encoding: NumPy's name of a sample, and its full scale."""
POLICY, TRY_LATER, INTERNAL = 1008, 1013, 1011
"""Close codes of RFC 6455 and its registry."""


class ProtocolError(SaidMeantError):
    """A client did what it may not; ``code`` is for programs, ``close`` the code that ends the connection."""

    def __init__(self, code: str, message: str, close: int = POLICY) -> None:
        super().__init__(message)
        self.code, self.close = code, close


@dataclass(frozen=True, slots=True)
class Start:
    """The first message of a session."""

    sample_rate: int
    """Hz."""
    encoding: str = "s16le"
    reference: tuple[str, ...] = ()
    """Sentences that are read aloud; none: free speech."""
    endpoint: str = DEFAULT_PRESET
    pause_ms: float | None = None
    """Instead of the preset: one pause that ends every sentence."""
    partials: bool = True
    """Whether updates of the open segment are wanted as well."""

    @property
    def pauses(self) -> EndpointConfig:
        return EndpointConfig.preset(self.endpoint) if self.pause_ms is None else EndpointConfig(pause_ms=self.pause_ms)


@dataclass(frozen=True, slots=True)
class Export:
    """The first message of an export; the updates follow, one per message."""

    format: str
    updates: int
    """How many follow."""
    phones: str = "arpabet"
    duration: float | None = None
    """Of the recording, seconds."""
    file: str = ""


def read_message(message: str | bytes, expected: str) -> dict[str, Any]:
    """A JSON object whose ``type`` is ``expected``, without it.  Raises ProtocolError."""
    if isinstance(message, bytes):
        raise ProtocolError("unexpected", f'expected a text message {{"type": "{expected}", ...}}, found audio')
    try:
        content = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("malformed", f"a text message is not JSON: {error}") from error
    kind = content.pop("type", None) if isinstance(content, dict) else None
    if kind != expected:
        raise ProtocolError("unexpected", f'expected {{"type": "{expected}", ...}}, found {message[:60]!r}')
    return dict(content)


def read_start(message: str | bytes) -> Start:
    """Raises ProtocolError with what is wrong and what is allowed."""
    content = read_message(message, "start")
    if isinstance(content.get("reference"), str):
        content["reference"] = [content["reference"]]
    try:
        start = build(Start, content, "start")
        _ = start.pauses
    except (StrictError, UsageError) as error:
        raise ProtocolError("malformed", str(error)) from error
    if start.encoding not in ENCODINGS:
        raise ProtocolError("malformed", f"unknown encoding {start.encoding[:20]!r}; there are {', '.join(ENCODINGS)}")
    if not LOWEST_RATE <= start.sample_rate <= HIGHEST_RATE:
        raise ProtocolError("malformed", f"sample_rate is not between {LOWEST_RATE} and {HIGHEST_RATE} Hz")
    if sum(len(sentence.split()) for sentence in start.reference) > MAX_REFERENCE_WORDS:
        raise ProtocolError("too-long", f"the reference has more than {MAX_REFERENCE_WORDS} words")
    return start


def read_audio(message: bytes, start: Start) -> Samples:
    """A binary message as samples, shape (samples,).  Raises ProtocolError."""
    kind, scale = ENCODINGS[start.encoding]
    size = np.dtype(kind).itemsize
    if len(message) % size:
        raise ProtocolError(
            "malformed", f"{len(message)} bytes of audio are no whole number of {start.encoding} samples"
        )
    if len(message) > MAX_AUDIO_SECONDS * start.sample_rate * size:
        raise ProtocolError("too-long", f"more than {MAX_AUDIO_SECONDS:g} s of audio in one message; send less at once")
    return np.frombuffer(message, dtype=kind).astype(np.float32) / np.float32(scale)


def read_export(message: str | bytes) -> Export:
    """Raises ProtocolError."""
    try:
        export = build(Export, read_message(message, "export"), "export")
    except StrictError as error:
        raise ProtocolError("malformed", str(error)) from error
    for value, known in ((export.format, FORMATS), (export.phones, RENDERINGS)):
        if value not in known:
            raise ProtocolError("malformed", f"unknown {value[:20]!r}; there are {', '.join(known)}")
    if not 0 <= export.updates <= MAX_EXPORT_UPDATES:
        raise ProtocolError("too-long", f"{export.updates} updates are not between 0 and {MAX_EXPORT_UPDATES}")
    return export


def read_update(message: str | bytes) -> Update:
    """Of an export.  Raises ProtocolError."""
    update = read_message(message, "update").get("update")
    try:
        return Update.from_dict(update if isinstance(update, dict) else {})
    except SaidMeantError as error:
        raise ProtocolError("malformed", str(error)) from error


def ready(bundle: Bundle, session_seconds: float, idle_seconds: float, recorded: bool) -> dict[str, Any]:
    """The answer to a start: what the client talks to, and its limits."""
    return {
        "type": "ready",
        "protocol": PROTOCOL,
        "version": metadata.version("saidmeant"),
        "bundle": bundle.manifest.name,
        "language": bundle.manifest.language,
        "preview": bundle.manifest.preview,
        "chunk_ms": bundle.manifest.chunk_ms,
        "look_ahead_ms": bundle.manifest.look_ahead_ms,
        "session_seconds": session_seconds,
        "idle_seconds": idle_seconds,
        "recorded": recorded,
    }


def told(update: Update, heard: float, compute_ms: float, heard_as: Sequence[str | None] = ()) -> dict[str, Any]:
    """An update.  heard: seconds of audio behind it; heard_as: per span, the other word that was said."""
    message = {"type": "update", "heard": round(heard, 3), "compute_ms": round(compute_ms, 1)}
    if any(heard_as):
        message["heard_as"] = list(heard_as)
    return message | {"update": update.as_dict()}


def finished(reason: str, seconds: float) -> dict[str, Any]:
    """The last message of a session.  reason: finish, session-too-long, idle or shutdown."""
    return {"type": "finished", "reason": reason, "seconds": round(seconds, 3)}


def refused(error: ProtocolError) -> dict[str, Any]:
    return {"type": "error", "code": error.code, "message": str(error)}
