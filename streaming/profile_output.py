"""The verb ``profile``: measures, and shows or keeps the figures."""

from __future__ import annotations

import argparse
import json
from typing import Any

from rich.console import Console

from .profile_comparison import compare, comparison_table, read_profile, warnings
from .profile_page import write_page
from .profile_report import Profile, summary, table
from .profiler import Request, profile

SLOWER = 3
"""The exit status if --compare finds something slower."""


def run(arguments: argparse.Namespace) -> int:
    """The command line's ``profile``: a table or one JSON object on stdout, progress on stderr."""
    old = read_profile(arguments.compare) if arguments.compare else None  # a wrong path shows before minutes pass
    return show(measured(requested(arguments)), arguments, old)


def requested(arguments: argparse.Namespace) -> Request:
    """The command line as a request."""
    return Request(
        paths=arguments.files,
        bundle=arguments.bundle,
        threads=arguments.threads,
        peer=arguments.peer,
        quick=arguments.quick,
        variants=arguments.variant,
        microphone_seconds=arguments.seconds if arguments.microphone else None,
    )


def measured(request: Request) -> Profile:
    """Everything that is asked for, measured and summed up."""
    recognizer, clips, found = profile(request)
    return summary(recognizer, clips, found, threads=request.threads, peer=request.peer)


def show(found: Profile, arguments: argparse.Namespace, old: dict[str, Any] | None) -> int:
    """Print, write and compare as the arguments say; the exit status."""
    if arguments.json:
        print(json.dumps(found.as_dict()))
    else:
        Console().print(table(found))
    if arguments.html:
        write_page(found, arguments.html)
    if old is None:
        return 0
    changes = compare(old, found)
    Console(stderr=arguments.json).print(comparison_table(changes, warnings(old, found)))
    return SLOWER if any(change.verdict == "slower" for change in changes) else 0
