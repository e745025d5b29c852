"""What a reading's follower says against what was done to the audio: found, noticed and false events, as figures.

A slip is *found* if an event of its kind touches its words, *noticed* if any event does; every other event is *false*.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saidmeant.streaming.hypothesis import Reading, ReadingEvent
from saidmeant.streaming.reading_follower import ReadingFollower
from saidmeant.streaming.recognizer import Recognizer

from .reading_clips import SAMPLE_RATE, Clip, Slip
from .reading_heard import Heard
from .statistics import interval

ANSWERS: Mapping[str, frozenset[str]] = {
    "cut": frozenset({"skipped"}),
    "swapped": frozenset({"replaced"}),
    "inserted": frozenset({"inserted"}),
    "doubled": frozenset({"repeated", "restart", "correction"}),
    "restart": frozenset({"repeated", "restart", "correction"}),
}
FRAMES_PER_UPDATE = 8


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


def shown(found: Mapping[str, Any]) -> str:
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
