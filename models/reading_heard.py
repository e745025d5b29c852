"""What the recogniser heard in a reading, frame by frame: decoded once, kept in a file, followed as often as wanted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saidmeant.streaming.bundle import Bundle
from saidmeant.streaming.endpoint import NO_PAUSES
from saidmeant.streaming.hypothesis import Hypothesis, Token, Word
from saidmeant.streaming.lanes import Candidate
from saidmeant.streaming.lexicon import Lexicon
from saidmeant.streaming.reading_follower import ReadingFollower
from saidmeant.streaming.recognizer import Recognizer
from saidmeant.streaming.session import Session

from .reading_clips import Clip

Frame = tuple[int, dict[str, Sequence[Candidate]]]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser made of a clip."""

    frames: tuple[Frame, ...]
    surface: Hypothesis
    meaning: Hypothesis


class _Recorder(ReadingFollower):
    """Keeps the frames of a session instead of following a text."""

    def __init__(self, bundle: Bundle, lexicon: Lexicon) -> None:
        super().__init__("a", lexicon, bundle)
        self.frames: list[Frame] = []

    def hear(self, frame: int, heard: Mapping[str, Sequence[Candidate]]) -> None:
        self.frames.append((frame, {head: tuple(candidates) for head, candidates in heard.items()}))


def decode(recognizer: Recognizer, clip: Clip) -> Heard:
    """A clip through the recogniser."""
    recorder = _Recorder(recognizer.bundle, recognizer.lexicon)
    model = recognizer.language_model
    with Session(recognizer.host, recognizer.bundle, recognizer.lexicon, NO_PAUSES, model, recorder) as session:
        updates = session.accept(clip.samples) + session.finish()
    final = next((update for update in updates if update.final), None)
    empty = Hypothesis("")
    return Heard(tuple(recorder.frames), final.surface if final else empty, final.meaning if final else empty)


class Cache:
    """What was heard of clips, in a JSONL file; another bundle's is not used."""

    def __init__(self, path: Path | None, digest: str) -> None:
        self.path, self._digest = path, digest
        self._lines: dict[str, Any] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                fields = json.loads(line)
                self._lines[fields["key"]] = fields

    def heard(self, clip: Clip, recognizer: Recognizer) -> Heard:
        name = hashlib.sha256(self._digest.encode() + clip.samples.tobytes()).hexdigest()
        if name not in self._lines:
            self._lines[name] = _plain(decode(recognizer, clip)) | {"key": name}
            if self.path is not None:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(self._lines[name]) + "\n")
        fields = self._lines[name]
        frames: tuple[Frame, ...] = tuple(
            (n, {head: [(s, p) for s, p in row] for head, row in lanes.items()}) for n, lanes in fields["frames"]
        )
        tokens = tuple(Token(*token) for token in fields["surface"])
        words = tuple(Word(*word) for word in fields["words"])
        return Heard(frames, Hypothesis(" ".join(t.text for t in tokens), tokens), Hypothesis("", (), words))


def _plain(heard: Heard) -> dict[str, Any]:
    return {
        "frames": heard.frames,
        "surface": [[t.text, t.start, t.end, t.confidence] for t in heard.surface.tokens],
        "words": [[w.text, w.start, w.end, w.confidence] for w in heard.meaning.words],
    }
