"""Where a training run's first weights come from: Whisper, or a bundle that was shipped before."""

from __future__ import annotations

from . import whisper
from .dual_encoder import DualEncoder


def initialise(model: DualEncoder, source: str) -> None:
    """Fill a model from ``whisper-base``, a Whisper checkpoint file, or ``bundle:NAME_OR_FOLDER``."""
    if source.startswith("bundle:"):
        raise ValueError("init: bundle is not there yet")
    whisper.initialise(model, source)
