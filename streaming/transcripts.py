"""Updates from the JSON that ``--json`` and ``--record`` write: one object per line, or one array of them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SaidMeantError
from .hypothesis import Update


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was recognised in one recording; ``file`` is its name as given then, empty if there was none."""

    file: str
    updates: tuple[Update, ...]
    cut: bool = False
    """The text ended in the middle of a line, as it does if a recording process was killed."""

    @property
    def finals(self) -> tuple[Update, ...]:
        return tuple(update for update in self.updates if update.final)


def read_updates(path: str | os.PathLike[str]) -> list[Update]:
    """All updates of a file of JSON lines, in its order.  Raises SaidMeantError with the line that is not one."""
    return [update for transcript in read_transcripts(path) for update in transcript.updates]


def read_transcripts(path: str | os.PathLike[str]) -> list[Transcript]:
    """The updates by recording.  A last line that was cut off while it was written is left out and marked."""
    text = _text(Path(path))
    found, cut = _objects(text, str(path))
    groups: dict[str, list[Update]] = {}
    for where, plain in found:
        plain = dict(plain)
        name = plain.pop("file", "")
        try:
            update = Update.from_dict(plain)
        except SaidMeantError as error:
            raise SaidMeantError(f"{where}: {error}") from error
        groups.setdefault(str(name), []).append(update)
    return [Transcript(name, tuple(updates), cut) for name, updates in groups.items()] or [Transcript("", (), cut)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SaidMeantError(f"{path} is not a transcript in JSON: it is not UTF-8 text") from error
    except OSError as error:
        raise SaidMeantError(f"cannot read {path}: {error.strerror or error}") from error


def _objects(text: str, path: str) -> tuple[list[tuple[str, dict[str, Any]]], bool]:
    """Every object with the place to name in an error, and whether the last line was cut off."""
    if text.lstrip().startswith("["):
        items = _parsed(text, path)
        return [(f"{path}, item {i}", _object(item, f"{path}, item {i}")) for i, item in enumerate(items, 1)], False
    found = []
    *lines, last = text.split("\n")
    for number, line in enumerate([*lines, last], 1):
        where = f"{path}, line {number}"
        if line.strip():
            try:
                found.append((where, _object(_parsed(line, where), where)))
            except SaidMeantError:
                if number == len(lines) + 1 and line.startswith("{"):  # no line feed has followed it
                    return found, True
                raise
    return found, False


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SaidMeantError(f"{where}: not JSON as `saidmeant transcribe --json` writes it ({error})") from error


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SaidMeantError(f"{where}: not an update: expected a JSON object")
    return value
