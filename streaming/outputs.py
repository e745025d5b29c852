"""What the arguments of a verb say about its results: checked, and made into screens."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from rich.console import Console

from .documents import Documents
from .errors import UsageError
from .recording import RecordingScreen
from .renderings import Rendering
from .screen import JsonScreen, LiveScreen, PlainScreen, Screen

STREAMED = ("text", "json")  # printed update by update


class Outputs:
    """Raises UsageError for arguments that contradict each other.  names: the recordings, all of them."""

    def __init__(self, arguments: argparse.Namespace, names: Sequence[str]) -> None:
        self.arguments, self.names = arguments, names
        self.kind: str = arguments.format
        self.phones: Rendering = arguments.phones
        folder = getattr(arguments, "output", None)
        finished = folder is not None or self.kind not in STREAMED
        _check(arguments, documents=finished)
        self.documents = Documents(self.kind, names, folder, self.phones) if finished else None

    def announce(self, name: str) -> None:
        """The name above the text of one of several recordings."""
        if len(self.names) > 1 and self.kind == "text" and self.documents is None:
            print(f"{name}:", flush=True)

    def screen(self, name: str, *, live: bool = False, warn: bool = False) -> Screen:
        """Where the updates of a recording go; name: empty for the microphone."""
        screen = self._shown(name, live, warn) if self.documents is None else self.documents.screen(name)
        folder = getattr(self.arguments, "record", None)
        return screen if folder is None else RecordingScreen(screen, folder, reporter(screen))

    def _shown(self, name: str, live: bool, warn: bool) -> Screen:
        partials = self.arguments.updates
        if self.kind == "json":
            return JsonScreen(partials=partials, warn=warn, file=name or None)
        if live and sys.stdout.isatty() and not partials:
            return LiveScreen(Console(file=sys.stdout, highlight=False), self.phones)
        width = Console(file=sys.stdout).width if sys.stdout.isatty() else 80
        return PlainScreen(partials=partials, warn=warn, width=width, phones=self.phones)


def status(message: str) -> None:
    """A line on stderr."""
    print(f"saidmeant: {message}", file=sys.stderr, flush=True)


def _check(arguments: argparse.Namespace, *, documents: bool) -> None:
    what = f"--format {arguments.format}" if arguments.format not in STREAMED else "--output"
    for option in ("live", "updates"):
        if documents and getattr(arguments, option, False):
            raise UsageError(f"{what} writes finished documents: leave out --{option}")
    if getattr(arguments, "record", None) and getattr(arguments, "files", ["-"]) != ["-"]:
        raise UsageError("--record keeps what a microphone or raw PCM delivers; these files are recordings already")
    if getattr(arguments, "record", None) and getattr(arguments, "sample_rate", 1) is None:
        raise UsageError("--record needs --sample-rate: without it, standard input is a recording already")


def reporter(screen: Screen) -> Callable[[str], None]:
    """Above the lines that rewrite themselves, or on stderr."""
    if isinstance(screen, LiveScreen):
        console = screen.console
        return lambda message: console.print(f"saidmeant: {message}", style="dim", markup=False, soft_wrap=True)
    return status
