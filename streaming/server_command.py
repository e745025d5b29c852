"""The verb ``serve``: its arguments as a server that runs until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import signal
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from .errors import UsageError
from .outputs import status
from .recognizer import SHIPPED, Recognizer
from .server import ServerConfig, SpeechServer
from .server_session import Limits

MOST_FILES = 65_536


def run(arguments: argparse.Namespace) -> int:
    """Results, which is the page's address, on stdout; the rest on stderr."""
    config = _config(arguments)
    config.encryption()  # first: with a wrong certificate there is no need to load anything
    recognizer = Recognizer.load(
        arguments.bundle, lexicon=arguments.lexicon, language_model=None if arguments.greedy else SHIPPED
    )
    _allow_many_connections()
    server = SpeechServer(recognizer, config, status)
    asyncio.run(_serve(server, arguments.open))
    return 0


async def _serve(server: SpeechServer, browse: bool) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)  # the second time it ends at once
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    await server.run(stop, _announce(server, browse))
    status("stopped; open sessions were finished")


def _allow_many_connections() -> None:
    """Every connection is an open file, of which a shell often allows 1,024; the system allows more to who asks."""
    try:
        import resource
    except ImportError:  # Windows, where there is no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _announce(server: SpeechServer, browse: bool) -> Callable[[str], None]:
    config, most = server.config, server.house.capacity.most

    def announce(url: str) -> None:
        page = f"{url}#token={quote(config.token)}" if config.token else url
        print(page, flush=True)
        kept = f"sessions are kept in {config.record}" if config.record else "nothing is stored"
        status(f"listening to {most} at once; {kept}; Ctrl-C ends")
        if browse:
            webbrowser.open(page)

    return announce


def _config(arguments: argparse.Namespace) -> ServerConfig:
    return ServerConfig(
        host=arguments.host,
        port=arguments.port,
        token=_secret(arguments.token),
        origins=tuple(origin.rstrip("/").lower() for origin in arguments.origin),
        certificate=arguments.certificate,
        key=arguments.key,
        sessions=arguments.sessions,
        limits=Limits(arguments.session_minutes * 60, arguments.idle_seconds),
        record=arguments.record,
    )


def _secret(token: str | None) -> str:
    """The token, or what the file has after ``@``, so that it need not stand in the list of processes."""
    if token is None:
        return ""
    if token.startswith("@"):
        try:
            token = Path(token[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the token from {token[1:]}: {error}") from error
    if not token or not token.isascii() or any(letter.isspace() for letter in token):
        raise UsageError("--token is ASCII without spaces, for example the output of `openssl rand -hex 16`")
    return token
