"""Where a training run's first weights come from: Whisper, an earlier run, or a bundle that was shipped before."""

from __future__ import annotations

from pathlib import Path

from saidmeant.streaming.bundle import load_bundle

from . import whisper
from .checkpoint import is_checkpoint, restore_checkpoint
from .dual_encoder import DualEncoder
from .restore import restore

BUNDLE_PREFIX = "bundle:"


def initialise(model: DualEncoder, source: str) -> None:
    """Fill a model from ``whisper-base``, a Whisper checkpoint file, one of ours, or ``bundle:NAME_OR_FOLDER``."""
    if source.startswith(BUNDLE_PREFIX):
        restore(model, load_bundle(source.removeprefix(BUNDLE_PREFIX)))
    elif is_checkpoint(Path(source).expanduser()):
        restore_checkpoint(model, Path(source).expanduser())
    else:
        whisper.initialise(model, source)
