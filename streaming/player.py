"""A recording made audible, through PortAudio (sounddevice), if there is an audio output."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from .audio import Samples
from .errors import AudioError


class Player:
    """The default audio output.  Raises AudioError at once if there is none, or if it is lost."""

    def __init__(self, sample_rate: int) -> None:
        try:
            import sounddevice
        except OSError as error:  # the PortAudio library is missing
            raise AudioError(f"no audio output: {error}") from error
        self._fault: type[Exception] = sounddevice.PortAudioError
        try:
            self._stream: Any = sounddevice.OutputStream(samplerate=sample_rate, channels=1, dtype="float32")
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise AudioError(f"no audio output: {_reason(error)}") from error

    @property
    def latency(self) -> float:
        """Seconds from writing a sample to hearing it."""
        return float(self._stream.latency)

    def write(self, chunk: Samples) -> None:
        """Play a chunk after the previous one; waits until there is room for it, which keeps the pace of the audio."""
        try:
            self._stream.write(chunk)
        except self._fault as error:
            raise AudioError(f"the audio output was lost: {_reason(error)}") from error

    def close(self) -> None:
        """Play to the end and release the device."""
        with suppress(self._fault):
            self._stream.stop()
            self._stream.close()


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else str(error)
