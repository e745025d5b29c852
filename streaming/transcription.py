"""The verbs ``listen`` and ``transcribe``: a source through a session onto a screen."""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from .audio import AudioFile, RawPCM, Samples, Source
from .endpoint import EndpointConfig
from .errors import AudioError, SaidMeantError
from .interruption import Interruption
from .microphone import Microphone
from .outputs import Outputs, status
from .recognizer import SHIPPED, Recognizer, skipped
from .reference import reference_of
from .screen import Screen
from .session import Session

LONG_SECONDS = 20.0  # files shorter than this need no progress bar


def listen(arguments: argparse.Namespace) -> int:
    """The verb ``listen``."""
    reference = reference_of(arguments)
    microphone = Microphone(arguments.device)  # first: without one there is no need to load anything
    recognizer = _recognizer(arguments)
    screen = Outputs(arguments, [""]).screen("", live=True, warn=True)
    with Interruption() as interruption, microphone, screen:
        status(f"listening to {microphone.device.name!r}; Ctrl-C ends")
        try:
            with recognizer.session(endpoint=_endpoint(arguments), reference=reference) as session:
                follow(session, microphone, screen, interruption)
        finally:
            if microphone.overflows or microphone.lost_seconds:
                status(f"{microphone.lost_seconds:.1f} s of audio were lost: this machine is too busy to keep up")
    return 0


def transcribe(arguments: argparse.Namespace) -> int:
    """The verb ``transcribe``: every file, whatever is wrong with the others."""
    outputs = Outputs(arguments, arguments.files)
    recognizer = _recognizer(arguments)
    exit_status = 0
    with Interruption() as interruption, ExitStack() as stack:
        progress = stack.enter_context(_progress(arguments)) if _is_long(arguments) else None
        for name in arguments.files:
            if interruption.happened:
                status(f"interrupted: {name} and what follows is left out")
                break
            try:
                _transcribe_file(name, recognizer, outputs, interruption, progress)
            except SaidMeantError as error:
                status(str(error))
                exit_status = error.exit_status
    return exit_status


def follow(session: Session, source: Source, screen: Screen, interruption: Interruption) -> None:
    """Show all updates of a source.  Where it fails, what was heard is shown first."""
    fault = None
    try:
        for chunk in interruption.chunks(source):
            for update in skipped(session, source):
                screen.show(update)
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
    outputs: Outputs,
    interruption: Interruption,
    progress: Progress | None,
) -> None:
    arguments = outputs.arguments
    source = _source(name, arguments.sample_rate)
    outputs.announce(name)
    paced = _Paced(source, arguments.live and sys.stdout.isatty() and isinstance(source, AudioFile), progress)
    session = recognizer.session(endpoint=_endpoint(arguments), reference=reference_of(arguments))
    with outputs.screen(name, live=arguments.live) as screen, session:
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


def _recognizer(arguments: argparse.Namespace) -> Recognizer:
    recognizer = Recognizer.load(
        arguments.bundle,
        lexicon=arguments.lexicon,
        language_model=None if arguments.greedy else SHIPPED,
        threads=arguments.threads,
    )
    recognizer.language.rendering(arguments.phones)  # one that cannot be is refused before anything is heard
    return recognizer


def _endpoint(arguments: argparse.Namespace) -> EndpointConfig:
    if arguments.pause_ms is not None:
        return EndpointConfig(pause_ms=arguments.pause_ms)
    return EndpointConfig.preset(arguments.endpoint)


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
