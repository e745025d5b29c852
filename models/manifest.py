"""Speech manifests: one JSON object per line, one utterance per object.

Required: ``audio`` (a path relative to the manifest) and ``text``.  Optional: ``id``, ``speaker``, ``language``,
``duration`` (seconds) and ``words``, a list of ``{"text", "canonical", "surface", "accuracy"}`` in which ``canonical``
are the expected phones, ``surface`` the pronounced ones (``"<unk>"``: a sound that nobody could name; ``null``: not
known for this word) and ``accuracy`` one number from 0 (wrong) to 2 (right) per canonical phone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNKNOWN_PHONE = "<unk>"


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
                        yield _utterance(json.loads(line), path)
                    except (ValueError, KeyError, TypeError, AttributeError) as error:
                        raise ManifestError(f"{path}, line {number}: {_fault(error)}") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path} is not a JSONL manifest: it is not UTF-8 text") from error


def _fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error}"
    if isinstance(error, KeyError):
        return f"the field {error} is missing"
    return str(error)


def _utterance(fields: dict[str, Any], manifest: Path) -> Utterance:
    if not isinstance(fields, dict):
        raise ValueError("expected a JSON object")
    rest = dict(fields)
    audio, text = rest.pop("audio"), rest.pop("text")
    words = rest.pop("words", None)
    return Utterance(
        id=str(rest.pop("id", audio)),
        audio=manifest.parent / audio,
        text=" ".join(text.lower().split()),
        speaker=str(rest.pop("speaker", "")),
        duration=float(rest.pop("duration", 0.0)),
        words=None if words is None else tuple(_word(word) for word in words),
        fields=rest,
    )


def _word(fields: dict[str, Any]) -> ReferenceWord:
    surface = fields.get("surface")
    return ReferenceWord(
        text=fields["text"].lower(),
        canonical=tuple(fields["canonical"]),
        surface=None if surface is None else tuple(surface),
        accuracy=tuple(float(a) for a in fields.get("accuracy", ())),
    )
