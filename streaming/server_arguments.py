"""The arguments of the verb ``serve``."""

from __future__ import annotations

import argparse
from pathlib import Path

SERVE_EXAMPLES = (
    "saidmeant serve                          then open http://127.0.0.1:8765/\n"
    "saidmeant serve --open --port 9000\n"
    "saidmeant serve --origin https://my-page.example    a page of yours may connect\n"
    "saidmeant serve --host 0.0.0.0 --token @secret --certificate chain.pem --key key.pem\n"
    "saidmeant serve --record sessions        keep what everybody says; the page tells them"
)


def add_server(verb: argparse.ArgumentParser) -> None:
    """Where it listens, who may come, and how much."""
    verb.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s, this machine)")
    verb.add_argument("--port", type=_port, default=8765, help="0: any that is free (default: %(default)s)")
    verb.add_argument("--open", action="store_true", help="open the page in a browser")
    verb.add_argument(
        "--token", help="a secret that clients have to know, needed for other hosts; @FILE reads it from a file"
    )
    verb.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="URL",
        help="let pages of this origin connect too, as https://my-page.example; may be given several times",
    )
    verb.add_argument(
        "--certificate",
        type=Path,
        metavar="PEM",
        help="serve HTTPS; on other machines browsers give a page the microphone only so",
    )
    verb.add_argument("--key", type=Path, metavar="PEM", help="the certificate's key, if it is in a file of its own")
    verb.add_argument(
        "--sessions", type=_count, metavar="N", help="people at once (default: what this machine holds, measured)"
    )
    verb.add_argument(
        "--session-minutes", type=_amount, default=10.0, metavar="N", help="most of one session (default: 10)"
    )
    verb.add_argument(
        "--idle-seconds", type=_amount, default=30.0, metavar="N", help="end a session that sends nothing (default: 30)"
    )
    verb.add_argument(
        "--record", type=Path, metavar="DIR", help="keep audio and text of every session; without it nothing is stored"
    )


def _port(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return number


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 10000")
    return number


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = 0.0
    if not 0 < amount <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return amount
