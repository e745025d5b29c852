"""The phone line in IPA and in plain letters: the table, and that nothing can be read as something else."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.streaming import Edit, Hypothesis, Span, Token, Update, UsageError, spell
from saidmeant.streaming.phones import ARPABET
from saidmeant.streaming.renderings import (
    RENDERINGS,
    TABLE,
    Rendering,
    read_spelling,
    spell_edit,
    spell_phone,
    spell_said,
)


def test_the_table_has_every_phone_and_no_symbol_twice() -> None:
    assert sorted(TABLE) == list(ARPABET)
    for column in (0, 1):
        assert len({row[column] for row in TABLE.values()}) == len(ARPABET)
    assert all(row[1].isascii() and row[1].islower() for row in TABLE.values())


@pytest.mark.parametrize(
    ("phones", "ipa", "respelling"),
    [
        ("TH IH NG K", "θɪŋk", "thingk"),
        ("S IH NG K", "sɪŋk", "singk"),
        ("R AY T", "ɹaɪt", "right"),
        ("B OW T HH AW S", "boʊthaʊs", "boht-hows"),
        ("IH T SH UH D", "ɪt.ʃʊd", "itshuud"),
        ("CH IY Z", "tʃiz", "cheez"),
        ("S AO IH NG", "sɔ.ɪŋ", "sawing"),
        ("B OY Z", "bɔɪz", "boyz"),
        ("M IH S HH AE P", "mɪshæp", "mis-hap"),
        ("F IH NG G ER", "fɪŋɡɝ", "finggur"),
        ("IH N G OW", "ɪnɡoʊ", "in-goh"),
        ("DH EH R", "ðɛɹ", "dhehr"),
        ("HH IH R", "hɪɹ", "hihr"),
        ("R EH D", "ɹɛd", "red"),
        ("IH G HH AA", "ɪɡhɑ", "ig-hah"),
        ("", "", ""),
    ],
)
def test_words(phones: str, ipa: str, respelling: str) -> None:
    said = phones.split()
    assert (spell(said), spell(said, "ipa"), spell(said, "respelling")) == (phones, ipa, respelling)


@given(st.lists(st.sampled_from(ARPABET), max_size=12), st.sampled_from(RENDERINGS))
def test_what_is_spelled_can_be_read_in_one_way(phones: list[str], rendering: Rendering) -> None:
    assert read_spelling(spell(phones, rendering), rendering) == phones


def test_a_separator_stands_only_where_it_is_needed() -> None:
    for one in ARPABET:
        for other in ARPABET:
            for rendering, separator in (("ipa", "."), ("respelling", "-")):
                text = spell([one, other], cast(Rendering, rendering))
                bare = text.replace(separator, "")
                assert (text == bare) == (read_spelling(bare, cast(Rendering, rendering)) == [one, other])


def test_a_symbol_that_is_no_phone_stays() -> None:
    assert [spell_phone("<unk>", rendering) for rendering in RENDERINGS] == ["<unk>"] * 3


def test_edits() -> None:
    edits = Edit("replace", "TH", "S"), Edit("delete", "NG", None), Edit("insert", None, "AH")
    assert [spell_edit(edit) for edit in edits] == ["TH>S", "-NG", "+AH"]
    assert [spell_edit(edit, "ipa") for edit in edits] == ["θ>s", "-ŋ", "+ʌ"]
    assert [spell_edit(edit, "respelling") for edit in edits] == ["th>s", "-ng", "+uh"]


def test_a_whole_line_keeps_its_words_apart() -> None:
    surface = Hypothesis("AY S IH", tuple(Token(phone, 0.0, 0.1, 0.9) for phone in ("AY", "S", "IH")))
    partial = Update(0, 0.0, 1.0, False, surface, Hypothesis("I think"))
    spans = (
        Span("I", 0.0, 0.1, ("AY",), ("AY",), (), 0.9),
        Span("a", 0.1, 0.1, ("AH",), (), (Edit("delete", "AH", None),), 0.9),
        Span("think", 0.1, 0.2, ("TH", "IH"), ("S", "IH"), (Edit("replace", "TH", "S"),), 0.9),
    )
    final = Update(0, 0.0, 1.0, True, surface, Hypothesis("I a think"), spans)
    assert spell_said(partial) == spell_said(final) == "AY S IH"
    assert spell_said(partial, "respelling") == "igh s ih"
    assert spell_said(final, "respelling") == "igh sih"
    assert spell_said(final, "ipa") == "aɪ sɪ"


def test_an_unknown_rendering_lists_the_valid_ones() -> None:
    with pytest.raises(UsageError, match="unknown rendering 'sampa'; there are arpabet, ipa, respelling"):
        spell(["AY"], cast(Rendering, "sampa"))
