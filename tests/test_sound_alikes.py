"""The other word that somebody said."""

from __future__ import annotations

import dataclasses

import pytest

from saidmeant.streaming import Edit, Recognizer, Span
from saidmeant.streaming.sound_alikes import SoundAlikes

SINK = Span(
    "think", 0.0, 0.5, ("TH", "IH", "NG", "K"), ("S", "IH", "NG", "K"), (Edit("replace", "TH", "S"),), 0.9, "different"
)


@pytest.fixture(scope="module")
def alikes(recognizer: Recognizer) -> SoundAlikes:
    return SoundAlikes(recognizer.lexicon, recognizer.language_model)


@pytest.mark.parametrize(
    ("phones", "word"),
    [("S IH NG K", "sink"), ("SH IY P", "sheep"), ("SH IH P", "ship"), ("W EH S T", "west"), ("R IY D", "read")],
)
def test_phones_that_are_a_word(alikes: SoundAlikes, phones: str, word: str) -> None:
    assert alikes.word(phones.split()) == word


@pytest.mark.parametrize("phones", ["", "AH", "ZH ZH ZH", "NG IH S"])
def test_phones_that_are_none(alikes: SoundAlikes, phones: str) -> None:
    assert alikes.word(phones.split()) is None


def test_only_for_words_that_were_said_differently(alikes: SoundAlikes) -> None:
    fine = dataclasses.replace(SINK, verdict="correct")
    extra = dataclasses.replace(SINK, word="")
    assert alikes.of([SINK, fine, extra]) == ["sink", None, None]


def test_without_a_language_model_there_are_none(recognizer: Recognizer) -> None:
    assert SoundAlikes(recognizer.lexicon, None).of([SINK]) == [None]
