"""Both heads' candidates as one: what agrees wins, what only one of them says loses, and probabilities stay such."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.streaming import BundleError
from saidmeant.streaming.bundle import check_manifest, load_bundle
from saidmeant.streaming.jamo import MEANING_UNITS, SURFACE_UNITS, WORD_BOUNDARY, named
from saidmeant.streaming.lanes import Candidate
from saidmeant.streaming.language import KOREAN
from saidmeant.streaming.sound_evidence import FLOOR, LEAST, MOST, pooled

GIYEOK, KIEUK, AE, E, A = (named(letter)[0] for letter in "ㄱ ㅋ ㅐ ㅔ ㅏ".split())


def frame(**chances: float) -> list[Candidate]:
    names = {"giyeok": GIYEOK, "kieuk": KIEUK, "ae": AE, "e": E, "a": A, "boundary": WORD_BOUNDARY}
    return [(names[name], math.log(chance)) for name, chance in chances.items()]


def by_both(letters: list[Candidate], sounds: list[Candidate], weight: float = 0.5) -> dict[str, float]:
    assert KOREAN.sound_of is not None
    return {letter: math.exp(value) for letter, value in pooled(letters, sounds, weight, KOREAN.sound_of)}


def test_what_both_heard_wins() -> None:
    assert max(frame(giyeok=0.5, kieuk=0.45), key=lambda each: each[1])[0] == GIYEOK
    found = by_both(frame(giyeok=0.5, kieuk=0.45), frame(kieuk=0.8, giyeok=0.1))
    assert max(found, key=found.__getitem__) == KIEUK


def test_by_hand() -> None:
    found = by_both(frame(giyeok=0.6), frame(giyeok=0.9), weight=0.25)
    letter, blank = 0.6**0.75 * 0.9**0.25, 0.4**0.75 * 0.1**0.25
    assert found == {GIYEOK: pytest.approx(letter / (letter + blank))}


def test_a_merged_vowel_speaks_for_both_of_its_letters() -> None:
    assert KOREAN.sound_of is not None
    assert KOREAN.sound_of(AE) == E
    found = by_both(frame(ae=0.5, a=0.4), frame(e=0.9))
    assert found[AE] > 0.7 > 0.2 > found[A]


def test_a_letter_that_only_the_surface_heard_is_possible() -> None:
    assert by_both(frame(giyeok=0.7), frame(kieuk=0.7), weight=0.3)[KIEUK] > LEAST


def test_a_word_boundary_is_the_meaning_heads_business() -> None:
    found = by_both(frame(boundary=0.9), [], weight=0.5)
    assert found[WORD_BOUNDARY] == pytest.approx(0.9 / (0.9 + math.sqrt(0.1)))


def test_nothing_to_pool() -> None:
    assert by_both([], []) == {}
    letters = frame(giyeok=0.6, kieuk=0.3)
    assert KOREAN.sound_of is not None
    assert pooled(letters, frame(a=0.9), 0.0, KOREAN.sound_of) is letters


def heard(units: tuple[str, ...]) -> st.SearchStrategy[list[Candidate]]:
    """Up to nine candidates of a head whose probabilities leave something to the blank."""
    chances = st.lists(st.floats(0.01, 1.0), max_size=9)
    return st.tuples(st.permutations(units), chances, st.floats(0.01, 1.0)).map(
        lambda drawn: [
            (unit, math.log(chance / (sum(drawn[1]) + drawn[2])))
            for unit, chance in zip(drawn[0], drawn[1], strict=False)
        ]
    )


@given(heard((*MEANING_UNITS,)), heard(tuple(SURFACE_UNITS)), st.floats(0.01, 0.9))
def test_probabilities_they_remain(letters: list[Candidate], sounds: list[Candidate], weight: float) -> None:
    found = by_both(letters, sounds, weight)
    assert len(found) <= MOST
    assert sum(found.values()) < 1
    assert all(value > LEAST for value in found.values())
    ranked = list(found.values())
    assert ranked == sorted(ranked, reverse=True)
    assert FLOOR > LEAST


@pytest.mark.parametrize(("name", "weight", "problem"), [
    ("ko-base", 1.0, "surface_weight is not from 0"),
    ("ko-base", -0.1, "surface_weight is not from 0"),
    ("ko-base", math.nan, "surface_weight is not from 0"),
    ("en-base", 0.3, "a writing that spells sounds, not for 'en'"),
])  # fmt: skip
def test_a_weight_that_cannot_be_meant(name: str, weight: float, problem: str) -> None:
    manifest = dataclasses.replace(load_bundle(name).manifest, surface_weight=weight)
    with pytest.raises(BundleError, match=problem):
        check_manifest(manifest, Path("manifest.yaml"))
