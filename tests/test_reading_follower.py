"""A known text in a session: the shipped bundle on recordings whose words are known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from saidmeant.streaming import AudioFile, BundleError, EndpointConfig, Reading, Recognizer, Update, UsageError
from saidmeant.streaming.reading_follower import ReadingFollower

SENTENCES = ["My sister lives in London.", "She drinks tea at breakfast.", "We speak on the phone."]


def read(recognizer: Recognizer, path: Path, reference: str | list[str]) -> list[Update]:
    pauses = EndpointConfig(pause_ms=800)  # shorter than those between the three sentences
    return list(recognizer.stream(AudioFile(path), reference=reference, endpoint=pauses))


def reading(update: Update) -> Reading:
    assert update.reading is not None
    return update.reading


def events(update: Update) -> list[tuple[str, str]]:
    found = reading(update)
    return [(e.kind, " ".join(w.text for w in found.words[e.first : e.last + 1])) for e in found.events]


def test_without_a_reference_there_is_no_reading(recognizer: Recognizer, sample: Path) -> None:
    for update in recognizer.stream(AudioFile(sample)):
        assert update.reading is None
        assert update.as_dict()["reading"] is None


def test_the_text_is_read_word_by_word(recognizer: Recognizer, sample: Path) -> None:
    *partials, final = read(recognizer, sample, "I think this is right")
    places = [reading(update).position for update in partials]
    assert places == sorted(places)
    assert len(set(places)) > 2
    assert reading(final).position == 5
    assert [word.state for word in reading(final).words] == ["read"] * 5
    assert events(final) == []
    assert [span.word for span in final.spans] == ["I", "think", "this", "is", "right"]
    starts = [word.start or 0.0 for word in reading(final).words]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I really think this is right", [("skipped", "really")]),
        ("I this is right", [("inserted", "I this")]),
        ("I think elephants is right", [("replaced", "elephants")]),
    ],
)
def test_another_text(recognizer: Recognizer, sample: Path, text: str, expected: list[tuple[str, str]]) -> None:
    final = read(recognizer, sample, text)[-1]
    assert events(final) == expected
    assert not reading(final).off_script
    assert [span.word for span in final.spans if span.word] == text.split()
    assert final.meaning.text == "I think this is right"
    assert " ".join(phone for span in final.spans for phone in span.surface) == final.surface.text
    skipped = [span for span in final.spans if span.word == "really"]
    assert all(span.surface == () and len(span.edits) == len(span.canonical) for span in skipped)


def test_something_else_is_read(recognizer: Recognizer, sample: Path) -> None:
    final = read(recognizer, sample, "Elephants dance in the evening")[-1]
    assert reading(final).off_script
    assert [span.word for span in final.spans if span.word] == final.meaning.text.split()


def test_the_place_goes_on_over_pauses_and_what_is_stable_stays(recognizer: Recognizer, repository: Path) -> None:
    updates = read(recognizer, repository / "tests" / "data" / "three_sentences.wav", SENTENCES)
    finals = [update for update in updates if update.final]
    assert [reading(update).position for update in finals] == [5, 10, 15]
    assert [[span.word for span in update.spans if span.word] for update in finals] == [
        "My sister lives in London".split(),
        "She drinks tea at breakfast".split(),
        "We speak on the phone".split(),
    ]
    assert events(finals[-1]) == []
    last = reading(updates[-1])
    for update in updates:
        known = reading(update)
        assert known.words[: known.passed] == last.words[: known.passed]
        assert known.events[: known.stable] == last.events[: known.stable]


def test_a_text_of_no_words_is_refused(recognizer: Recognizer) -> None:
    with pytest.raises(UsageError, match="no words"):
        recognizer.session(reference="...")


def test_a_bundle_that_cannot_follow_says_so(recognizer: Recognizer) -> None:
    bundle = recognizer.bundle
    lanes = tuple(lane for lane in bundle.manifest.lanes if "_candidate_" not in lane)
    old = dataclasses.replace(bundle, manifest=dataclasses.replace(bundle.manifest, lanes=lanes))
    with pytest.raises(BundleError, match="export it again"):
        ReadingFollower("I think", recognizer.lexicon, old)
