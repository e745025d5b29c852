"""``saidmeant evaluate``: a bundle's error rates and speed on a manifest, through the runtime that users have.

Every utterance is decoded as a stream, without endpoints, on one thread, and becomes a record (records.py) from which
all figures are computed.  The surface is scored against the pronounced phones and, beside it, against the canonical
ones of the same utterances: a recogniser that repeats what it expects instead of what it hears does better on the
second.  What an error is depends on the language (scoring.py).
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn, track

from saidmeant.streaming.audio import AudioFile
from saidmeant.streaming.bundle import Bundle
from saidmeant.streaming.errors import AudioError, SaidMeantError, UsageError
from saidmeant.streaming.recognizer import SHIPPED, Recognizer

from .comparison import compare, peer_texts, require_peer
from .confidences import calibrated, plain
from .figures import Recognised, figures
from .manifest import ManifestError, Utterance, read_manifest
from .metrics import ErrorRate
from .records import Record, Records, key, open_records, record
from .report import BINS as BINS  # for those who measure a bundle themselves
from .report import Report as Report
from .report import Score as Score
from .scoring import scoring

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure.  limit: so many utterances, evenly spaced; records: a file to keep and reuse what was heard."""

    manifest: Path
    bundle: str
    as_json: bool = False
    limit: int | None = None
    scripted: bool = False
    greedy: bool = False
    """Without the language model."""
    records: Path | None = None
    peers: tuple[str, ...] = ()


def run(request: Request) -> int:
    """Evaluate and print.  After Ctrl-C or a broken file, what was done.

    Raises ManifestError, AudioError, BundleError or UsageError, and SaidMeantError if a peer fails.
    """
    utterances = choose(load(request.manifest), request.limit)
    recognizer = Recognizer.load(request.bundle, language_model=None if request.greedy else SHIPPED)
    language = recognizer.bundle.manifest.language
    utterances = spoken_in(utterances, recognizer.bundle, request.manifest)
    for peer in request.peers:
        require_peer(peer, language)
    levels, calibration = recognizer.bundle.manifest.confidence_levels, recognizer.bundle.manifest.calibration
    recognizer = plain(recognizer)  # what is kept outlives a calibration
    scores: list[Score] = []
    texts: dict[str, list[str]] = {peer: [] for peer in request.peers}
    with contextlib.closing(open_records(request.records, recognizer) if request.records else Records()) as kept:
        stopped: BaseException | None = None
        try:
            for score in with_progress(evaluate(recognizer, utterances, request.manifest, kept), len(utterances)):
                scores.append(score)  # noqa: PERF402 (what an interruption leaves counts)
            for peer, found_by in texts.items():
                for text in with_bar(peer_texts(peer, utterances, kept), len(utterances), peer):
                    found_by.append(text)
        except (KeyboardInterrupt, SaidMeantError) as stop:
            stopped = stop
        found_so_far = [(utterance, kept.recognised[key(utterance)]) for utterance in utterances[: len(scores)]]
    done = [(utterance, calibrated(found, levels, calibration)) for utterance, found in found_so_far]
    found = figures(done, recognizer.lexicon, calibration) if done else {}
    if done and texts:
        found["peers"] = [row for peer, its in texts.items() if (row := _beside(peer, done, its))]
    report = Report(tuple(scores), stopped is None, found, request.scripted, scoring(language))
    _print(report, request.as_json)
    if isinstance(stopped, SaidMeantError):
        raise stopped
    return 0 if stopped is None else INTERRUPTED


def _beside(peer: str, done: Recognised, texts: Sequence[str]) -> dict[str, Any] | None:
    return compare(peer, [(utterance, found, text) for (utterance, found), text in zip(done, texts, strict=False)])


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


def spoken_in(utterances: Sequence[Utterance], bundle: Bundle, manifest: Path) -> list[Utterance]:
    """As a bundle's evaluation takes them: in its language, of which the manifest may be silent, and folded.

    Raises ManifestError for an utterance in another language, UsageError for a language that is not evaluated.
    """
    language = bundle.manifest.language
    how = scoring(language)
    for utterance in utterances:
        found = utterance.fields.get("language") or language
        if found != language:
            raise ManifestError(
                f"{manifest}, line {utterance.line} is in {found!r}, but the bundle {bundle.manifest.name} "
                f"recognises {language!r}; choose another bundle"
            )
    return [how.folded(replace(u, fields={**u.fields, "language": language})) for u in utterances]


def choose(utterances: Sequence[Utterance], limit: int | None) -> list[Utterance]:
    """All, or ``limit`` of them spread over the whole manifest, so that not only its first speakers count."""
    if limit is None or limit >= len(utterances):
        return list(utterances)
    if limit < 1:
        raise UsageError(f"--limit must be at least 1, not {limit}")
    return [utterances[i * len(utterances) // limit] for i in range(limit)]


def evaluate(
    recognizer: Recognizer, utterances: Sequence[Utterance], manifest: Path, kept: Records | None = None
) -> Iterator[Score]:
    """One score after the other.  kept: records, used where they exist and added where not.

    Raises AudioError with the manifest's line if a file cannot be decoded.
    """
    kept = kept or Records()
    for utterance in utterances:
        if key(utterance) not in kept.recognised:
            kept.add(utterance, recognise(recognizer, utterance, manifest))
        found = kept.recognised[key(utterance)]
        phones = None if found.phones is None else [phone.text for phone in found.phones]
        yield judge(utterance, phones, found.text, found.audio_seconds, found.recognition_seconds)


def recognise(recognizer: Recognizer, utterance: Utterance, manifest: Path) -> Record:
    """Decode one utterance.  Raises AudioError with the manifest's line."""
    try:
        source = AudioFile(utterance.audio)
        chunks = list(source)
    except AudioError as error:
        raise AudioError(f"{manifest}, line {utterance.line}: {error}") from error
    started = time.perf_counter()
    with recognizer.session(endpoint=None) as session:
        updates = [update for chunk in chunks for update in session.accept(chunk, source.sample_rate)]
        updates += session.finish()
        seconds = time.perf_counter() - started
        text_goodness = session.goodness(scoring(utterance.language).expected(utterance))
    audio_seconds = sum(map(len, chunks)) / source.sample_rate
    return record(updates, recognizer.bundle.heads, audio_seconds, seconds, text_goodness)


def judge(
    utterance: Utterance, phones: Sequence[str] | None, text: str | None, audio_seconds: float, seconds: float
) -> Score:
    """Score what was recognised; None = the bundle has no such output."""
    how = scoring(utterance.language)
    rate, surface = how.divergence(utterance), how.surface_errors(utterance, phones)
    return Score(
        meaning=how.meaning_errors(utterance, text),
        surface=surface,
        canonical=how.canonical_errors(utterance, phones),
        bin=None if rate is None else next(label for label, most in BINS if rate <= most),
        audio_seconds=audio_seconds,
        recognition_seconds=seconds,
        by_rule=utterance.words is None and surface is not None,
        left_out=how.compare(utterance.text, "") is None,
    )


def with_progress(scores: Iterator[Score], length: int, label: str = "") -> Iterator[Score]:
    """Pass the scores on while a bar with the error rates so far runs on stderr, if that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=length)
        meaning, surface = ErrorRate(), ErrorRate()
        for score in scores:
            meaning, surface = meaning + (score.meaning or ErrorRate()), surface + (score.surface or ErrorRate())
            shown = f"{label}  meaning {meaning.rate or 0:.1%}  surface {surface.rate or 0:.1%} wrong"
            progress.update(task, advance=1, description=shown)
            yield score


def with_bar(texts: Iterator[str], length: int, label: str) -> Iterator[str]:
    """Pass the texts on while a bar runs on stderr, if that is a terminal."""
    console = Console(stderr=True)
    yield from track(texts, label, length, console=console, transient=True, disable=not console.is_terminal)


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.as_dict()))
    else:
        console = Console()
        console.print(report.table())
        console.print(report.footer(), highlight=False, soft_wrap=True)
