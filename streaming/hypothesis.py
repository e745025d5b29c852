"""What the runtime emits: tokens, words, hypotheses, spans and updates, and their JSON form.

All times are seconds from the start of the session.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .errors import SaidMeantError
from .strict import StrictError, build

JSON_VERSION = 1
Kind: TypeAlias = Literal["as spelled", "lawful", "deviant"]


@dataclass(frozen=True, slots=True)
class Token:
    """A phone of the surface line or a character of the meaning line; ``confidence`` is a probability.

    In a pair, a model from elsewhere has tokens of its own kind, and its confidences are 0: it has none (docs/pair.md).
    """

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
class Change:
    """A rule that made sound differ from spelling: its name, its article, the syllable of the word (from 0)."""

    rule: str
    article: str
    syllable: int


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference that no rule allows: its pattern, the edits it consists of, and the rule that was not followed."""

    pattern: str
    edits: tuple[Edit, ...]
    rule: Change | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a word sounds as it was said: lawful changes from its spelling, and deviations from what is lawful."""

    kind: Kind
    changes: tuple[Change, ...]
    deviations: tuple[Deviation, ...] = ()


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
    explanation: Explanation | None = None
    """Where spelling and sound differ by rule, as in Korean: which rules, and what no rule explains."""

    @property
    def differs(self) -> bool:
        """Whether it was said in no right way."""
        return bool(self.edits) if self.explanation is None else self.explanation.kind == "deviant"


@dataclass(frozen=True, slots=True)
class Divergence:
    """How far what was said is from what was meant: Levenshtein distance over canonical length."""

    distance: int
    length: int
    rate: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Audio that was lost and never heard; seconds from the start of the session."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class ReadingWord:
    """A word of a text that is read aloud; ``state``: read, skipped, replaced, or ahead (not reached yet).

    Times are None while it is ahead; a skipped word's are where it is missing.  ``surface`` and, from the segment's end
    on, ``heard``: the phones and words that were said instead of a replaced one.
    """

    text: str
    state: str = "ahead"
    start: float | None = None
    end: float | None = None
    surface: tuple[str, ...] = ()
    heard: str = ""


@dataclass(frozen=True, slots=True)
class ReadingEvent:
    """Something other than reading on.

    ``kind``: skipped, replaced, inserted, repeated (one word again), restart (several words again), correction (words
    again of which some had not been read).  ``first`` to ``last`` (inclusive) are the words of the text that it
    concerns, counted from 0; something inserted stands between them.
    """

    kind: str
    first: int
    last: int
    start: float
    end: float
    surface: tuple[str, ...] = ()
    heard: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a known text has been read aloud, and how."""

    position: int
    """The word being read or next to be read, counted from 0; the number of words at the end of the text."""
    words: tuple[ReadingWord, ...]
    events: tuple[ReadingEvent, ...]
    """In the order of time."""
    off_script: bool = False
    """Most of what was said in this segment is not in the text."""
    stable: int = 0
    """So many leading events can no longer change (but ``heard`` is filled in when the segment ends)."""
    passed: int = 0
    """The speaker is past so many words for certain; their states change only if the speaker goes back to them."""


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
    reading: Reading | None = None
    """Where the speaker is in the reference text, if there is one."""
    gap: Gap | None = None
    """Audio that was lost right after this segment, which it ended; only in final updates (``Session.skip``)."""
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
