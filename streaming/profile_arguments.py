"""The arguments of ``saidmeant profile``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

PEERS = {"whisper-base": "int8, offline", "vosk-ko": "streaming, Korean only"}
"""Other recognisers to compare with, and what they are (models/peer.py)."""
PROFILE_HELP = "measure latency as users feel it, and what it costs on this machine"
PROFILE_EXAMPLES = """\
saidmeant profile                              about three minutes: everything, on a shipped recording
saidmeant profile --quick                      half a minute: no waiting for real time, one thread count, no sessions
saidmeant profile --peer whisper-base --html profile.html
saidmeant profile --json > before.json         keep it, change something, and then:
saidmeant profile --compare before.json        what became slower (exit status 3) or faster
saidmeant profile aligned.jsonl                recordings of your own whose word times are known
saidmeant profile --microphone --seconds 30

Measure on an idle machine; a busy one is mentioned beside the figures.  Word latency needs to know when each word was
really said: from the field `timing` of a manifest (docs/latency.md), never from the recogniser itself."""


def add_profile(verb: argparse.ArgumentParser, *, default_bundle: str, positive: Callable[[str], int]) -> None:
    """All of them."""
    verb.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE|MANIFEST",
        help="recordings, or a manifest (.jsonl) of them, with `timing` for word latency (default: a shipped one)",
    )
    verb.add_argument("--bundle", default=default_bundle, help="shipped name or folder (default: %(default)s)")
    verb.add_argument("--threads", type=positive, default=1, metavar="N", help="CPU threads (default: 1)")
    verb.add_argument("--quick", action="store_true", help="compute latency instead of waiting; no speeds, no sessions")
    verb.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="BUNDLE",
        help="a bundle of another chunk length, for the real-time factors; may be given again",
    )
    verb.add_argument("--microphone", action="store_true", help="measure on what you say now, instead of on files")
    verb.add_argument("--seconds", type=positive, default=20, metavar="N", help="how long (default: %(default)s)")
    verb.add_argument("--json", action="store_true", help="one JSON object, every measurement in it, instead of tables")
    verb.add_argument("--html", type=Path, metavar="FILE", help="also write a page with plots (needs matplotlib)")
    verb.add_argument(
        "--compare", type=Path, metavar="OLD.json", help="what is slower than in a profile that --json wrote?"
    )
    verb.add_argument("--peer", choices=PEERS, help="time another recogniser on the same clips, in the same run")
