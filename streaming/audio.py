"""Where audio comes from: files, raw PCM, and (in microphone.py) the microphone.  First stop of the flow.

A source has a ``sample_rate`` in Hz and iterates float32 mono chunks, shape (samples,), nominally in [-1, 1].  Nothing
is resampled here: a session does that (inlet.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .errors import AudioError, UsageError

Samples = NDArray[np.float32]
CHUNK_SECONDS = 0.1
LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000  # Hz
RATES = f"possible are {LOWEST_RATE} to {HIGHEST_RATE} Hz"
_UNKNOWN_FRAMES = 2**62  # libsndfile says so where a stream does not tell its length


@runtime_checkable
class Source(Protocol):
    """What a recogniser can listen to: chunks that know their sample rate.

    One that may lose audio has a ``gap_seconds`` too: how much is missing right before the chunk just delivered.
    """

    sample_rate: int

    def __iter__(self) -> Iterator[Samples]: ...


class AudioFile:
    """A recording in any format, sample rate and channel count that libsndfile reads; channels are averaged.

    ``path`` may also be an open, seekable binary file.  A recording can be iterated again and again.  Raises
    :class:`AudioError` at once if there is nothing to decode, and during the iteration, after everything readable, if
    the rest is damaged.
    """

    def __init__(self, path: str | os.PathLike[str] | BinaryIO, chunk_seconds: float = CHUNK_SECONDS) -> None:
        self._file = Path(path) if isinstance(path, (str, os.PathLike)) else path
        self.name = str(self._file) if isinstance(self._file, Path) else getattr(path, "name", "the audio stream")
        self.chunk_seconds = _positive(chunk_seconds)
        with self._open() as sound:
            if not LOWEST_RATE <= sound.samplerate <= HIGHEST_RATE:
                raise AudioError(f"{self.name} has a sample rate of {sound.samplerate} Hz; {RATES}")
            self.sample_rate: int = sound.samplerate
            self.frames: int | None = sound.frames if sound.frames < _UNKNOWN_FRAMES else None
        if self.frames == 0:
            raise AudioError(f"{self.name} holds no audio")

    @property
    def duration(self) -> float | None:
        """Seconds; None if the format does not tell."""
        return None if self.frames is None else self.frames / self.sample_rate

    def __iter__(self) -> Iterator[Samples]:
        import soundfile

        size = max(1, round(self.chunk_seconds * self.sample_rate))
        heard, fault = 0, ""
        with self._open() as sound:
            while True:
                try:
                    block = sound.read(size, dtype="float32", always_2d=True)  # (samples, channels)
                except soundfile.LibsndfileError as error:
                    fault = f": {error.error_string}"
                    break
                if not len(block):
                    break
                heard += len(block)
                with np.errstate(invalid="ignore", over="ignore"):  # a session refuses what is no number
                    mono = block.mean(axis=1)
                yield np.ascontiguousarray(mono, dtype=np.float32)
        if fault or (self.frames is not None and heard < self.frames):
            total = "" if self.duration is None else f" of {self.duration:.1f} s"
            raise AudioError(
                f"{self.name} is damaged or cut short: {heard / self.sample_rate:.1f} s{total} read{fault}"
            )

    def _open(self) -> Any:  # a soundfile.SoundFile
        import soundfile

        if isinstance(self._file, Path):
            _check_file(self._file)
        else:
            self._file.seek(0)
        try:
            return soundfile.SoundFile(str(self._file) if isinstance(self._file, Path) else self._file)
        except soundfile.LibsndfileError as error:
            fault = error.error_string.rstrip(".")
            raise AudioError(
                f"{self.name} is not audio that libsndfile reads (WAV, FLAC, OGG, MP3): {fault}"
            ) from error


class RawPCM:
    """Signed 16-bit little-endian mono samples from a binary stream such as ``sys.stdin.buffer``, as they arrive."""

    def __init__(self, stream: BinaryIO, sample_rate: int = 16_000, chunk_seconds: float = CHUNK_SECONDS) -> None:
        if sample_rate <= 0:
            raise UsageError(f"a sample rate must be above 0 Hz, not {sample_rate}")
        self.sample_rate = sample_rate
        self.chunk_seconds = _positive(chunk_seconds)
        self._stream = stream

    def __iter__(self) -> Iterator[Samples]:
        size = 2 * max(1, round(self.chunk_seconds * self.sample_rate))  # bytes
        read = getattr(self._stream, "read1", self._stream.read)  # read1 does not wait until a chunk is full
        heard, rest = False, b""
        while data := read(size):
            data = rest + data
            whole = len(data) - len(data) % 2
            rest = data[whole:]
            if whole:
                heard = True
                yield np.frombuffer(data[:whole], dtype="<i2").astype(np.float32) / np.float32(32768)
        if not heard:
            raise AudioError("the raw PCM stream ended before its first sample")


def _check_file(path: Path) -> None:
    """The faults that libsndfile would report unclearly."""
    if path.is_dir():
        raise AudioError(f"{path} is a folder, not an audio file")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise AudioError(f"{path} does not exist") from error
    except (OSError, ValueError) as error:
        raise AudioError(f"cannot open {path}: {getattr(error, 'strerror', None) or error}") from error
    if empty:
        raise AudioError(f"{path} is empty")


def _positive(chunk_seconds: float) -> float:
    if not chunk_seconds > 0:
        raise UsageError(f"chunk_seconds must be above 0, not {chunk_seconds}")
    return chunk_seconds
