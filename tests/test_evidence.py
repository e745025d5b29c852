"""models/evidence.py: what each canonical phone is scored with, worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.models.evidence import (
    DOUBT,
    LEFT_OUT_EVIDENCE,
    UNJUDGED,
    Judged,
    in_context,
    judge_with_text,
    judge_without_text,
    mispronounced,
    phone_evidence,
    scores_with_text,
)
from saidmeant.models.manifest import ReferenceWord, Utterance
from saidmeant.streaming.hypothesis import Token, Word
from saidmeant.streaming.lexicon import Lexicon

SLIP = math.sqrt(0.1)
"""The evidence of a sure S for TH: one step of place."""
LEXICON = Lexicon(
    {
        "three": (("TH", "R", "IY"),),
        "tree": (("T", "R", "IY"),),
        "it's": (("IH", "T", "S"),),
        "a": (("AH",), ("EY",)),
    }
)


def heard(line: str) -> tuple[Token, ...]:
    """``S@0.9 IH`` (sure where nothing is said), a tenth of a second each."""
    parts = [part.partition("@") for part in line.split()]
    return tuple(
        Token(phone, place / 10, (place + 1) / 10, float(sure or 1)) for place, (phone, _, sure) in enumerate(parts)
    )


def meant(line: str) -> tuple[Word, ...]:
    """Words of three phones, one after the other."""
    return tuple(Word(text, 0.3 * place, 0.3 * place + 0.3, 1.0) for place, text in enumerate(line.split()))


def word(text: str, canonical: str, surface: str | None, *accuracy: float) -> ReferenceWord:
    return ReferenceWord(text, tuple(canonical.split()), None if surface is None else tuple(surface.split()), accuracy)


def utterance(*words: ReferenceWord) -> Utterance:
    return Utterance("one", Path("one.wav"), " ".join(w.text for w in words), "ann", 0.0, words, {})


def test_evidence_by_hand() -> None:
    # REF: TH    IH    NG  K       TH and S lie 0.10 apart (one step of place), IH and AA 0.60
    # HYP: S@0.9 IH@0.75 *  K
    evidence = phone_evidence("TH IH NG K".split(), heard("S@0.9 IH@0.75 K"))
    assert evidence == pytest.approx([0.9 * SLIP, 0.25 * DOUBT, LEFT_OUT_EVIDENCE, 0.0])


def test_the_further_astray_and_the_surer_the_more_evidence() -> None:
    near, far, unsure = (phone_evidence(["TH"], heard(line))[0] for line in ("S@0.9", "T@0.9", "T@0.5"))
    assert near < far
    assert unsure < far


def test_an_extra_phone_is_no_evidence_against_another() -> None:
    assert phone_evidence(["S", "P"], heard("S AH@0.9 P")) == [0.0, 0.0]


def test_neighbours_lend_suspicion() -> None:
    # own, the word's mean, the utterance's mean
    (first, second), (third,) = in_context([[0.4, 0.2], [0.6]])
    assert first == pytest.approx((0.4 * 0.3 * 0.4) ** (1 / 3))
    assert second == pytest.approx((0.2 * 0.3 * 0.4) ** (1 / 3))
    assert third == pytest.approx((0.6 * 0.6 * 0.4) ** (1 / 3))
    assert in_context([[], [0.5]]) == [[], [pytest.approx(0.5)]]


def test_words_divide_the_line() -> None:
    scores = scores_with_text([["TH", "R"], ["IY"]], heard("S R@0.9 IY@0.8"))
    expected = in_context([[SLIP, 0.1 * DOUBT], [0.2 * DOUBT]])
    assert [pytest.approx(word) for word in expected] == scores


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_context_keeps_the_order_within_a_word_and_the_limits(evidence: list[float]) -> None:
    (scores,) = in_context([evidence])
    assert all(0 <= score <= 1 + 1e-9 for score in scores)
    ranked = [score for _, score in sorted(zip(evidence, scores, strict=True))]
    assert ranked == sorted(ranked)


@pytest.mark.parametrize(
    ("accuracy", "wrong"), [((0.4, 2.0, 2.0), [True, False, False]), ((0.5, 0.0, 1.0), [False, True, False])]
)
def test_the_experts_decide(accuracy: tuple[float, ...], wrong: list[bool]) -> None:
    assert mispronounced(word("three", "TH R IY", "T R IY", *accuracy)) == wrong


@pytest.mark.parametrize(
    ("surface", "wrong"),
    [
        ("TH R IY", [False, False, False]),
        ("S R IY", [True, False, False]),
        ("<unk> R IY", [True, False, False]),
        ("TH IY", [False, True, False]),
        ("TH AH R IY", [False, False, False]),
        ("", [True, True, True]),
    ],
)
def test_without_experts_the_pronounced_phones_do(surface: str, wrong: list[bool]) -> None:
    assert mispronounced(word("three", "TH R IY", surface)) == wrong


def test_with_the_text_every_phone_is_judged() -> None:
    said = utterance(word("three", "TH R IY", "S R IY", 0, 2, 2), word("a", "AH", "AH", 2))
    judged = judge_with_text(said, heard("S@0.9 R IY AH@0.8"))
    assert [j.wrong for j in judged] == [True, False, False, False]
    three, a = in_context([[0.9 * SLIP, 0, 0], [0.2 * DOUBT]])
    assert [j.score for j in judged] == pytest.approx([*three, *a])
    assert {j.speaker for j in judged} == {"ann"}


def test_without_the_text_words_taken_for_others_are_missed() -> None:
    # the text: three three; recognised: three tree
    said = utterance(word("three", "TH R IY", "S R IY", 0, 2, 2), word("three", "TH R IY", "T R IY", 0, 2, 2))
    judged = judge_without_text(said, heard("S R IY T R IY"), meant("three tree"), LEXICON)
    ((score, *_), _) = in_context([[SLIP, 0, 0], [0, 0, 0]])
    assert judged[:3] == [Judged("ann", pytest.approx(score), True), *[Judged("ann", 0.0, False)] * 2]
    assert judged[3:6] == [Judged("ann", UNJUDGED, wrong) for wrong in (True, False, False)]
    assert judged[6:] == [Judged("ann", 0.0, None)] * 3


def test_without_the_text_words_too_many_and_too_few() -> None:
    said = utterance(word("three", "TH R IY", "TH R IY"), word("it's", "IH T S", "IH T S"))
    judged = judge_without_text(said, heard("AH S R IY"), meant("a three"), LEXICON)
    assert [(j.wrong, j.score) for j in judged] == [
        (None, 0.0),
        (False, pytest.approx(in_context([[0], [SLIP, 0, 0]])[1][0])),
        *[(False, 0.0)] * 2,
        *[(False, UNJUDGED)] * 3,
    ]


def test_our_lexicon_may_know_the_word_otherwise() -> None:
    # the manifest expects a schwa, ours chooses EY because that was heard, and says it was right
    said = utterance(word("a", "AH", "EY", 0))
    assert judge_without_text(said, heard("EY"), meant("a"), LEXICON) == [Judged("ann", 0.0, True)]
    longer = utterance(word("three", "TH R IY AH", "TH R IY AH"))
    judged = judge_without_text(longer, heard("TH R IY"), meant("three"), LEXICON)
    assert [j.score for j in judged] == [0.0, 0.0, 0.0, UNJUDGED]


def test_case_and_apostrophes_do_not_make_another_word() -> None:
    said = utterance(word("it's", "IH T S", "IH T S"))
    judged = judge_without_text(said, heard("IH T S"), meant("It\N{RIGHT SINGLE QUOTATION MARK}s"), LEXICON)
    assert [j.score for j in judged] == [0.0, 0.0, 0.0]


def test_phones_of_no_word_shift_nothing() -> None:
    said = utterance(word("three", "TH R IY", "TH R IY"))
    sounds = (*heard("K"), *(Token(t.text, t.start + 3, t.end + 3, 1.0) for t in heard("S R IY")))
    judged = judge_without_text(said, sounds, (Word("three", 3.0, 3.3, 1.0),), LEXICON)
    assert [j.score for j in judged] == pytest.approx(in_context([[SLIP, 0, 0]])[0])


def test_unknown_pronunciation_is_not_judged() -> None:
    said = utterance(word("three", "TH R IY", None, 0, 2, 2))
    assert judge_with_text(said, heard("TH R IY")) == []
    assert judge_without_text(said, heard("TH R IY"), meant("three"), LEXICON) == []
