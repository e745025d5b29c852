"""The verb ``replay``: a session from its JSON, at the pace at which it was spoken, or exported; nothing is decoded.

The JSON of a session has its final updates.  While a segment is replayed, the lines show the tokens that had begun by
then: what was recognised in the end, at its time, not the guesses in between.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from rich.console import Console

from .audio import CHUNK_SECONDS, AudioFile, Samples
from .documents import Documents
from .errors import AudioError, UsageError
from .hypothesis import Hypothesis, Update
from .interruption import Interruption
from .language import language_of
from .outputs import status
from .player import Player
from .screen import LiveScreen, PlainScreen, Screen
from .transcripts import Transcript, read_transcripts

SILENCE_RATE = 16_000


def replay(arguments: argparse.Namespace) -> int:
    """The verb ``replay``."""
    transcripts = read_transcripts(arguments.session)
    if transcripts[0].cut:
        status(f"the last line of {arguments.session} was cut off and is left out")
    if arguments.play and arguments.speed != 1:
        raise UsageError("--play has the pace of the recording: leave out --speed")
    if arguments.audio is not None and len(transcripts) > 1:
        raise UsageError(f"{arguments.session} holds {len(transcripts)} recordings: AUDIO can be only one of them")
    if arguments.format != "text" or arguments.output is not None:
        _export(arguments, transcripts)
        return 0
    with Interruption() as interruption:
        for transcript in transcripts:
            if interruption.happened:
                break
            if len(transcripts) > 1:
                print(f"{transcript.file}:", flush=True)
            _show(arguments, transcript, interruption)
    return 0


def partial_at(update: Update, seconds: float) -> Update:
    """What of a final update had begun by a time of the session."""
    return dataclasses.replace(
        update,
        final=False,
        surface=_begun(update.surface, seconds, language_of(update.language).said),
        meaning=_begun(update.meaning, seconds, " ".join),
        spans=(),
        divergence=None,
    )


def _begun(line: Hypothesis, seconds: float, joined: Callable[[Sequence[str]], str]) -> Hypothesis:
    tokens = tuple(token for token in line.tokens if token.start < seconds)
    words = tuple(word for word in line.words if word.start < seconds)
    return Hypothesis(joined([one.text for one in words or tokens]), tokens, words, len(tokens))


def _export(arguments: argparse.Namespace, transcripts: Sequence[Transcript]) -> None:
    names = [transcript.file or str(arguments.session) for transcript in transcripts]
    documents = Documents(arguments.format, names, arguments.output, arguments.phones, taken=[arguments.session])
    for name, transcript in zip(names, transcripts, strict=True):
        audio = _audio(arguments, transcript)
        documents.write(name, transcript.finals, None if audio is None else audio.duration)


def _audio(arguments: argparse.Namespace, transcript: Transcript) -> AudioFile | None:
    """The recording that was given, else the one that the transcript names, beside it or where it was."""
    if arguments.audio is not None:
        return AudioFile(arguments.audio)
    if transcript.file and transcript.file != "-":
        for path in (arguments.session.parent / Path(transcript.file).name, Path(transcript.file)):
            if path.is_file():
                with suppress(AudioError):  # it is not needed
                    return AudioFile(path)
    return None


def _show(arguments: argparse.Namespace, transcript: Transcript, interruption: Interruption) -> None:
    audio = _audio(arguments, transcript)
    player = _player(audio) if arguments.play else None
    terminal = sys.stdout.isatty()
    screen: Screen = PlainScreen(phones=arguments.phones)
    if terminal:
        screen = LiveScreen(Console(file=sys.stdout, highlight=False), arguments.phones)
    pace = arguments.speed if terminal or player is not None else None
    source = Replayed(audio, transcript.finals, pace, player)
    try:
        with screen:
            for chunk in interruption.chunks(source):
                if audio is not None:
                    screen.hear(chunk, source.sample_rate)
                for update in source.updates():
                    screen.show(update)
    finally:
        if player is not None:
            player.close()


class Replayed:
    """A source: the recording, or silence as long as the session, at a multiple of real time (None: at once).

    player: sets the pace itself.  :meth:`updates` are those that the chunks so far have brought.
    """

    def __init__(
        self, audio: AudioFile | None, finals: Sequence[Update], speed: float | None, player: Player | None = None
    ) -> None:
        self.audio, self.speed, self.player = audio, speed, player
        self.sample_rate = SILENCE_RATE if audio is None else audio.sample_rate
        self.seconds = 0.0
        """How much has been replayed; what is played is heard a little later than it is delivered."""
        self._finals = list(finals)
        self._shown: Update | None = None

    def __iter__(self) -> Iterator[Samples]:
        began, seconds = time.monotonic(), 0.0
        latency = 0.0 if self.player is None else self.player.latency
        for chunk in self._chunks():
            seconds += len(chunk) / self.sample_rate
            if self.player is not None:
                self.player.write(chunk)
            elif self.speed is not None:
                time.sleep(max(0.0, began + seconds / self.speed - time.monotonic()))
            self.seconds = seconds - latency
            yield chunk

    def _chunks(self) -> Iterator[Samples]:
        if self.audio is not None:
            yield from self.audio
        silence = np.zeros(round(CHUNK_SECONDS * self.sample_rate), np.float32)
        while self._finals:  # the recording may be shorter, or missing
            yield silence

    def updates(self) -> Iterator[Update]:
        """Segments that have ended, and the state of the one that has begun if it has changed."""
        while self._finals and self._finals[0].end <= self.seconds:
            yield self._finals.pop(0)
            self._shown = None
        if self.speed is not None and self._finals and self._finals[0].start < self.seconds:
            partial = partial_at(self._finals[0], self.seconds)
            if partial != self._shown:
                self._shown = partial
                yield partial


def _player(audio: AudioFile | None) -> Player | None:
    """None, and a line that says why, if there is nothing to play or nothing to play it on."""
    if audio is None:
        status("--play: the recording is not there; name it after SESSION")
        return None
    try:
        return Player(audio.sample_rate)
    except AudioError as error:
        status(f"--play: {error}")
        return None
