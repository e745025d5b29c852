"""What a session knows every 20 ms while somebody hesitates and pauses: decoded once, judged as often as wanted.

The session is a real one whose endpoint writes down each moment and ends a segment only at the end of the pauses
between utterances, as a rule that makes no mistake would.  A rule is then tried on the moments: after a segment that it
ends too early, what follows is what the uncut segment would have said, the only difference to running it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saidmeant.streaming.endpoint import Endpoint, Moment
from saidmeant.streaming.errors import UsageError
from saidmeant.streaming.recognizer import Recognizer
from saidmeant.streaming.session import Session

from .data import SAMPLE_RATE
from .hesitations import Pause, Speech

FORMAT = "saidmeant pauses 1"
PIECE_SAMPLES = 320
"""The audio comes in 20 ms at a time, so that the moment of a decision is known as exactly."""
LAST_SECONDS = 0.03
"""So long before the next utterance its segment begins."""
ONSET_SECONDS = 0.35
"""So long after a pause the next word may not have come out yet."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A session's pauses and moments; ``heard``: seconds of audio that had come in at each of them."""

    speaker: str
    pauses: tuple[Pause, ...]
    heard: tuple[float, ...]
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule made of a pause.  wait_ms: from the end of speech to the segment's end; None if it went on."""

    speaker: str
    complete: bool
    wait_ms: float | None


class Watcher:
    """An endpoint that writes everything down and knows when utterances end."""

    def __init__(self, speech: Speech) -> None:
        self.session: Session | None = None
        self.heard: list[float] = []
        self.moments: list[Moment] = []
        self._ends = [pause.end for pause in speech.pauses if pause.complete]

    def ends_segment(self, moment: Moment) -> bool:
        now = 0.0 if self.session is None else self.session.seconds
        self.heard.append(now)
        self.moments.append(moment)
        return moment.spoken and any(end - LAST_SECONDS <= now < end for end in self._ends)


def trace(recognizer: Recognizer, speech: Speech) -> Trace:
    """Decode a session."""
    watcher = Watcher(speech)
    with recognizer.session(endpoint=watcher) as session:
        watcher.session = session
        for start in range(0, len(speech.samples), PIECE_SAMPLES):
            session.accept(speech.samples[start : start + PIECE_SAMPLES], SAMPLE_RATE)
    return Trace(speech.speaker, speech.pauses, tuple(watcher.heard), tuple(watcher.moments))


def outcomes(trace: Trace, rule: Endpoint) -> list[Outcome]:
    """What a rule makes of every pause."""
    ends = segment_ends(trace, rule)
    found = []
    for pause in trace.pauses:
        limit = pause.end if pause.complete else pause.end + ONSET_SECONDS
        end = next((end for end in ends if pause.start < end <= limit), None)
        found.append(Outcome(trace.speaker, pause.complete, None if end is None else 1000 * (end - pause.start)))
    return found


def segment_ends(trace: Trace, rule: Endpoint) -> list[float]:
    """The seconds at which a rule ends segments: once in a silence."""
    ends = []
    silence, ended = 0.0, False
    for now, moment in zip(trace.heard, trace.moments, strict=True):
        ended = ended and moment.silence_ms > silence
        silence = moment.silence_ms
        if moment.spoken and not ended and rule.ends_segment(moment):
            ends.append(now)
            ended = True
    return ends


def write_traces(path: Path, source: dict[str, Any], traces: Iterable[Trace]) -> Iterator[Trace]:
    """Pass the traces on and keep them in a file, which appears when all are done.  source: what they depend on."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(json.dumps({"format": FORMAT, **source}) + "\n")
        for each in traces:
            file.write(json.dumps(dataclasses.asdict(each)) + "\n")
            yield each
    partial.replace(path)


def read_traces(path: Path, source: dict[str, Any]) -> list[Trace]:
    """The traces of a file.  Raises UsageError if it is none of ours or depends on something else."""
    try:
        header, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if header == {"format": FORMAT, **source}:
            return [_trace(line) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} holds no traces of pauses; give --traces another file") from error
    raise UsageError(f"{path} was made with another bundle, manifest or seed; give --traces another file")


def _trace(line: dict[str, Any]) -> Trace:
    pauses: Sequence[dict[str, Any]] = line["pauses"]
    return Trace(
        line["speaker"],
        tuple(Pause(**pause) for pause in pauses),
        tuple(line["heard"]),
        tuple(Moment(**moment) for moment in line["moments"]),
    )
