"""What the server answers over plain HTTP: the page and its parts, the phones, and how it is doing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any

from websockets.datastructures import Headers
from websockets.http11 import Response

from .renderings import TABLE

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class File:
    kind: str
    content: bytes


@cache
def page_files() -> dict[str, File]:
    """Everything in the package's folder ``page`` by path, and the table of phones."""
    files = {"/phones.json": File("application/json", json.dumps(phone_table()).encode())}
    for entry in (resources.files(__package__) / "page").iterdir():
        kind = KINDS.get(entry.name[entry.name.rfind(".") :])
        if kind is not None:
            files[f"/{entry.name}"] = File(kind, entry.read_bytes())
    files["/"] = files["/index.html"]
    return files


def phone_table() -> dict[str, dict[str, str]]:
    """Per ARPAbet phone: its IPA and respelling, and an English word that has it."""
    return {
        phone: {"ipa": ipa, "respelling": respelling, "as_in": word} for phone, (ipa, respelling, word) in TABLE.items()
    }


def page_answer(path: str) -> Response:
    """A file of the page, or 404."""
    file = page_files().get(path)
    if file is None:
        return text_answer(HTTPStatus.NOT_FOUND, "there is nothing here; the page is at /")
    return _answer(HTTPStatus.OK, file.kind, file.content)


def json_answer(status: HTTPStatus, content: dict[str, Any]) -> Response:
    return _answer(status, "application/json", json.dumps(content).encode())


def text_answer(status: HTTPStatus, reason: str) -> Response:
    return _answer(status, "text/plain; charset=utf-8", f"{reason}\n".encode())


def _answer(status: HTTPStatus, kind: str, content: bytes) -> Response:
    headers = {"Content-Type": kind, "Content-Length": str(len(content)), "Connection": "close"} | SECURITY
    return Response(status.value, status.phrase, Headers(headers), content)
