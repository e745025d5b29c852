"""What a bundle recognised, kept as plain records, so that every figure can be computed again without decoding.

A records file is JSONL.  Its first line names the bundle and how it decodes; one line per recording follows, written
as soon as it is decoded, and further lines for the texts of peers.  A stopped evaluation goes on where it was.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from saidmeant.streaming.errors import UsageError
from saidmeant.streaming.hypothesis import Token, Update, Word
from saidmeant.streaming.language_model_file import shipped_language_model
from saidmeant.streaming.recognizer import Recognizer

from .manifest import Utterance
from .stability import Stability, stability

FORMAT = "saidmeant records 2"
UNDECISIVE = ("name", "figures", "measured_on", "calibration")


@dataclass(frozen=True, slots=True)
class Record:
    """Both lines of one recording; None = the bundle has no such output.  Times are seconds."""

    phones: tuple[Token, ...] | None
    words: tuple[Word, ...] | None
    audio_seconds: float
    recognition_seconds: float
    goodness: tuple[float, ...] = ()
    """Of the canonical phones of ``words``; empty if the bundle gives none."""
    text_goodness: tuple[float, ...] = ()
    """Of the canonical phones of the reference text."""
    stability: tuple[Stability, Stability] | None = None
    """Of the phones and the words of all updates; None in records that were made before it was measured."""

    @property
    def text(self) -> str | None:
        return None if self.words is None else " ".join(word.text for word in self.words)

    def as_dict(self) -> dict[str, Any]:
        return {
            "surface": None if self.phones is None else [[p.text, p.start, p.end, p.confidence] for p in self.phones],
            "words": None if self.words is None else [[w.text, w.start, w.end, w.confidence] for w in self.words],
            "audio_seconds": self.audio_seconds,
            "recognition_seconds": self.recognition_seconds,
            "goodness": self.goodness,
            "text_goodness": self.text_goodness,
            **({} if self.stability is None else {"stability": [line.counts for line in self.stability]}),
        }


def record(
    updates: Iterable[Update],
    heads: Sequence[str],
    audio_seconds: float,
    seconds: float,
    text_goodness: Sequence[float] = (),
) -> Record:
    """The updates of one recording as a record."""
    updates = list(updates)
    finals = [update for update in updates if update.final]
    return Record(
        tuple(token for update in finals for token in update.surface.tokens) if "surface" in heads else None,
        tuple(word for update in finals for word in update.meaning.words) if "meaning" in heads else None,
        audio_seconds,
        seconds,
        tuple(value for update in finals for span in update.spans for value in span.goodness),
        tuple(text_goodness),
        stability(updates),
    )


def recognizer_digest(recognizer: Recognizer) -> str:
    """What decides the output: the bundle without its name and measurements, and the language model that is used.

    Records keep confidences as the model gives them, so that its calibration does not matter either.
    """
    fields = dataclasses.asdict(recognizer.bundle.manifest)
    decisive = {name: value for name, value in fields.items() if name not in UNDECISIVE}
    digest = hashlib.sha256(repr(decisive).encode())
    if recognizer.language_model is not None:
        digest.update(shipped_language_model(recognizer.bundle.manifest.language_model).read_bytes())
    return digest.hexdigest()


Key = tuple[str, str]


def key(utterance: Utterance) -> Key:
    """Finds an utterance in the records of any copy of its manifest."""
    return utterance.id, utterance.audio.name


@dataclass(slots=True)
class Records:
    """Records and peers' texts by utterance; ``file``: where new ones are written as they come."""

    recognised: dict[Key, Record] = field(default_factory=dict)
    peers: dict[tuple[str, Key], str] = field(default_factory=dict)
    file: TextIO | None = None

    def add(self, utterance: Utterance, found: Record) -> None:
        self.recognised[key(utterance)] = found
        self._write({"key": key(utterance), **found.as_dict()})

    def add_peer(self, peer: str, utterance: Utterance, text: str) -> None:
        self.peers[peer, key(utterance)] = text
        self._write({"key": key(utterance), "peer": peer, "text": text})

    def _write(self, line: dict[str, Any]) -> None:
        if self.file:
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()

    def close(self) -> None:
        if self.file:
            self.file.close()
            self.file = None


def open_records(path: Path, recognizer: Recognizer) -> Records:
    """The records of a file, new ones being added to it; a new file if there is none.

    Raises UsageError if it holds what another bundle or decoding recognised, or is none of ours; it is never
    overwritten.
    """
    header = {
        "format": FORMAT,
        "bundle": recognizer.bundle.manifest.name,
        "language_model": recognizer.language_model is not None,
        "digest": recognizer_digest(recognizer),
    }
    records = Records()
    new = not path.exists() or not path.stat().st_size
    if not new:
        _read(path, header, records)
    records.file = path.open("a", encoding="utf-8")
    if new:
        records._write(header)
    return records


def _read(path: Path, header: dict[str, Any], records: Records) -> None:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    try:
        found = json.loads(lines[0])
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError
    except ValueError:
        raise UsageError(f"{path} holds no records of `saidmeant evaluate`; give --records another file") from None
    if found.get("digest") != header["digest"]:
        how = "with a language model" if found.get("language_model") else "without a language model"
        raise UsageError(
            f"{path} holds what another bundle or decoding recognised ({found.get('bundle')}, {how}); "
            "give --records another file"
        )
    for number, line in enumerate(lines[1:], 2):
        try:
            _take(json.loads(line), records)
        except (ValueError, KeyError, TypeError) as error:
            if number < len(lines) or line.endswith("\n"):
                raise UsageError(f"{path}, line {number}: not a record: {error}") from error
            _cut(path, line)


def _cut(path: Path, line: str) -> None:
    """Drop a last line that was being written when an evaluation was killed."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - len(line.encode("utf-8")))


def _take(line: dict[str, Any], records: Records) -> None:
    identity, audio = line["key"]
    if "peer" in line:
        records.peers[line["peer"], (identity, audio)] = line["text"]
        return
    records.recognised[identity, audio] = Record(
        None if line["surface"] is None else tuple(Token(*token) for token in line["surface"]),
        None if line["words"] is None else tuple(Word(*word) for word in line["words"]),
        line["audio_seconds"],
        line["recognition_seconds"],
        tuple(line["goodness"]),
        tuple(line["text_goodness"]),
        _stability(line["stability"]) if "stability" in line else None,
    )


def _stability(counts: Sequence[Sequence[int]]) -> tuple[Stability, Stability]:
    phones, words = counts
    return Stability(*phones), Stability(*words)
