"""The verbs ``listen`` and ``transcribe``: a source through a session onto a screen."""

from __future__ import annotations

import argparse
import io
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from .audio import AudioFile, RawPCM, Samples, Source
from .errors import AudioError, SaidMeantError
from .microphone import Microphone
from .recognizer import SHIPPED, Recognizer
from .reference import reference_of
from .screen import JsonScreen, LiveScreen, PlainScreen, Screen
from .session import Session

LONG_SECONDS = 20.0  # files shorter than this need no progress bar


class Interruption:
    """Ctrl-C, in a ``with`` block, ends the audio but loses nothing that was heard; a second one stops for good."""

    def __init__(self) -> None:
        self.happened = False
        self._waiting = False
        self._stop: Callable[[], None] | None = None
        self._previous: Any = None

    def __enter__(self) -> Interruption:
        try:
            self._previous = signal.signal(signal.SIGINT, self._handle)
        except ValueError:  # not in the main thread, where no signal arrives either
            self._previous = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.happened:
            raise KeyboardInterrupt
        self.happened = True
        if self._stop is not None:
            self._stop()
        elif self._waiting:  # for audio that may never come; never while a chunk is being decoded
            raise KeyboardInterrupt

    def chunks(self, source: Source) -> Iterator[Samples]:
        """The chunks of a source until Ctrl-C."""
        self._stop = source.stop if isinstance(source, Microphone) else None
        iterator = iter(source)
        while not self.happened or self._stop is not None:
            try:
                self._waiting = True
                chunk = next(iterator, None)
            except KeyboardInterrupt:
                return
            finally:
                self._waiting = False
            if chunk is None:
                return
            yield chunk


def listen(arguments: argparse.Namespace) -> int:
    """The verb ``listen``."""
    reference = reference_of(arguments)
    microphone = Microphone(arguments.device)  # first: without one there is no need to load anything
    recognizer = _recognizer(arguments)
    screen = _screen(arguments, live=True, warn=True)
    with Interruption() as interruption, microphone, screen:
        _status(f"listening to {microphone.device.name!r}; Ctrl-C ends")
        try:
            with recognizer.session(reference=reference) as session:
                follow(session, microphone, screen, interruption)
        finally:
            if microphone.overflows:
                _status(f"audio was lost {microphone.overflows} times: this machine is too busy to keep up")
    return 0


def transcribe(arguments: argparse.Namespace) -> int:
    """The verb ``transcribe``: every file, whatever is wrong with the others."""
    recognizer = _recognizer(arguments)
    status = 0
    with Interruption() as interruption, ExitStack() as stack:
        progress = stack.enter_context(_progress(arguments)) if _is_long(arguments) else None
        for name in arguments.files:
            if interruption.happened:
                _status(f"interrupted: {name} and what follows is left out")
                break
            try:
                _transcribe_file(name, recognizer, arguments, interruption, progress)
            except SaidMeantError as error:
                _status(str(error))
                status = error.exit_status
    return status


def follow(session: Session, source: Source, screen: Screen, interruption: Interruption) -> None:
    """Show all updates of a source.  Where it fails, what was heard is shown first."""
    fault = None
    try:
        for chunk in interruption.chunks(source):
            screen.hear(chunk, source.sample_rate)
            for update in session.accept(chunk, source.sample_rate):
                screen.show(update)
    except AudioError as error:
        fault = error
    for update in session.finish():
        screen.show(update)
    if fault is not None:
        raise fault


def _transcribe_file(
    name: str,
    recognizer: Recognizer,
    arguments: argparse.Namespace,
    interruption: Interruption,
    progress: Progress | None,
) -> None:
    source = _source(name, arguments.sample_rate)
    if len(arguments.files) > 1 and not arguments.json:
        print(f"{name}:", flush=True)
    paced = _Paced(source, arguments.live and sys.stdout.isatty() and isinstance(source, AudioFile), progress)
    session = recognizer.session(reference=reference_of(arguments))
    with _screen(arguments, live=arguments.live, file=name) as screen, session:
        follow(session, paced, screen, interruption)


class _Paced:
    """A source, at the pace of speech if asked for, that moves a progress bar."""

    def __init__(self, source: AudioFile | RawPCM, real_time: bool, progress: Progress | None) -> None:
        self.source, self.real_time, self.progress = source, real_time, progress
        self.sample_rate = source.sample_rate

    def __iter__(self) -> Iterator[Samples]:
        start, seconds, shown = time.monotonic(), 0.0, 0.0
        for chunk in self.source:
            seconds += len(chunk) / self.sample_rate
            if self.real_time:
                time.sleep(max(0.0, start + seconds - time.monotonic()))
            yield chunk
            if self.progress is not None and seconds - shown >= 1.0:
                self.progress.advance(self.progress.task_ids[0], seconds - shown)
                self.progress.refresh()
                shown = seconds
        if self.progress is not None:
            self.progress.advance(self.progress.task_ids[0], seconds - shown)
            self.progress.refresh()


def _source(name: str, sample_rate: int | None) -> AudioFile | RawPCM:
    if name != "-":
        return AudioFile(name)
    if sample_rate is not None:
        return RawPCM(sys.stdin.buffer, sample_rate)
    recording = io.BytesIO(sys.stdin.buffer.read())  # the formats' headers need a file that can be rewound
    if not recording.getbuffer():
        raise AudioError("standard input is empty")
    recording.name = "standard input"
    return AudioFile(recording)


def _screen(
    arguments: argparse.Namespace, *, live: bool, warn: bool = False, file: str | None = None
) -> PlainScreen | LiveScreen:
    if arguments.json:
        return JsonScreen(partials=arguments.updates, warn=warn, file=file)
    if live and sys.stdout.isatty() and not arguments.updates:
        return LiveScreen(Console(file=sys.stdout, highlight=False))
    width = Console(file=sys.stdout).width if sys.stdout.isatty() else 80
    return PlainScreen(partials=arguments.updates, warn=warn, width=width)


def _recognizer(arguments: argparse.Namespace) -> Recognizer:
    return Recognizer.load(
        arguments.bundle,
        lexicon=arguments.lexicon,
        language_model=None if arguments.greedy else SHIPPED,
        threads=arguments.threads,
    )


def _is_long(arguments: argparse.Namespace) -> bool:
    return not arguments.live and sys.stderr.isatty() and _total_seconds(arguments.files) >= LONG_SECONDS


def _total_seconds(names: list[str]) -> float:
    """The length of every file that can be opened; the others are reported when their turn comes."""
    total = 0.0
    for name in names:
        if Path(name).is_file():
            try:
                total += AudioFile(name).duration or 0.0
            except AudioError:
                continue
    return total


def _progress(arguments: argparse.Namespace) -> Progress:
    bar = Progress(
        TextColumn("transcribing"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # lines on the same terminal scroll above the bar; a pipe is left alone
    )
    bar.add_task("", total=_total_seconds(arguments.files))
    return bar


def _status(message: str) -> None:
    print(f"saidmeant: {message}", file=sys.stderr, flush=True)
