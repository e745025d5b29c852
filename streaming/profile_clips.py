"""What the profiler listens to: recordings, and where it is known, when each word and phone of them was really said.

True times come from the manifest's field ``timing`` and never from this recogniser::

    {"audio": "take1.wav", "text": "I think so", "timing": {"source": "who measured it, and how", "words": [
        {"text": "think", "start": 0.31, "end": 0.74, "phones": [{"text": "TH", "start": 0.31, "end": 0.40}, ...]}]}}

``scripts/make_timed_clip.py`` and ``python -m saidmeant.models.forced_alignment`` write such manifests.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from .audio import AudioFile, Samples
from .errors import SaidMeantError, UsageError
from .strict import StrictError, build


@dataclass(frozen=True, slots=True)
class TruePhone:
    """An ARPAbet phone and when it was said, in seconds from the start of the recording."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class TrueWord:
    """A word and when it was said."""

    text: str
    start: float
    end: float
    phones: tuple[TruePhone, ...] = ()


@dataclass(frozen=True, slots=True)
class TrueTimes:
    """When everything in a recording was said, and who says so."""

    source: str
    words: tuple[TrueWord, ...]

    @property
    def phones(self) -> list[TruePhone]:
        return [phone for word in self.words for phone in word.phones]


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording in slices of one chunk; the last may be shorter."""

    path: Path
    sample_rate: int
    chunks: tuple[Samples, ...]
    times: TrueTimes | None = None

    @property
    def seconds(self) -> float:
        return sum(len(chunk) for chunk in self.chunks) / self.sample_rate

    def sliced(self, seconds: float) -> list[Samples]:
        """The same audio in slices of another length."""
        samples, size = np.concatenate(self.chunks), max(1, round(seconds * self.sample_rate))
        return [samples[start : start + size] for start in range(0, len(samples), size)]


def shipped_sample(language: str = "en") -> Path:
    """The recording in a language that ships with the package, which ``verify`` listens to as well; else English."""
    own = Path(str(resources.files("saidmeant.export") / f"sample-{language}.wav"))
    return own if own.exists() else own.with_name("sample.wav")


def shipped_times() -> Path:
    """The manifest of the recording whose times are known, which ships with the package."""
    return Path(str(resources.files("saidmeant.export") / "timed.jsonl"))


def shipped_clip(language: str) -> Path:
    """What to profile a language with: the recording whose times are known, or where there is none its sample."""
    sample = shipped_sample(language)
    return shipped_times() if sample == shipped_sample() else sample


def read_clips(paths: Sequence[Path], chunk_ms: int) -> list[Clip]:
    """Recordings and manifests (``.jsonl``) of recordings.  Raises AudioError, or UsageError for a bad manifest."""
    clips: list[Clip] = []
    for path in paths:
        clips += _read_manifest(path, chunk_ms) if path.suffix == ".jsonl" else [read_clip(path, chunk_ms)]
    if not clips:
        raise UsageError(f"there is no recording in {', '.join(map(str, paths))}")
    return clips


def read_clip(path: Path, chunk_ms: int, times: TrueTimes | None = None) -> Clip:
    """A whole file.  Raises AudioError if it cannot be read."""
    source = AudioFile(path, chunk_seconds=chunk_ms / 1000)
    return Clip(path, source.sample_rate, tuple(source), times)


def _read_manifest(path: Path, chunk_ms: int) -> list[Clip]:
    clips = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SaidMeantError(f"cannot read the manifest {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            audio = path.parent / fields["audio"]
            times = build(TrueTimes, fields["timing"]) if fields.get("timing") else None
        except (ValueError, TypeError, KeyError, AttributeError, StrictError) as error:
            raise UsageError(f"{path}, line {number}: expected audio and, if known, timing: {error}") from error
        clips.append(read_clip(audio, chunk_ms, times))
    return clips
