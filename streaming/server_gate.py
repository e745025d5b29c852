"""Who may talk to the server: which hosts, pages and tokens.

A browser lets any page open a WebSocket to this machine and only tells us whose page it is, so ``Origin`` must be our
own or one that was allowed.  ``Host`` must be a name of ours, because a foreign name that is made to point here (DNS
rebinding) would make the foreign page's origin look like our own.  A token, once set, is asked of everybody.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is sent away."""

    status: HTTPStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Gate:
    """token: empty for none; origins: of other pages that may connect, as ``https://example.org``; host: as bound."""

    host: str
    token: str = ""
    origins: tuple[str, ...] = ()

    def check_host(self, headers: Headers) -> Refusal | None:
        """For every request.  With a token any name will do: a page that was made to point here does not know it."""
        name = host_name(_only(headers, "Host"))
        if self.token or name in LOCAL_NAMES or name == self.host.lower():
            return None
        return Refusal(HTTPStatus.MISDIRECTED_REQUEST, f"this server is not {name[:80] or 'without a name'}")

    def check_client(self, headers: Headers, query: str) -> Refusal | None:
        """For WebSockets.  Programs send no origin; only a browser can be lured."""
        origin = _only(headers, "Origin")
        if origin and origin not in self.origins and urlsplit(origin).netloc.lower() != _only(headers, "Host").lower():
            return Refusal(HTTPStatus.FORBIDDEN, f"pages of {origin[:80]} may not connect; --origin allows them")
        if self.token and not hmac.compare_digest(offered_token(headers, query).encode(), self.token.encode()):
            return Refusal(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong")
        return None


def offered_token(headers: Headers, query: str) -> str:
    """From ``Authorization: Bearer``, or from ``?token=`` because a page cannot set headers on a WebSocket."""
    authorization = _only(headers, "Authorization")
    if authorization.lower().startswith(BEARER):
        return authorization[len(BEARER) :].strip()
    return parse_qs(query).get("token", [""])[0]


def host_name(host: str) -> str:
    """``[::1]:8765`` -> ``::1``; empty if it is no host."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is bound there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _only(headers: Headers, name: str) -> str:
    """A header's value; empty if it is absent, or there more than once, which no honest client does."""
    values = headers.get_all(name)
    return values[0] if len(values) == 1 else ""
