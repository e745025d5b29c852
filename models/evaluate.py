"""``saidmeant evaluate``: a bundle's error rates and speed on a manifest, through the runtime that users have.

Every utterance is decoded as a stream, without endpoints, on one thread.  The surface is scored against the pronounced
phones and, beside it, against the canonical ones of the same utterances: a recogniser that repeats what it expects
instead of what it hears does better on the second.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from saidmeant.streaming.audio import AudioFile
from saidmeant.streaming.errors import AudioError, UsageError
from saidmeant.streaming.recognizer import Recognizer

from .manifest import ManifestError, Utterance, read_manifest
from .metrics import ErrorRate, divergence_rate, phone_errors, total, word_errors

BINS = (("0", 0.0), ("<=5%", 0.05), ("<=15%", 0.15), (">15%", float("inf")))
"""Label and upper limit of the divergence of pronounced from canonical phones."""
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Score:
    """One utterance; rates are None where the manifest does not say what they need."""

    meaning: ErrorRate | None
    surface: ErrorRate | None
    canonical: ErrorRate | None
    bin: str | None
    audio_seconds: float
    recognition_seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of the utterances that were recognised, ``complete`` if those are all that were asked for."""

    scores: tuple[Score, ...]
    complete: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Rates are fractions; null where the manifest has nothing to measure them by."""
        audio = sum(score.audio_seconds for score in self.scores)
        seconds = sum(score.recognition_seconds for score in self.scores)
        return {
            **_rates(self.scores),
            "real_time_factor": seconds / audio if audio else None,
            "audio_seconds": round(audio, 3),
            "bins": [{"divergence": label, **_rates(self._of_bin(label))} for label, _ in BINS],
            "complete": self.complete,
        }

    def _of_bin(self, label: str) -> list[Score]:
        return [score for score in self.scores if score.bin == label]

    def table(self) -> Table:
        """The same for people."""
        table = Table("divergence", title="error rates", title_justify="left")
        for heading in ("utterances", "surface PER", "PER against canonical", "meaning WER"):
            table.add_column(heading, justify="right")
        whole = self.as_dict()
        for row in whole["bins"]:
            table.add_row(row["divergence"], *_cells(row))
        table.add_section()
        table.add_row("all", *_cells(whole))
        return table

    def footer(self) -> str:
        whole = self.as_dict()
        factor = "-" if whole["real_time_factor"] is None else f"{whole['real_time_factor']:.3f}"
        without = sum(score.surface is None for score in self.scores)
        minutes = whole["audio_seconds"] / 60
        lines = [f"real-time factor {factor} on one thread ({minutes:.1f} min of audio; reading the files not counted)"]
        if without:
            lines.append(f"{without} utterances whose pronounced phones are not known count for WER only")
        if not self.complete:
            lines.append("incomplete: stopped before the end of the manifest")
        return "\n".join(lines)


def run(manifest: Path, *, bundle: str, as_json: bool, limit: int | None) -> int:
    """Evaluate and print.  limit: so many utterances, evenly spaced.  After Ctrl-C or a broken file, what was done.

    Raises ManifestError, AudioError, BundleError or UsageError.
    """
    utterances = choose(load(manifest), limit)
    recognizer = Recognizer.load(bundle)
    scores: list[Score] = []
    try:
        for score in with_progress(evaluate(recognizer, utterances, manifest), len(utterances)):
            scores.append(score)  # noqa: PERF402 (what an interruption leaves counts)
    except (KeyboardInterrupt, AudioError) as stop:
        _print(Report(tuple(scores), complete=False), as_json)
        if isinstance(stop, AudioError):
            raise
        return INTERRUPTED
    _print(Report(tuple(scores)), as_json)
    return 0


def load(manifest: Path) -> list[Utterance]:
    """The manifest, whose audio files all exist.  Raises ManifestError with the line of the first that does not."""
    try:
        utterances = read_manifest(manifest)
    except OSError as error:
        raise ManifestError(f"cannot read the manifest {manifest}: {error.strerror or error}") from error
    if not utterances:
        raise ManifestError(f"{manifest} has no utterances")
    for utterance in utterances:
        if not utterance.audio.is_file():
            raise ManifestError(f"{manifest}, line {utterance.line}: there is no audio file {utterance.audio}")
    return utterances


def choose(utterances: Sequence[Utterance], limit: int | None) -> list[Utterance]:
    """All, or ``limit`` of them spread over the whole manifest, so that not only its first speakers count."""
    if limit is None or limit >= len(utterances):
        return list(utterances)
    if limit < 1:
        raise UsageError(f"--limit must be at least 1, not {limit}")
    return [utterances[i * len(utterances) // limit] for i in range(limit)]


def evaluate(recognizer: Recognizer, utterances: Sequence[Utterance], manifest: Path) -> Iterator[Score]:
    """One score after the other.  Raises AudioError with the manifest's line if a file cannot be decoded."""
    heads = recognizer.bundle.heads
    for utterance in utterances:
        try:
            source = AudioFile(utterance.audio)
            chunks = list(source)
        except AudioError as error:
            raise AudioError(f"{manifest}, line {utterance.line}: {error}") from error
        started = time.perf_counter()
        updates = recognizer.transcribe(iter(chunks), sample_rate=source.sample_rate, endpoint=None)
        seconds = time.perf_counter() - started
        phones = [token.text for update in updates for token in update.surface.tokens] if "surface" in heads else None
        text = " ".join(update.meaning.text for update in updates) if "meaning" in heads else None
        yield judge(utterance, phones, text, sum(map(len, chunks)) / source.sample_rate, seconds)


def judge(
    utterance: Utterance, phones: Sequence[str] | None, text: str | None, audio_seconds: float, seconds: float
) -> Score:
    """Score what was recognised; None = the bundle has no such output."""
    pronounced, expected = utterance.surface, utterance.canonical
    known = pronounced is not None and expected is not None
    rate = divergence_rate(pronounced, expected) if pronounced is not None and expected is not None else None
    return Score(
        meaning=None if text is None else word_errors(utterance.text, text),
        surface=phone_errors(pronounced, phones) if pronounced is not None and phones is not None else None,
        canonical=phone_errors(expected, phones) if known and expected is not None and phones is not None else None,
        bin=None if rate is None else next(label for label, most in BINS if rate <= most),
        audio_seconds=audio_seconds,
        recognition_seconds=seconds,
    )


def _rates(scores: Sequence[Score]) -> dict[str, Any]:
    sums = {
        "meaning_wer": total(score.meaning for score in scores),
        "surface_per": total(score.surface for score in scores),
        "canonical_per": total(score.canonical for score in scores),
    }
    rates = {name: None if found is None else found.rate for name, found in sums.items()}
    return {**rates, "utterances": len(scores)}


def _cells(rates: dict[str, Any]) -> list[str]:
    shown = [rates["surface_per"], rates["canonical_per"], rates["meaning_wer"]]
    return [str(rates["utterances"]), *("-" if rate is None else f"{rate:.1%}" for rate in shown)]


def with_progress(scores: Iterator[Score], length: int, label: str = "") -> Iterator[Score]:
    """Pass the scores on while a bar with the error rates so far runs on stderr, if that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=length)
        meaning, surface = ErrorRate(), ErrorRate()
        for score in scores:
            meaning, surface = meaning + (score.meaning or ErrorRate()), surface + (score.surface or ErrorRate())
            shown = f"{label}  WER {meaning.rate or 0:.1%}  PER {surface.rate or 0:.1%}"
            progress.update(task, advance=1, description=shown)
            yield score


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.as_dict()))
    else:
        console = Console()
        console.print(report.table())
        console.print(report.footer(), highlight=False, soft_wrap=True)
