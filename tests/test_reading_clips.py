"""Readings with known slips: what is cut, doubled, swapped or put in is really so in the audio."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from saidmeant.models.manifest import ReferenceWord, Utterance
from saidmeant.models.reading_clips import SAMPLE_RATE, Sentence, Slip, clips, joined, slipped

WORD = SAMPLE_RATE // 4


def made(name: str, words: str, level: int) -> Sentence:
    """A sentence in which word ``i`` is 0.25 s of the constant level (``level`` + i) / 100."""
    texts = tuple(words.split())
    samples = np.repeat(np.arange(level, level + len(texts), dtype=np.float32) / 100, WORD)
    canonical = tuple(PHONES[text] for text in texts)
    reference = tuple(ReferenceWord(t, p, p, ()) for t, p in zip(texts, canonical, strict=True))
    utterance = Utterance(name, Path(name), words, "s", len(samples) / SAMPLE_RATE, reference, {})
    return Sentence(utterance, texts, canonical, samples, tuple(range(0, len(samples) + 1, WORD)))


PHONES = {
    "one": ("W", "AH", "N"),
    "two": ("T", "UW"),
    "three": ("TH", "R", "IY"),
    "four": ("F", "AO", "R"),
    "five": ("F", "AY", "V"),
    "six": ("S", "IH", "K", "S"),
    "cages": ("K", "EY", "JH", "AH", "Z"),
}
OWN = made("own", "one two three four five six", 10)
OTHER = made("other", "cages cages cages cages cages", 50)


def levels(samples: np.ndarray) -> list[int]:
    """The level in the middle of every quarter of a second."""
    return [round(float(samples[i]) * 100) for i in range(WORD // 2, len(samples), WORD)]


@pytest.mark.parametrize("kind", ["cut", "doubled", "swapped", "inserted", "restart"])
@pytest.mark.parametrize("seed", range(5))
def test_the_audio_has_the_slip(kind: str, seed: int) -> None:
    found = slipped(OWN, OTHER, kind, random.Random(seed))
    assert found is not None
    samples, (slip,) = found
    expected = list(range(10, 16))
    if kind == "cut":
        del expected[slip.first]
    elif kind == "doubled":
        expected.insert(slip.first, 10 + slip.first)
    elif kind == "swapped":
        expected[slip.first] = 50
    elif kind == "inserted":
        expected.insert(slip.last, 50)
    else:
        expected[slip.last + 1 : slip.last + 1] = expected[slip.first : slip.last + 1]
    assert levels(samples) == expected


def test_pieces_lose_only_what_fades() -> None:
    assert len(joined([OWN.samples[:WORD], OWN.samples[WORD:]])) == len(OWN.samples) - SAMPLE_RATE // 100


def test_a_seed_makes_the_same_clips_and_some_are_off_script() -> None:
    many = [made(f"u{i}", "one two three four five six", 10) for i in range(24)] + [OTHER]
    first, second, third = (list(clips(many, seed)) for seed in (1, 1, 2))
    assert [clip.id for clip in first] == [clip.id for clip in second]
    assert [clip.slips for clip in first] == [clip.slips for clip in second]
    assert [clip.id for clip in first] != [clip.id for clip in third]
    assert [clip.off_script for clip in first].count(True) == len(first) // 10
    for clip in first:
        assert all(0 <= slip.first <= slip.last < 12 for slip in clip.slips)


def test_a_slip_of_the_second_sentence_is_counted_on() -> None:
    many = [made(f"u{i}", "one two three four five six", 10) for i in range(12)]
    slips = [slip for clip in clips(many, 1) for slip in clip.slips]
    assert any(slip.first >= 6 for slip in slips)
    assert all(isinstance(slip, Slip) for slip in slips)
