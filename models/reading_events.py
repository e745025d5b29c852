"""How well a known text is followed:  python -m saidmeant.models.reading_events dev.jsonl [--records FILE]

Readings with known slips (reading_clips.py) are decoded once, then followed frame by frame as in a session; what the
follower says is compared with what was done to the audio.  A slip is *found* if an event of its kind touches its words,
*noticed* if any event does; every other event is *false*.  Half A of the speakers is for choosing, half B is reported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saidmeant.streaming.audio import AudioFile
from saidmeant.streaming.bundle import Bundle
from saidmeant.streaming.endpoint import NO_PAUSES
from saidmeant.streaming.errors import SaidMeantError
from saidmeant.streaming.hypothesis import Hypothesis, Reading, ReadingEvent, Token, Word
from saidmeant.streaming.lanes import Candidate
from saidmeant.streaming.lexicon import Lexicon
from saidmeant.streaming.reading_follower import ReadingFollower
from saidmeant.streaming.recognizer import Recognizer
from saidmeant.streaming.session import Session

from .detection import halves
from .evaluate import load
from .manifest import ManifestError, Utterance
from .reading_clips import SAMPLE_RATE, Clip, Slip, clips, sentence
from .records import Records, key, open_records, recognizer_digest
from .statistics import interval

ANSWERS: Mapping[str, frozenset[str]] = {
    "cut": frozenset({"skipped"}),
    "swapped": frozenset({"replaced"}),
    "inserted": frozenset({"inserted"}),
    "doubled": frozenset({"repeated", "restart", "correction"}),
    "restart": frozenset({"repeated", "restart", "correction"}),
}
FRAMES_PER_UPDATE = 8
SHORTEST_SECONDS = 5.0
"""Of most clips."""
Frame = tuple[int, dict[str, Sequence[Candidate]]]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser made of a clip."""

    frames: tuple[Frame, ...]
    surface: Hypothesis
    meaning: Hypothesis


@dataclass(frozen=True, slots=True)
class Judgement:
    """One clip: its slips, whether each was found and noticed, and the events that answer to none."""

    clip: Clip
    found: tuple[bool, ...]
    noticed: tuple[bool, ...]
    false: tuple[ReadingEvent, ...]
    reading: Reading
    taken_back: int
    """Stable events and words that changed later."""
    updates: int
    seconds: float
    """What following took, all updates together."""


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


def follow(clip: Clip, heard: Heard, recognizer: Recognizer) -> Judgement:
    """The clip's text followed through what was heard, with an update for every chunk."""
    follower = ReadingFollower(clip.sentences, recognizer.lexicon, recognizer.bundle)
    partials: list[Reading] = []
    started = time.process_time()
    for number, (frame, candidates) in enumerate(heard.frames, 1):
        follower.hear(frame, candidates)
        if number % FRAMES_PER_UPDATE == 0:
            partials.append(follower.reading(heard.surface, heard.meaning, final=False))
    final = follower.reading(heard.surface, heard.meaning, final=True)
    seconds = time.process_time() - started
    found, noticed, false = compare(clip.slips, final.events)
    back = sum(taken_back(before, after) for before, after in zip(partials, [*partials[1:], final], strict=True))
    return Judgement(clip, found, noticed, false, final, back, len(partials) + 1, seconds)


def compare(
    slips: Sequence[Slip], events: Sequence[ReadingEvent]
) -> tuple[tuple[bool, ...], tuple[bool, ...], tuple[ReadingEvent, ...]]:
    """Per slip whether it was found and noticed, and the events that are left; an event answers to one slip."""
    left = list(events)
    found, noticed = [], []
    for slip in slips:
        near = [event for event in left if event.first <= slip.last and event.last >= slip.first]
        right = [event for event in near if event.kind in ANSWERS[slip.kind]]
        found.append(bool(right))
        noticed.append(bool(near))
        for event in (right or near)[:1]:
            left.remove(event)
    return tuple(found), tuple(noticed), tuple(left)


def taken_back(before: Reading, after: Reading) -> int:
    """Stable events that are different in a later reading."""
    old, new = before.events[: before.stable], after.events[: before.stable]
    return sum(_kept(one) != _kept(two) for one, two in zip(old, new, strict=False)) + len(old) - len(new)


def _kept(event: ReadingEvent) -> tuple[object, ...]:
    return event.kind, event.first, event.last, event.start, event.surface


def chosen(
    utterances: Sequence[Utterance], recognizer: Recognizer, records: Records, minutes: float, seed: int
) -> Iterator[Clip]:
    """The clips of a manifest's speakers, for so many minutes; what has no record is decoded to find its words."""
    speakers = {utterance.speaker for utterance in utterances}
    each = 4 + 2 * int(60 * minutes / SHORTEST_SECONDS / len(speakers))  # so that only what is needed is read
    counts: Counter[str] = Counter()
    sentences = []
    for utterance in utterances:
        if utterance.words is not None and counts[utterance.speaker] < each:
            found = sentence(utterance, _phones(utterance, recognizer, records))
            if found is not None:
                counts[utterance.speaker] += 1
                sentences.append(found)
    yield from clips(sentences, seed)


def _phones(utterance: Utterance, recognizer: Recognizer, records: Records) -> Sequence[Token]:
    if key(utterance) in records.recognised:
        return records.recognised[key(utterance)].phones or ()
    updates = recognizer.transcribe(AudioFile(utterance.audio), endpoint=None)
    return [token for update in updates for token in update.surface.tokens]


def some(found: Iterable[Clip], minutes: float) -> Iterator[Clip]:
    """The first so many minutes of audio."""
    seconds = 0.0
    for clip in found:
        seconds += len(clip.samples) / SAMPLE_RATE
        if seconds > 60 * minutes:
            return
        yield clip


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


def figures(judged: Sequence[Judgement]) -> dict[str, Any]:
    """Shares with intervals over speakers; false events per word of the text, off-script clips apart."""
    on = [one for one in judged if not one.clip.off_script]
    off = [one for one in judged if one.clip.off_script]
    kinds = {kind: _kind(on, kind) for kind in ANSWERS}
    words = sum(len(one.reading.words) for one in on)
    return {
        "minutes": sum(len(one.clip.samples) for one in judged) / SAMPLE_RATE / 60,
        "clips": len(judged),
        "found": _ratio((one.clip.speaker, sum(one.found), len(one.found)) for one in on),
        "noticed": _ratio((one.clip.speaker, sum(one.noticed), len(one.noticed)) for one in on),
        "by_kind": kinds,
        "false_per_word": _ratio((one.clip.speaker, len(one.false), len(one.reading.words)) for one in on),
        "false_by_kind": dict(Counter(event.kind for one in on for event in one.false)),
        "words": words,
        "off_script_found": _ratio((one.clip.speaker, one.reading.off_script, 1) for one in off),
        "off_script_false": _ratio((one.clip.speaker, one.reading.off_script, 1) for one in on),
        "stable_taken_back": sum(one.taken_back for one in judged),
        "milliseconds_per_update": 1000 * sum(one.seconds for one in judged) / max(1, sum(o.updates for o in judged)),
    }


def _kind(judged: Sequence[Judgement], kind: str) -> dict[str, int]:
    hits = [
        (hit, seen)
        for one in judged
        for hit, seen, slip in zip(one.found, one.noticed, one.clip.slips, strict=True)
        if slip.kind == kind
    ]
    return {"found": sum(hit for hit, _ in hits), "noticed": sum(seen for _, seen in hits), "of": len(hits)}


def _ratio(parts: Iterable[tuple[str, float, float]]) -> dict[str, Any]:
    listed = list(parts)
    whole = sum(denominator for _, _, denominator in listed)
    return {
        "value": sum(numerator for _, numerator, _ in listed) / whole if whole else None,
        "of": whole,
        "interval": interval(listed),
    }


def _shown(found: Mapping[str, Any]) -> str:
    """A half's figures as lines."""
    lines = [f"{found['clips']} readings, {found['minutes']:.1f} minutes, {found['words']} words with their text"]
    for name in ("found", "noticed", "false_per_word", "off_script_found", "off_script_false"):
        ratio = found[name]
        if ratio["value"] is not None:
            bounds = ratio["interval"]
            inside = f" ({bounds[0]:.1%} to {bounds[1]:.1%})" if bounds else ""
            lines.append(f"  {name.replace('_', ' '):20} {ratio['value']:6.1%} of {ratio['of']}{inside}")
    lines += [
        f"    {kind:18} {count['found']} of {count['of']}, noticed {count['noticed']}"
        for kind, count in found["by_kind"].items()
    ]
    lines.append(f"  false events         {found['false_by_kind'] or 'none'}")
    lines.append(f"  stable, taken back   {found['stable_taken_back']}")
    lines.append(f"  cost                 {found['milliseconds_per_update']:.2f} ms per update of 320 ms")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.  Raises SaidMeantError or ManifestError."""
    given = _parser().parse_args(arguments)
    utterances = load(given.manifest)
    recognizer = Recognizer.load(given.bundle)
    records = open_records(given.records, recognizer) if given.records else Records()
    cache = Cache(given.cache, recognizer_digest(recognizer))
    report = {}
    for name, speakers in zip("AB", halves(utterance.speaker for utterance in utterances), strict=True):
        if name not in given.halves:
            continue
        own = [utterance for utterance in utterances if utterance.speaker in speakers]
        found = some(chosen(own, recognizer, records, given.minutes, given.seed), given.minutes)
        report[name] = figures([follow(clip, cache.heard(clip, recognizer), recognizer) for clip in found])
        if not given.json:
            print(f"half {name}: {_shown(report[name])}", flush=True)
    if given.json:
        print(json.dumps(report))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m saidmeant.models.reading_events", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("manifest", type=Path, help="JSON lines with annotated words: speechocean762-dev.jsonl")
    parser.add_argument("--bundle", default="en-base", help="shipped name or folder (default: %(default)s)")
    parser.add_argument("--records", type=Path, help="what `saidmeant evaluate --records` kept: where the words are")
    parser.add_argument("--cache", type=Path, help="keep what is heard of the clips in this file, and reuse it")
    parser.add_argument("--minutes", type=float, default=6.0, help="of audio per half (default: %(default)s)")
    parser.add_argument("--halves", default="AB", help="of the speakers; A is for choosing (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the clips (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SaidMeantError, ManifestError) as error:
        sys.exit(f"reading_events: {error}")
