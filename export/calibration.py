"""``saidmeant calibrate``: what a bundle's confidences and goodness mean, fitted on annotated recordings.

Tables and thresholds come from the speakers of half A (models/detection.py), what is printed from those of half B;
they are written into the bundle's manifest.  The model itself stays as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from saidmeant.models.confidences import calibrated, plain
from saidmeant.models.evaluate import evaluate, load, spoken_in, with_progress
from saidmeant.models.figures import Recognised, confidences, phones_right, words_right
from saidmeant.models.records import Records, key, open_records
from saidmeant.models.report_tables import percent, verdicts_table
from saidmeant.models.statistics import halves
from saidmeant.models.verdicts import JudgedWord, verdicts, words_of_text
from saidmeant.streaming.bundle import load_bundle
from saidmeant.streaming.lexicon import Lexicon
from saidmeant.streaming.recognizer import Recognizer
from saidmeant.streaming.verdict import Calibration

from .manifest import write_manifest

PRECISION = 0.75
"""Of ``different`` on half A; other speakers will bring it down."""
FEWEST_ALARMS = 20
CALLED_CORRECT = 0.05
"""Share of half A's mispronounced words, of those that the surface line reads otherwise, that may be called correct."""
MOST_DOUBT = 1.0
"""In nats: a word is never called correct if the audio fits something else e times better than one of its phones."""
PRIOR = 5.0
"""As many phones or words as the model's own confidence counts in each bin, so that empty ones keep it."""
Pairs = Sequence[tuple[float, bool]]


@dataclass(frozen=True, slots=True)
class Request:
    """The bundle to calibrate, on what; records: a file to keep and reuse what was recognised."""

    bundle: Path
    manifest: Path
    records: Path | None = None


def fit(recognised: Recognised, levels: Sequence[float], silent: str = "") -> Calibration:
    """Tables and thresholds from these recordings; what they cannot tell stays as the model gives it.

    silent: the head whose tokens have no confidences, that of a model from elsewhere in a pair.
    """
    phones = [pair for utterance, record in recognised for pair in phones_right(utterance, record)]
    words = [pair for utterance, record in recognised for pair in words_right(utterance, record)]
    tables = Calibration(
        phones=() if silent == "surface" else table(phones, levels),
        words=() if silent == "meaning" else table(words, levels),
    )
    tabled = [(utterance, calibrated(record, levels, tables)) for utterance, record in recognised]
    judged = [word for utterance, record in tabled for word in words_of_text(utterance, record)]
    if not any(word.wrong["wrong"] for word in judged):
        return tables
    return replace(tables, different=different_from(judged), correct=correct_up_to(judged))


def table(pairs: Pairs, levels: Sequence[float]) -> tuple[float, ...]:
    """The share that is right near each level, never falling (isotonic regression, Zadrozny & Elkan 2002)."""
    if not pairs:
        return ()
    from scipy.optimize import isotonic_regression

    values, right = np.array([p for p, _ in pairs]), np.array([r for _, r in pairs], float)
    nearest = np.abs(values[:, None] - np.array(levels)).argmin(axis=1)
    weight = PRIOR + np.bincount(nearest, minlength=len(levels))
    share = (PRIOR * np.array(levels) + np.bincount(nearest, weights=right, minlength=len(levels))) / weight
    return tuple(round(float(p), 4) for p in isotonic_regression(share, weights=weight).x)


def different_from(words: Sequence[JudgedWord]) -> float:
    """The lowest evidence from which ``different`` is right often enough; infinity if it never is."""
    alarms = sorted((word for word in words if word.against.differs), key=lambda word: -word.against.evidence)
    hits, chosen = 0, float("inf")
    for count, word in enumerate(alarms, 1):
        hits += word.wrong["wrong"]
        evidence = word.against.evidence
        last = count == len(alarms) or alarms[count].against.evidence < evidence
        if last and count >= FEWEST_ALARMS and hits / count >= PRECISION:
            chosen = evidence
    return chosen


def correct_up_to(words: Sequence[JudgedWord]) -> float:
    """The doubt below which at most :data:`CALLED_CORRECT` of the mispronounced words lie, and no large one."""
    doubts = [word.against.doubt for word in words if word.wrong["wrong"] and word.against.differs]
    return min(MOST_DOUBT, float(np.quantile(doubts, CALLED_CORRECT))) if doubts else 0.0


def run(request: Request) -> int:
    """Decode, fit on half A, write the manifest, print what half B makes of it.

    Raises ManifestError, AudioError, BundleError or UsageError.
    """
    folder = request.bundle.expanduser().absolute()  # never a shipped bundle of the same name
    recognizer = plain(Recognizer.load(folder))
    levels = recognizer.bundle.manifest.confidence_levels
    utterances = spoken_in(load(request.manifest), recognizer.bundle, request.manifest)
    with contextlib.closing(open_records(request.records, recognizer) if request.records else Records()) as kept:
        for _ in with_progress(evaluate(recognizer, utterances, request.manifest, kept), len(utterances)):
            pass
        recognised = [(utterance, kept.recognised[key(utterance)]) for utterance in utterances]
    first, _ = halves(utterance.speaker for utterance in utterances)
    bundle = load_bundle(folder)
    silent = bundle.manifest.foreign.head if bundle.manifest.foreign else ""
    calibration = fit([pair for pair in recognised if pair[0].speaker in first], levels, silent)
    write_manifest(bundle.folder, replace(bundle.manifest, calibration=calibration))
    show(recognised, [(u, calibrated(r, levels, calibration)) for u, r in recognised], recognizer.lexicon, calibration)
    return 0


def show(before: Recognised, after: Recognised, lexicon: Lexicon, calibration: Calibration) -> None:
    """Two tables: calibration errors, and how often ``different`` is right.  before, after: all speakers."""
    _, second = halves(utterance.speaker for utterance, _ in before)
    tested = [confidences([pair for pair in part if pair[0].speaker in second]) for part in (before, after)]
    errors = Table("confidence of", "before", "after", title="expected calibration error, half B", title_justify="left")
    for name in ("phones", "words"):
        errors.add_row(name, *(percent(found[name] and found[name]["expected_calibration_error"]) for found in tested))
    Console().print(errors)
    judged = verdicts_table(verdicts(after, lexicon, calibration))
    if judged is not None:
        Console().print(judged)
