"""The microphone as a source of audio, through PortAudio (sounddevice).

PortAudio calls back from a thread of its own; a bounded queue hands the audio over to the iterating thread.
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np

from .audio import CHUNK_SECONDS, Samples
from .errors import AudioError
from .gaps import LossMeter

SAMPLE_RATE = 16_000  # what the models hear; other rates are resampled later
POLL_SECONDS = 0.1
BUFFER_SECONDS = 30.0
"""Of audio that nobody has fetched: 2 MB at 16 kHz."""
STALL_SECONDS = 3.0
CLOSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Device:
    """An audio input; ``sample_rate`` is its own preference in Hz."""

    number: int
    name: str
    channels: int
    sample_rate: int
    default: bool


class Microphone:
    """An audio input; ``device`` is a number, a name or an unmistakable part of a name, None for the default one.

    Recording starts with the iteration, or on entering a ``with`` block, and stops on leaving either.  Raises
    :class:`AudioError` at once if there is no such input, and during the iteration, after everything heard, if the
    device is lost or silent for ``stall_seconds`` (no samples at all; samples that are zero are audio).

    What nobody fetches is kept for :data:`BUFFER_SECONDS`.  Then new audio is dropped until there is room, and the gap
    is told with the first chunk after it (``gap_seconds``); likewise if the system lost audio before it came here.
    """

    def __init__(self, device: int | str | None = None, *, stall_seconds: float = STALL_SECONDS) -> None:
        self.device = find_device(device)
        self.stall_seconds = stall_seconds
        self.overflows = 0
        """How often audio was lost because nobody fetched it in time."""
        self.gap_seconds = 0.0
        """How much audio is missing right before the chunk just delivered; nearly always 0."""
        self.lost_seconds = 0.0
        """How much is missing in all."""
        self.sample_rate, self._channels = _settings(self.device)
        self._stream: Any = None
        self._finished = threading.Event()
        self._stopping = threading.Event()
        self._queue: queue.Queue[tuple[Samples, float]] = queue.Queue(round(BUFFER_SECONDS / CHUNK_SECONDS))
        self._meter = LossMeter()
        self._missing = 0.0  # seconds since the newest chunk in the queue

    def start(self) -> None:
        """Start recording, if it has not started."""
        if self._stream is not None:
            return
        sounddevice = _sounddevice()
        self._finished.clear()
        self._stopping.clear()
        self._queue = queue.Queue(self._queue.maxsize)
        self._meter, self._missing = LossMeter(), 0.0
        try:
            self._stream = sounddevice.InputStream(
                device=self.device.number,
                samplerate=self.sample_rate,
                channels=self._channels,
                dtype="float32",
                blocksize=round(CHUNK_SECONDS * self.sample_rate),
                callback=self._hear,
                finished_callback=self._finished.set,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self.close()
            raise AudioError(f"cannot record from {self.device.name!r}: {_reason(error)}") from error

    def stop(self) -> None:
        """Make the iteration end as soon as it has delivered what was heard so far; safe in a signal handler."""
        self._stopping.set()

    def close(self) -> None:
        """Stop recording and release the device.  Does not wait for a device that hangs."""
        self._stopping.set()
        stream, self._stream = self._stream, None
        if stream is not None:
            closing = threading.Thread(target=_close, args=(stream,), daemon=True)
            closing.start()
            closing.join(CLOSE_SECONDS)
            if closing.is_alive():  # at exit, sounddevice would close it a second time and wait for ever
                atexit.unregister(getattr(_sounddevice(), "_exit_handler", _close))

    @property
    def closed(self) -> bool:
        """Whether nothing is being recorded."""
        return self._stream is None

    def __enter__(self) -> Microphone:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Samples]:
        self.start()
        seconds = waited = 0.0
        try:
            while True:
                over = self._finished.is_set() or self._stopping.is_set()  # asked first: nothing can follow it
                try:
                    chunk, self.gap_seconds = self._queue.get(block=not over, timeout=POLL_SECONDS)
                except queue.Empty:
                    if over and self._missing:  # nothing comes after the gap, but it was there
                        self.gap_seconds, self._missing = self._missing, 0.0
                        yield np.zeros(0, np.float32)
                    if self._stopping.is_set():
                        return
                    waited += POLL_SECONDS  # polls, not the clock, which runs on while the process is suspended
                    if over or waited >= self.stall_seconds:
                        raise AudioError(self._loss(over, seconds)) from None
                else:
                    seconds, waited = seconds + len(chunk) / self.sample_rate, 0.0
                    yield chunk
        finally:
            self.close()

    def _hear(self, block: Samples, frames: int, when: object, status: Any) -> None:
        """PortAudio's callback: must not block.  ``block``: (samples, channels), valid during the call only."""
        if self._stopping.is_set():
            return
        seconds = frames / self.sample_rate
        self.overflows += bool(status.input_overflow)
        self._lose(self._meter.hear(time.monotonic(), seconds, bool(status.input_overflow)))
        try:
            samples = np.array(block[:, 0] if self._channels == 1 else block.mean(axis=1))
            self._queue.put_nowait((samples, self._missing))
            self._missing = 0.0
        except queue.Full:
            self.overflows += 1
            self._lose(seconds)

    def _lose(self, seconds: float) -> None:
        self._missing += seconds
        self.lost_seconds += seconds

    def _loss(self, over: bool, seconds: float) -> str:
        what = "was lost" if over else f"has delivered nothing for {self.stall_seconds:g} s"
        return f"the microphone {self.device.name!r} {what} after {seconds:.1f} s of audio: is it still plugged in?"


def input_devices() -> list[Device]:
    """Every audio input that PortAudio knows."""
    sounddevice = _sounddevice()
    try:
        preferred = sounddevice.query_devices(kind="input")["index"]
    except sounddevice.PortAudioError:  # there is none
        preferred = -1
    return [
        Device(
            number, found["name"], found["max_input_channels"], round(found["default_samplerate"]), number == preferred
        )
        for number, found in enumerate(sounddevice.query_devices())
        if found["max_input_channels"] > 0
    ]


def find_device(wanted: int | str | None) -> Device:
    """The input with this number, name or unmistakable part of a name.  Raises :class:`AudioError`."""
    inputs = input_devices()
    if not inputs:
        raise AudioError("no microphone found: connect one, or transcribe a file")
    if wanted is None:
        return next((device for device in inputs if device.default), inputs[0])
    if isinstance(wanted, int) or wanted.strip().isdecimal():
        found = [device for device in inputs if device.number == int(wanted)]
    else:
        name = wanted.strip().casefold()
        found = [device for device in inputs if device.name.casefold() == name][:1]
        found = found or [device for device in inputs if name and name in device.name.casefold()]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{device.number} {device.name}" for device in found or inputs)
    raise AudioError(f"{f'{wanted!r} is several inputs' if found else f'unknown device {wanted!r}; inputs'}: {listed}")


def _settings(device: Device) -> tuple[int, int]:
    """(sample rate, channels) that a device accepts, the models' own if possible."""
    for rate, channels in ((SAMPLE_RATE, 1), (device.sample_rate, 1), (device.sample_rate, device.channels)):
        refusal = _refusal(device, rate, channels)
        if not refusal:
            return rate, channels
    raise AudioError(f"cannot record from {device.name!r}: {refusal}")


def _refusal(device: Device, rate: int, channels: int) -> str:
    """Why a device does not record like this; empty if it does."""
    sounddevice = _sounddevice()
    try:
        sounddevice.check_input_settings(device=device.number, samplerate=rate, channels=channels, dtype="float32")
    except sounddevice.PortAudioError as error:
        return _reason(error)
    return ""


def _sounddevice() -> Any:
    """The module, imported late: it needs the PortAudio library, which transcribing a file does not."""
    try:
        import sounddevice
    except OSError as error:
        raise AudioError(
            f"cannot use a microphone: {error} (on Debian or Ubuntu: apt install libportaudio2)"
        ) from error
    return sounddevice


def _close(stream: Any) -> None:
    stream.abort(ignore_errors=True)
    stream.close(ignore_errors=True)


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else str(error)
