"""Verdicts: strong evidence and a visible difference for *different*, little evidence for *correct*, else *unsure*."""

from __future__ import annotations

import dataclasses
import math

import pytest

from saidmeant.streaming.hypothesis import Edit, Span, Token
from saidmeant.streaming.verdict import (
    CORRECT,
    DIFFERENT,
    UNCALIBRATED,
    UNSURE,
    Against,
    Calibration,
    against,
    judged,
    verdict,
    word_probability,
)

CALIBRATION = Calibration(different=8.0, correct=3.0)
LEVELS = (0.125, 0.375, 0.625, 0.875)


def span(word: str, goodness: tuple[float, ...], *edits: Edit) -> Span:
    return Span(word, 0.0, 0.3, ("TH", "IH", "NG", "K")[: len(goodness)], (), edits, 0.9, goodness=goodness)


def heard(*confidences: float) -> list[Token]:
    return [Token("AH", 0.0, 0.1, confidence) for confidence in confidences]


def test_the_worst_phone_counts_and_everything_around() -> None:
    word = against([-1.0, -4.0], [-1.0, -4.0], heard(1.0, 0.5), differs=True)
    assert (word.doubt, word.around, word.unclear, word.evidence) == (4.0, 2.5, 0.25, 4.0)
    plain = against([-1.0], [-1.0, -1.0], heard(0.9), True)
    assert against([-1.0], [-1.0, -7.0], heard(0.9), True).evidence > plain.evidence


def test_a_line_that_is_not_sure_of_itself_is_weak_evidence() -> None:
    sure, unsure, nothing = (against([-4.0], [-4.0], phones, True) for phones in (heard(0.9), heard(0.9, 0.3), []))
    assert sure.evidence > unsure.evidence > nothing.evidence


@pytest.mark.parametrize(
    ("doubt", "around", "differs", "confidence", "told"),
    [
        (2.0, 0.5, True, 1.0, CORRECT),
        (9.0, 0.5, False, 1.0, CORRECT),  # nothing to show
        (7.0, 0.5, True, 1.0, UNSURE),
        (7.0, 1.5, True, 1.0, DIFFERENT),
        (2.0, 6.0, True, 1.0, DIFFERENT),
        (9.0, 1.0, True, 0.6, UNSURE),  # perhaps not even the word that was meant
    ],
)
def test_verdict(doubt: float, around: float, differs: bool, confidence: float, told: str) -> None:
    assert verdict(Against(doubt, around, 0.0, differs), confidence, CALIBRATION) == told


def test_spans_get_verdicts_where_they_can() -> None:
    edit = Edit("replace", "TH", "S")
    spans = [
        span("think", (-9.0, -0.1, 0.0, 0.0), edit),
        dataclasses.replace(span("", ()), surface=("AH",)),
        span("so", (0.0, 0.0)),
    ]
    told = judged(spans, heard(0.95, 0.95), [0.9, 0.9], CALIBRATION)
    assert [each.verdict for each in told] == [DIFFERENT, None, CORRECT]
    assert [dataclasses.replace(each, verdict=None) for each in told] == spans
    assert [each.verdict for each in judged(spans, heard(0.95, 0.95), [0.9, 0.9], UNCALIBRATED)] == [None, None, None]


def test_words_have_the_probability_of_their_letters() -> None:
    fitted = Calibration(words=(0.3, 0.4, 0.6, 0.9))
    assert word_probability(0.625, LEVELS, fitted) == 0.6
    assert word_probability(0.75, LEVELS, fitted) == pytest.approx(0.75)
    assert word_probability(1.0, LEVELS, fitted) == 0.9
    assert word_probability(0.77, LEVELS, UNCALIBRATED) == 0.77


def test_without_thresholds_nothing_is_judged() -> None:
    assert not UNCALIBRATED.judges
    assert CALIBRATION.judges
    assert Calibration(correct=1.0).different == math.inf  # then nothing is called different
