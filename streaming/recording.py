"""A session kept on disk, if the user asks for it: the audio as WAV and the final updates as JSON lines, side by side.

Both files are complete after every chunk and every update, so that a process that is killed leaves what was heard
until then: the WAV header, which holds the length, is brought up to date with every chunk (the standard library's
``wave`` does that; soundfile would do so on closing only).  Nothing else of the runtime writes audio or text to disk.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from .audio import Samples
from .hypothesis import Update
from .screen import Screen

AUDIO, UPDATES = ".wav", ".jsonl"
SAMPLE_BYTES = 2
MOST_BYTES = 2**32 - 1024  # of audio in a WAV file, whose header has 32 bits for it: 37 hours at 16 kHz
FULL_SCALE = 32768  # as in RawPCM


class Recording:
    """The two files of one session, ``2026-02-28_14-03-07.wav`` and ``.jsonl``: the local time at which it began.

    Raises OSError if they cannot be made or written.
    """

    def __init__(self, folder: Path, sample_rate: int, began: datetime) -> None:
        self.audio_path, self._audio_file = _new_file(folder, began)
        self.updates_path = self.audio_path.with_suffix(UPDATES)
        try:
            self._updates_file = self.updates_path.open("x", encoding="utf-8")
        except OSError:
            self._audio_file.close()
            raise
        self._audio = wave.open(self._audio_file, "wb")  # noqa: SIM115 (closed in close)
        self._audio.setnchannels(1)
        self._audio.setsampwidth(SAMPLE_BYTES)
        self._audio.setframerate(sample_rate)
        self._bytes = 0
        self._sample_rate = sample_rate

    def hear(self, chunk: Samples) -> None:
        """Append a chunk as 16-bit samples; louder ones than full scale are clipped."""
        scaled = np.rint(np.nan_to_num(chunk).astype(np.float64) * FULL_SCALE)
        samples = np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype("<i2")
        self._bytes += samples.nbytes
        if self._bytes > MOST_BYTES:
            raise OSError(f"{self.audio_path.name} has reached 4 GB, the most that a WAV file can hold")
        self._audio.writeframes(samples.tobytes())
        self._audio_file.flush()

    def show(self, update: Update) -> None:
        """Append an update if it is final, as ``transcribe --json`` prints it; a gap becomes silence in the audio."""
        if update.gap is not None:
            missing = round((update.gap.end - update.gap.start) * self._sample_rate)
            for start in range(0, missing, self._sample_rate):
                self.hear(np.zeros(min(self._sample_rate, missing - start), np.float32))
        if update.final:
            line = json.dumps({"file": self.audio_path.name} | update.as_dict(), ensure_ascii=False)
            self._updates_file.write(line + "\n")
            self._updates_file.flush()

    def close(self) -> None:
        """What has been written stays, also if closing fails."""
        for file in (self._audio, self._audio_file, self._updates_file):
            with suppress(OSError):
                file.close()


class RecordingScreen:
    """Another screen, and a recording of all that it is shown.  If that fails it says so once, and the rest goes on."""

    def __init__(self, screen: Screen, folder: Path, report: Callable[[str], None]) -> None:
        self.screen, self.folder, self.report = screen, folder, report
        self._recording: Recording | None = None
        self._failed = False

    def __enter__(self) -> RecordingScreen:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._fail(error)
        self.screen.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._recording is not None:
            self._recording.close()
        self.screen.__exit__(kind, error, traceback)

    def hear(self, chunk: Samples, sample_rate: int) -> None:
        if not self._failed:
            try:
                if self._recording is None:
                    self._recording = Recording(self.folder, sample_rate, datetime.now().astimezone())
                    self.report(f"recording to {self._recording.audio_path} and .jsonl")
                self._recording.hear(chunk)
            except OSError as error:
                self._fail(error)
        self.screen.hear(chunk, sample_rate)

    def show(self, update: Update) -> None:
        if self._recording is not None and not self._failed:
            try:
                self._recording.show(update)
            except OSError as error:
                self._fail(error)
        self.screen.show(update)

    def _fail(self, error: OSError) -> None:
        self._failed = True
        if self._recording is not None:
            self._recording.close()
        self.report(f"cannot record in {self.folder}: {error.strerror or error}; going on without recording")


def _new_file(folder: Path, began: datetime) -> tuple[Path, IO[bytes]]:
    """The audio file, open, under a name that is free for both files, also if others look for one at the same time."""
    stem = f"{began:%Y-%m-%d_%H-%M-%S}"
    for number in count(1):
        path = folder / f"{stem if number == 1 else f'{stem}_{number}'}{AUDIO}"
        if not path.with_suffix(UPDATES).exists():
            with suppress(FileExistsError):
                return path, path.open("xb")
    raise AssertionError("there is always another number")
