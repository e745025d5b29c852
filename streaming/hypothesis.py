"""What the runtime emits: tokens, words, hypotheses, spans and updates, and their JSON form.

All times are seconds from the start of the session.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import SaidMeantError
from .strict import StrictError, build

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Token:
    """A phone of the surface line or a character of the meaning line; ``confidence`` is a probability."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the meaning line."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One of the two lines."""

    text: str
    tokens: tuple[Token, ...] = ()
    words: tuple[Word, ...] = ()
    stable: int = 0
    """How many leading tokens can no longer change."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between how a word should sound and what was said; ``op``: replace, delete or insert."""

    op: str
    canonical: str | None
    surface: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """A word that was meant and the phones that were said for it; extra phones have an empty ``word``."""

    word: str
    start: float
    end: float
    canonical: tuple[str, ...]
    surface: tuple[str, ...]
    edits: tuple[Edit, ...]
    confidence: float
    verdict: str | None = None
    in_lexicon: bool = True
    goodness: tuple[float, ...] = ()
    """Per canonical phone, how well the audio fits it: 0 = nothing fits better (streaming/goodness.py)."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """How far what was said is from what was meant: Levenshtein distance over canonical length."""

    distance: int
    length: int
    rate: float


@dataclass(frozen=True, slots=True)
class Update:
    """The state of one segment; a partial one may still change, a final one (``final``) carries spans."""

    segment: int
    start: float
    end: float
    final: bool
    surface: Hypothesis
    meaning: Hypothesis
    spans: tuple[Span, ...] = ()
    divergence: Divergence | None = None
    language: str = "en"
    version: int = JSON_VERSION

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, the field names kept, times and confidences rounded to milliseconds and percents."""
        plain: dict[str, Any] = rounded(dataclasses.asdict(self), 3)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Update:
        """What :meth:`as_dict` gave, from JSON.  Raises SaidMeantError for anything else and for another version."""
        version = plain.get("version")
        if version != JSON_VERSION:
            fix = "; a newer saidmeant reads it" if isinstance(version, int) and version > JSON_VERSION else ""
            raise SaidMeantError(f"not an update of version {JSON_VERSION}: its version is {version!r}{fix}")
        try:
            return build(cls, dict(plain))
        except StrictError as error:
            raise SaidMeantError(f"not an update: {error}") from error


def rounded(value: Any, digits: int) -> Any:
    """Every float in plain values to so many digits after the point."""
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, dict):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item, digits) for item in value]
    return value
