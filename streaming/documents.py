"""Documents of a run of the command: which format, to standard output or into a folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from .audio import Samples
from .display import render
from .errors import SaidMeantError, UsageError
from .exports import export, to_csv
from .hypothesis import Update
from .renderings import Rendering
from .screen import has_text

SUFFIXES = {"text": ".txt", "json": ".jsonl", "textgrid": ".TextGrid", "srt": ".srt", "vtt": ".vtt", "csv": ".csv"}
ONE_PER_RECORDING = ("textgrid", "srt", "vtt")
STDIN_STEM = "stdin"


class Documents:
    """Writes a document per recording.  Raises UsageError, before anything is decoded, if the names do not work out.

    names: the recordings; folder: where the documents go, None for standard output; taken: files not to write over.
    """

    def __init__(
        self,
        kind: str,
        names: Sequence[str],
        folder: Path | None,
        phones: Rendering = "arpabet",
        taken: Sequence[Path] = (),
    ) -> None:
        self.kind, self.phones = kind, phones
        self._targets = {} if folder is None else _targets(kind, names, folder, taken)
        self._header_due = True
        if folder is None and kind in ONE_PER_RECORDING and len(names) > 1:
            raise UsageError(f"--format {kind} makes a document for each of {len(names)} recordings: add --output DIR")
        if folder is not None:
            _make(folder)

    def screen(self, name: str) -> DocumentScreen:
        """A screen that collects what it is shown and writes the document in the end."""
        return DocumentScreen(self, name)

    def write(self, name: str, updates: Sequence[Update], duration: float | None) -> None:
        """duration: of the recording, seconds, if known.  Raises SaidMeantError if the file cannot be written."""
        target = self._targets.get(name)
        text = self._text(name, [update for update in updates if has_text(update)], duration, target is not None)
        self._header_due = False
        if target is None:
            print(text, end="", flush=True)
            return
        replaced = target.exists()
        try:
            target.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise SaidMeantError(f"cannot write {target}: {error.strerror or error}") from error
        print(f"saidmeant: {'replaced' if replaced else 'wrote'} {target}", file=sys.stderr, flush=True)

    def _text(self, name: str, updates: Sequence[Update], duration: float | None, apart: bool) -> str:
        if self.kind == "text":
            return "".join(render(update, phones=self.phones).plain + "\n" for update in updates if update.final)
        if self.kind == "json":
            front = {"file": name} if name else {}
            return "".join(json.dumps(front | u.as_dict(), ensure_ascii=False) + "\n" for u in updates if u.final)
        if self.kind == "csv":
            return to_csv(updates, file=name, phones=self.phones, header=apart or self._header_due)
        return export(updates, self.kind, duration=duration, phones=self.phones)  # type: ignore[arg-type]


class DocumentScreen:
    """Collects the final updates of one recording, and how long it is."""

    def __init__(self, documents: Documents, name: str) -> None:
        self.documents, self.name = documents, name
        self.seconds = 0.0
        self._updates: list[Update] = []

    def __enter__(self) -> DocumentScreen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None or (isinstance(error, SaidMeantError) and self._updates):  # what was heard before a fault
            self.documents.write(self.name, self._updates, self.seconds)

    def hear(self, chunk: Samples, sample_rate: int) -> None:
        self.seconds += len(chunk) / sample_rate

    def show(self, update: Update) -> None:
        if update.final:
            self._updates.append(update)


def _targets(kind: str, names: Sequence[str], folder: Path, taken: Sequence[Path]) -> dict[str, Path]:
    """The file of every recording."""
    targets: dict[str, Path] = {}
    owners: dict[str, str] = {}
    for name in dict.fromkeys(names):
        target = folder / ((STDIN_STEM if name == "-" else Path(name).stem) + SUFFIXES[kind])
        owner = owners.setdefault(str(target).casefold(), name)
        if owner != name:
            raise UsageError(f"{owner} and {name} would both become {target}: take them one after the other")
        if any(path.exists() and path.resolve() == target.resolve() for path in taken):
            raise UsageError(f"{target} is read from: choose another folder for --output")
        targets[name] = target
    return targets


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaidMeantError(f"cannot write into {folder}: {error.strerror or error}") from error
