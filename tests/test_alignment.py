"""streaming/alignment.py: golden alignments side by side, the role of time, and what holds for any input."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saidmeant.streaming.alignment import align, divergence
from saidmeant.streaming.hypothesis import Divergence, Edit, Span, Token, Word
from saidmeant.streaming.lexicon import Lexicon, parse_lexicon
from saidmeant.streaming.phones import ARPABET, distance

LEXICON = Lexicon(
    parse_lexicon(
        """\
        a AH
        a EY
        are AA R
        are ER
        feel F IY L
        i AY
        is IH Z
        it IH T
        no N OW
        only OW N L IY
        read R IY D
        read R EH D
        red R EH D
        rice R AY S
        right R AY T
        stripes S T R AY P S
        the DH AH
        the DH IY
        think TH IH NG K
        this DH IH S
        very V EH R IY
        """,
        "here",
    )
)
PHONE_SECONDS = 0.1


def tokens(phones: str, start: float = 0.0) -> list[Token]:
    """One phone every 0.1 s."""
    begins = [start + PHONE_SECONDS * i for i in range(len(phones.split()))]
    return [Token(text, begin, begin + 0.04, 0.8) for text, begin in zip(phones.split(), begins, strict=True)]


def words_over(text: str, seconds: float) -> list[Word]:
    """Words that share a time in proportion to the phones that they should have."""
    names = text.split()
    lengths = [len(LEXICON.pronounce(name).pronunciations[0]) for name in names]
    unit = seconds / sum(lengths)
    ends = [unit * sum(lengths[: i + 1]) for i in range(len(names))]
    return [Word(n, e - unit * k + 0.01, e - 0.01, 0.5) for n, e, k in zip(names, ends, lengths, strict=True)]


def block(spans: Sequence[Span]) -> str:
    """word | canonical | surface | edits"""
    return "\n".join(
        " | ".join(
            [
                span.word or "-",
                " ".join(span.canonical) or "-",
                " ".join(span.surface) or "-",
                " ".join(f"{edit.canonical or '+'}>{edit.surface or '-'}" for edit in span.edits) or "=",
            ]
        )
        for span in spans
    )


GOLDEN = [
    (
        "I think",
        "AY S IH NG K",
        """
        I | AY | AY | =
        think | TH IH NG K | S IH NG K | TH>S
        """,
    ),
    (
        "I think this is right",
        "AY S IH NG K DH IH S IH Z R AY T",
        """
        I | AY | AY | =
        think | TH IH NG K | S IH NG K | TH>S
        this | DH IH S | DH IH S | =
        is | IH Z | IH Z | =
        right | R AY T | R AY T | =
        """,
    ),
    (
        # th as z, r and l exchanged, v as b: each replaces the phone that it resembles
        "this is very right",
        "Z IH S IH Z B EH L IY L AY T",
        """
        this | DH IH S | Z IH S | DH>Z
        is | IH Z | IH Z | =
        very | V EH R IY | B EH L IY | V>B R>L
        right | R AY T | L AY T | R>L
        """,
    ),
    (
        # vowels between consonants and after the last one
        "the stripes are red",
        "D AH S AH T AH R AY P S AA R R EH D AH",
        """
        the | DH AH | D AH | DH>D
        stripes | S T R AY P S | S AH T AH R AY P S | +>AH +>AH
        are | AA R | AA R | =
        red | R EH D | R EH D AH | +>AH
        """,
    ),
    (
        # the pronunciation that was said, not the first
        "the red read a rice",
        "DH IY R EH D R EH D EY R AY S",
        """
        the | DH IY | DH IY | =
        red | R EH D | R EH D | =
        read | R EH D | R EH D | =
        a | EY | EY | =
        rice | R AY S | R AY S | =
        """,
    ),
    (
        # phones left out, one word swallowed
        "it is only a rice",
        "IH IH Z OW L IY R AY",
        """
        it | IH T | IH | T>-
        is | IH Z | IH Z | =
        only | OW N L IY | OW L IY | N>-
        a | AH | - | AH>-
        rice | R AY S | R AY | S>-
        """,
    ),
    (
        # a vowel never replaces a consonant that it does not resemble
        "think it",
        "TH IH AA IH T",
        """
        think | TH IH NG K | TH IH AA | NG>- K>- +>AA
        it | IH T | IH T | =
        """,
    ),
    (
        # noise of a half-trained recogniser: the words still find their places
        "I feel this is only right",
        "AY V IH L D IH S S IH Z OW M L IY L AY D",
        """
        I | AY | AY | =
        feel | F IY L | V IH L | F>V IY>IH
        this | DH IH S | D IH S S | DH>D +>S
        is | IH Z | IH Z | =
        only | OW N L IY | OW M L IY | N>M
        right | R AY T | L AY D | R>L T>D
        """,
    ),
]


@pytest.mark.parametrize(("text", "phones", "expected"), GOLDEN, ids=[text for text, _, _ in GOLDEN])
def test_golden(text: str, phones: str, expected: str) -> None:
    said = tokens(phones)
    spans = align(words_over(text, said[-1].end), said, LEXICON)
    assert block(spans) == dedent(expected).strip()


def test_edits_times_and_confidence_of_a_span() -> None:
    words = [Word("I", 0.0, 0.1, 0.9), Word("think", 0.2, 0.5, 0.5)]
    spans = align(words, tokens("AY S IH NG K"), LEXICON)
    assert spans[1].edits == (Edit("replace", "TH", "S"),)
    assert [spans[1].start, spans[1].end] == pytest.approx([0.1, 0.44])
    assert spans[1].confidence == pytest.approx(0.5 * 0.8)
    assert divergence(spans) == Divergence(1, 5, 0.2)


def test_time_decides_between_equal_words() -> None:
    words = [Word("no", 0.0, 0.2, 0.9), Word("no", 2.0, 2.2, 0.9)]
    early = align(words, tokens("N OW", 0.0), LEXICON)
    late = align(words, tokens("N OW", 2.0), LEXICON)
    assert [span.surface for span in early] == [("N", "OW"), ()]
    assert [span.surface for span in late] == [(), ("N", "OW")]


def test_time_decides_to_which_word_an_extra_phone_belongs() -> None:
    words = [Word("red", 0.0, 0.3, 0.9), Word("rice", 1.0, 1.4, 0.9)]
    red, rice, extra = tokens("R EH D"), tokens("R AY S", 1.1), "AH"
    after = align(words, [*red, *tokens(extra, 0.4), *rice], LEXICON)
    before = align(words, [*red, *tokens(extra, 0.9), *rice], LEXICON)
    assert [span.surface[-1] for span in after] == ["AH", "S"]
    assert [span.surface[0] for span in before] == ["R", "AH"]


def test_phones_far_from_every_word_form_their_own_span() -> None:
    words = [Word("red", 0.0, 0.3, 0.9), Word("rice", 3.0, 3.3, 0.9)]
    phones = [*tokens("R EH D"), *tokens("AH M", 1.6), *tokens("R AY S", 3.0), *tokens("OW", 5.0)]
    spans = align(words, phones, LEXICON)
    assert [span.word for span in spans] == ["red", "", "rice", ""]
    assert spans[1].surface == ("AH", "M")
    assert spans[1].canonical == ()
    assert spans[1].edits == (Edit("insert", None, "AH"), Edit("insert", None, "M"))
    assert [spans[1].start, spans[1].confidence] == pytest.approx([1.6, 0.8])
    assert divergence(spans) == Divergence(3, 6, 0.5)


def test_a_jitter_of_the_lanes_moves_no_phone() -> None:
    said = tokens("AY S IH NG K DH IH S IH Z R AY T")
    words = words_over("I think this is right", said[-1].end)
    expected = block(align(words, said, LEXICON))
    for shift in (-0.2, -0.1, 0.1, 0.2):
        moved = [Word(w.text, w.start + shift, w.end + shift, w.confidence) for w in words]
        assert block(align(moved, said, LEXICON)) == expected


def test_no_words_no_phones_or_neither() -> None:
    (extra,) = align([], tokens("AH M"), LEXICON)
    assert (extra.word, extra.surface, extra.in_lexicon) == ("", ("AH", "M"), True)
    assert divergence([extra]) == Divergence(2, 0, 0.0)
    (silent,) = align([Word("no", 1.0, 1.5, 0.9)], [], LEXICON)
    assert (silent.surface, silent.start, silent.end, silent.confidence) == ((), 1.0, 1.5, 0.9)
    assert silent.edits == (Edit("delete", "N", None), Edit("delete", "OW", None))
    assert align([], [], LEXICON) == ()
    assert divergence(()) == Divergence(0, 0, 0.0)


def test_a_word_that_nobody_can_pronounce_keeps_the_phones_around_it() -> None:
    words = [Word("red", 0.0, 0.3, 0.9), Word("xyz", 0.4, 0.6, 0.9), Word("rice", 0.7, 1.0, 0.9)]
    phones = [*tokens("R EH D"), *tokens("K AA", 0.45), *tokens("R AY S", 0.7)]
    spans = align(words, phones, LEXICON)
    assert [span.word for span in spans] == ["red", "xyz", "rice"]
    assert not spans[1].in_lexicon
    assert [span.surface for span in spans if span.word != "xyz"][1][-3:] == ("R", "AY", "S")


SEGMENTS = st.tuples(
    st.lists(st.tuples(st.sampled_from(["a", "no", "red", "think", "xyz", "very"]), st.floats(0, 5)), max_size=5),
    st.lists(st.tuples(st.sampled_from([*ARPABET, "?"]), st.floats(0, 5)), max_size=12),
)


@settings(deadline=None, max_examples=200)
@given(SEGMENTS)
def test_whatever_comes_in(segment: tuple[list[tuple[str, float]], list[tuple[str, float]]]) -> None:
    named, heard = segment
    starts = sorted(start for _, start in named)
    words = [Word(text, start, start + 0.2, 0.9) for (text, _), start in zip(named, starts, strict=True)]
    begins = sorted(start for _, start in heard)
    phones = [Token(text, start, start + 0.04, 0.9) for (text, _), start in zip(heard, begins, strict=True)]
    spans = align(words, phones, LEXICON)
    assert [span.word for span in spans if span.word] == [word.text for word in words]
    assert [phone for span in spans for phone in span.surface] == [phone.text for phone in phones]
    for span in spans:
        assert rebuilt(span) == Counter(span.surface)
        assert span.start <= span.end
    assert [span.start for span in spans] == sorted(span.start for span in spans)


def rebuilt(span: Span) -> Counter[str | None]:
    """How often each phone was said, according to the canonical phones and the edits."""
    phones: Counter[str | None] = Counter(span.canonical)
    phones.subtract(edit.canonical for edit in span.edits if edit.canonical is not None)
    phones.update(edit.surface for edit in span.edits if edit.surface is not None)
    return phones


def test_a_long_segment_is_quick() -> None:
    sentence = "I think this is very right " * 10
    said = tokens(" ".join(["AY S IH NG K DH IH S IH Z V EH R IY R AY T"] * 10))
    words = words_over(sentence, said[-1].end)
    align(words, said, LEXICON)
    started = time.process_time()
    spans = align(words, said, LEXICON)
    assert time.process_time() - started < 0.25  # 170 phones; some 10 ms, with room for a busy machine
    assert len(spans) == 60


@pytest.mark.parametrize(
    ("phone", "nearer", "further"),
    [("TH", "S", "M"), ("R", "L", "K"), ("IY", "IH", "AA"), ("V", "B", "NG"), ("Z", "S", "R"), ("W", "UW", "IY")],
)
def test_similar_phones_are_near(phone: str, nearer: str, further: str) -> None:
    assert 0 < distance(phone, nearer) < distance(phone, further)


def test_distances_are_symmetric_and_zero_only_for_equals() -> None:
    for one in ARPABET:
        for other in ARPABET:
            assert distance(one, other) == distance(other, one)
            assert (distance(one, other) == 0) == (one == other)
    assert len(ARPABET) == 39
