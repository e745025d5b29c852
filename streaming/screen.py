"""Where updates go: a terminal whose two lines rewrite themselves, plain lines, or JSON lines."""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from .audio import Samples
from .display import LABELS, describe_gap, render
from .hypothesis import Update
from .level import LevelMeter
from .renderings import Rendering

PLAIN_WIDTH = 80


class Screen(Protocol):
    """Shows what the recogniser hears and understands; a context manager."""

    def __enter__(self) -> Screen: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def hear(self, chunk: Samples, sample_rate: int) -> None:
        """Show how loud a chunk is."""

    def show(self, update: Update) -> None:
        """Show an update."""


class Unseen:
    """Nobody looks."""

    def __enter__(self) -> Unseen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def hear(self, chunk: Samples, sample_rate: int) -> None:
        pass

    def show(self, update: Update) -> None:
        pass


class PlainScreen:
    """Lines on stdout, one block per update; warnings about the level, if wanted, once each on stderr."""

    def __init__(
        self,
        *,
        partials: bool = False,
        warn: bool = False,
        width: int = PLAIN_WIDTH,
        phones: Rendering = "arpabet",
    ) -> None:
        self.partials, self.warn, self.width, self.phones = partials, warn, width, phones
        self._meter, self._warning = LevelMeter(), ""

    def __enter__(self) -> PlainScreen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def hear(self, chunk: Samples, sample_rate: int) -> None:
        if self.warn:
            self._meter.hear(chunk, sample_rate)
            if self._meter.warning != self._warning:
                self._warning = self._meter.warning
                if self._warning:
                    print(f"saidmeant: {self._warning}", file=sys.stderr, flush=True)

    def show(self, update: Update) -> None:
        if (update.final or self.partials) and has_text(update):
            self.write(update)
        if self.warn and update.gap is not None:
            print(f"saidmeant: {describe_gap(update.gap)}", file=sys.stderr, flush=True)

    def write(self, update: Update) -> None:
        print(render(update, self.width, self.phones).plain, flush=True)


class JsonScreen(PlainScreen):
    """One JSON object per line and update; ``file`` is put in front if it is given."""

    def __init__(self, *, partials: bool = False, warn: bool = False, file: str | None = None) -> None:
        super().__init__(partials=partials, warn=warn)
        self.file = file

    def write(self, update: Update) -> None:
        front = {} if self.file is None else {"file": self.file}
        print(json.dumps(front | update.as_dict(), ensure_ascii=False), flush=True)


class LiveScreen:
    """A terminal: the segment being spoken rewrites itself above a level meter, finished ones scroll up."""

    def __init__(self, console: Console, phones: Rendering = "arpabet") -> None:
        self.console, self.phones = console, phones
        self._meter = LevelMeter()
        self._partial: Update | None = None
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stderr=False)

    def __enter__(self) -> LiveScreen:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, traceback)

    def hear(self, chunk: Samples, sample_rate: int) -> None:
        self._meter.hear(chunk, sample_rate)
        self._refresh()

    def show(self, update: Update) -> None:
        if update.final:
            self._partial = None
            if has_text(update):
                self.console.print(render(update, self.console.width, self.phones), soft_wrap=True)
        else:
            self._partial = update
        self._refresh()

    def _refresh(self) -> None:
        partial = self._partial
        lines = [] if partial is None else list(render(partial, self.console.width, self.phones).split("\n"))
        room = max(self.console.height - len(LABELS), len(LABELS))  # the newest rows, if not all fit
        meter = Text(self._meter.bar(), style="dim")
        if self._meter.warning:
            meter.append(f"  {self._meter.warning}", style="bold red not dim")
        meter.truncate(self.console.width)
        self._live.update(Group(*lines[-room:], meter), refresh=True)


def has_text(update: Update) -> bool:
    """Whether anything was heard in a segment, or lost after it."""
    return bool(update.surface.text or update.meaning.text or update.gap)
