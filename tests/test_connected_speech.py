"""What natives do at word boundaries is offered as a pronunciation, what only learners do is not."""

from __future__ import annotations

import pytest

from saidmeant.streaming.alignment import align
from saidmeant.streaming.connected_speech import connected, forms, tap
from saidmeant.streaming.hypothesis import Token, Word
from saidmeant.streaming.lexicon import Lexicon, Pronounced, parse_lexicon

LEXICON = Lexicon(parse_lexicon("last L AE S T\ntime T AY M\nthe DH AH\nsee S IY\nof AH V\n", "here"))


@pytest.mark.parametrize(
    ("said", "following", "natives"),
    [
        ("L AE S T", "T", {"L AE S"}),  # last time
        ("OW L D", "M", {"OW L"}),  # old man
        ("OW L D", "AE", set()),  # old apple: nothing falls silent before a vowel
        ("R EH D", "M", set()),  # red man: nor after a vowel
        ("B AH S", "S", {"B AH"}),  # bus stop
        ("T EH N", "B", {"T EH M"}),  # ten boys
        ("IH N", "K", {"IH NG"}),  # in case
        ("DH IH S", "SH", {"DH IH SH"}),  # this shop
        ("M IY T", "Y", {"M IY CH"}),  # meet you
        ("D IH D", "Y", {"D IH JH"}),  # did you
        ("G EH T", "AH", {"G EH D"}),  # get up
        ("TH IH NG K", "DH", set()),  # think this
        ("L AE S T", None, set()),  # before a pause everything is said
        ("AH", "AH", set()),  # a word keeps its only phone
    ],
)
def test_forms(said: str, following: str | None, natives: set[str]) -> None:
    assert {" ".join(form) for form in forms(tuple(said.split()), following)} == natives


def test_taps_within_words() -> None:
    assert tap(("W", "AO", "T", "ER")) == ("W", "AO", "D", "ER")
    assert tap(("P", "AA", "R", "T", "IY")) == ("P", "AA", "R", "D", "IY")
    assert tap(("T", "AA", "P", "S", "T", "EH", "P")) == ("T", "AA", "P", "S", "T", "EH", "P")


def test_sounds_meet_only_without_a_pause() -> None:
    pronounced = [Pronounced((("L", "AE", "S", "T"),), True), Pronounced((("T", "AY", "M"),), True)]
    close = [Word("last", 0.0, 0.4, 1.0), Word("time", 0.5, 0.9, 1.0)]
    apart = [Word("last", 0.0, 0.4, 1.0), Word("time", 1.5, 1.9, 1.0)]
    assert connected(close, pronounced)[0] == [("L", "AE", "S", "T"), ("L", "AE", "S")]
    assert connected(apart, pronounced)[0] == [("L", "AE", "S", "T")]
    assert connected([], []) == []


def test_a_span_of_connected_speech_has_no_edits() -> None:
    phones = [Token(p, 0.1 * i, 0.1 * i + 0.05, 0.9) for i, p in enumerate("L AE S T AY M".split())]
    words = [Word("last", 0.0, 0.28, 0.9), Word("time", 0.3, 0.6, 0.9)]
    spans = align(words, phones, LEXICON)
    assert [(span.canonical, span.surface, span.edits) for span in spans] == [
        (("L", "AE", "S"), ("L", "AE", "S"), ()),
        (("T", "AY", "M"), ("T", "AY", "M"), ()),
    ]
    learner = [Token(p, 0.1 * i, 0.1 * i + 0.05, 0.9) for i, p in enumerate("L AE T AY M".split())]
    assert any(span.edits for span in align(words, learner, LEXICON))
