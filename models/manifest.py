"""Speech manifests: one JSON object per line, one utterance per object.

Required: ``audio`` (a path relative to the manifest) and ``text``.  Optional: ``id``, ``speaker``, ``language``,
``duration`` (seconds) and ``words``, a list of ``{"text", "canonical", "surface", "accuracy"}`` in which ``canonical``
are the expected phones, ``surface`` the pronounced ones (``"<unk>"``: a sound that nobody could name; ``null``: not
known for this word) and ``accuracy`` one number from 0 (wrong) to 2 (right) per canonical phone.

Phones are ARPAbet, of Korean the units of streaming/jamo.py, which may be written by their names: ``"ㄱ"``, ``"-ㄱ"``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saidmeant.streaming.jamo import SURFACE_UNITS
from saidmeant.streaming.jamo import name as jamo_name

UNKNOWN_PHONE = "<unk>"
_JAMO = {jamo_name(unit): unit for unit in SURFACE_UNITS}


class ManifestError(ValueError):
    """A manifest line cannot be read; the message names the file, the line and the fault."""


@dataclass(frozen=True, slots=True)
class ReferenceWord:
    """One annotated word."""

    text: str
    canonical: tuple[str, ...]
    surface: tuple[str, ...] | None
    accuracy: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One recording and what is known of it."""

    id: str
    audio: Path
    text: str
    speaker: str
    duration: float
    words: tuple[ReferenceWord, ...] | None
    fields: dict[str, Any]
    """Every other field of the line, untouched."""
    line: int = 0
    """Where the manifest says so, counted from 1."""

    @property
    def language(self) -> str:
        """As ISO 639 abbreviates it; English if the manifest does not say."""
        return str(self.fields.get("language") or "en")

    @property
    def canonical(self) -> tuple[str, ...] | None:
        """The expected phones of all words; None without annotation."""
        return None if self.words is None else tuple(p for word in self.words for p in word.canonical)

    @property
    def surface(self) -> tuple[str, ...] | None:
        """The pronounced phones of all words; None if any word's are unknown."""
        if self.words is None:
            return None
        phones: list[str] = []
        for word in self.words:
            if word.surface is None:
                return None
            phones.extend(word.surface)
        return tuple(phones)


def read_manifest(path: str | Path) -> list[Utterance]:
    """Every utterance of a JSONL manifest.  Raises :class:`ManifestError`, or OSError if it cannot be opened."""
    return list(_lines(Path(path)))


def _lines(path: Path) -> Iterator[Utterance]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    try:
                        yield _utterance(json.loads(line), path, number)
                    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
                        raise ManifestError(f"{path}, line {number}: {_fault(error)}") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path} is not a JSONL manifest: it is not UTF-8 text") from error


def _fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error}"
    if isinstance(error, KeyError):
        return f"the field {error} is missing"
    return str(error)


def _utterance(fields: Any, manifest: Path, line: int) -> Utterance:
    rest = dict(_checked(fields, dict, "a line", "a JSON object"))
    audio = _checked(rest.pop("audio"), str, "audio", "a path")
    text = _checked(rest.pop("text"), str, "text", "a string")
    duration = rest.pop("duration", 0.0)
    words = rest.pop("words", None)
    return Utterance(
        id=str(rest.pop("id", audio)),
        audio=manifest.parent / audio,
        text=" ".join(text.lower().split()),
        speaker=str(rest.pop("speaker", "")),
        duration=float(_checked(duration, (int, float), "duration", "a number of seconds")),
        words=None if words is None else tuple(_word(word) for word in _checked(words, list, "words", "a list")),
        fields=rest,
        line=line,
    )


def _word(fields: Any) -> ReferenceWord:
    _checked(fields, dict, "a word", "a JSON object")
    surface = fields.get("surface")
    canonical = _phones(fields["canonical"], "canonical")
    accuracy = tuple(
        float(_checked(a, (int, float), "accuracy", "numbers"))
        for a in _checked(fields.get("accuracy", []), list, "accuracy", "a list")
    )
    if len(accuracy) not in (0, len(canonical)):
        raise ValueError(f"accuracy has {len(accuracy)} numbers for {len(canonical)} canonical phones")
    return ReferenceWord(
        text=_checked(fields["text"], str, "a word's text", "a string").lower(),
        canonical=canonical,
        surface=None if surface is None else _phones(surface, "surface"),
        accuracy=accuracy,
    )


def _phones(value: Any, name: str) -> tuple[str, ...]:
    phones = _checked(value, list, name, "a list of phones")
    symbols = (_checked(phone, str, name, "a list of phones") for phone in phones)
    return tuple(_JAMO.get(symbol, symbol) for symbol in symbols)


def _checked(value: Any, kind: type | tuple[type, ...], what: str, wanted: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{what} must be {wanted}, found {json.dumps(value)[:60]}")
    return value
