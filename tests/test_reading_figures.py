"""What counts as found, noticed and false, and following a clip that ships with the tests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from saidmeant.models.reading_clips import SAMPLE_RATE, Clip, Slip
from saidmeant.models.reading_figures import compare, figures, follow, taken_back
from saidmeant.models.reading_heard import Cache, decode
from saidmeant.streaming import Reading, ReadingEvent, ReadingWord, Recognizer


def event(kind: str, first: int, last: int | None = None) -> ReadingEvent:
    return ReadingEvent(kind, first, first if last is None else last, 0.0, 0.1)


@pytest.mark.parametrize(
    ("slips", "events", "found", "noticed", "false"),
    [
        ([Slip("cut", 3, 3)], [event("skipped", 3)], [True], [True], 0),
        ([Slip("cut", 3, 3)], [event("replaced", 2, 3)], [False], [True], 0),
        ([Slip("cut", 3, 3)], [event("skipped", 4)], [False], [False], 1),
        ([Slip("doubled", 3, 3)], [event("restart", 2, 3)], [True], [True], 0),
        ([Slip("inserted", 2, 3)], [event("inserted", 3, 4)], [True], [True], 0),
        ([Slip("cut", 3, 3), Slip("cut", 4, 4)], [event("skipped", 3, 4)], [True, False], [True, False], 0),
        ([], [event("repeated", 1)], [], [], 1),
    ],
)
def test_what_is_found(
    slips: list[Slip], events: list[ReadingEvent], found: list[bool], noticed: list[bool], false: int
) -> None:
    judged = compare(slips, events)
    assert list(judged[0]) == found
    assert list(judged[1]) == noticed
    assert len(judged[2]) == false


def test_what_is_taken_back() -> None:
    words = (ReadingWord("a"),)
    before = Reading(0, words, (event("skipped", 1), event("replaced", 2)), stable=1)
    assert taken_back(before, Reading(0, words, (event("skipped", 1),))) == 0
    assert taken_back(before, Reading(0, words, (event("skipped", 2),))) == 1
    assert taken_back(before, Reading(0, words, ())) == 1


def test_a_clip_is_followed_from_the_cache_as_from_the_audio(
    recognizer: Recognizer, sample: Path, tmp_path: Path
) -> None:
    samples = soundfile.read(sample, dtype="float32")[0]
    assert len(samples) > SAMPLE_RATE
    clip = Clip("think", "s1", ("I really think", "this is right"), (Slip("cut", 1, 1),), samples)
    fresh = follow(clip, decode(recognizer, clip), recognizer)
    cache = tmp_path / "cache.jsonl"
    Cache(cache, "digest").heard(clip, recognizer)
    kept = follow(clip, Cache(cache, "digest").heard(clip, None), recognizer)  # type: ignore[arg-type]
    assert kept.reading.events == fresh.reading.events
    assert (fresh.found, fresh.false, fresh.taken_back) == ((True,), (), 0)
    other = Clip("other", "s2", ("Elephants dance in the evening",), (), samples, off_script=True)
    report = figures([fresh, follow(other, decode(recognizer, other), recognizer)])
    assert report["found"]["value"] == 1.0
    assert report["false_per_word"] == {"value": 0.0, "of": 6, "interval": None}
    assert report["off_script_found"]["value"] == 1.0
    assert json.dumps(report)


def test_silence_is_followed(recognizer: Recognizer) -> None:
    clip = Clip("silence", "s", ("I think",), (), np.zeros(SAMPLE_RATE, np.float32))
    judged = follow(clip, decode(recognizer, clip), recognizer)
    assert (judged.reading.position, judged.reading.events) == (0, ())
