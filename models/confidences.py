"""What a model says, and what its bundle was calibrated to say of it.

Records (records.py) keep the former, so that a bundle can be calibrated and evaluated again without decoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from saidmeant.streaming.lines import Scale
from saidmeant.streaming.recognizer import Recognizer
from saidmeant.streaming.verdict import UNCALIBRATED, Calibration

from .records import Record


def plain(recognizer: Recognizer) -> Recognizer:
    """The same recogniser without the calibration that its bundle may have."""
    manifest = replace(recognizer.bundle.manifest, calibration=UNCALIBRATED)
    recognizer.bundle = replace(recognizer.bundle, manifest=manifest)
    return recognizer


def calibrated(record: Record, levels: Sequence[float], calibration: Calibration) -> Record:
    """A record as a bundle with this calibration would have given it."""
    scale = Scale(tuple(levels), calibration)
    phones, words = record.phones, record.words
    return replace(
        record,
        phones=None if phones is None else tuple(replace(p, confidence=scale.phone(p.confidence)) for p in phones),
        words=None if words is None else tuple(replace(w, confidence=scale.word(w.confidence)) for w in words),
    )
