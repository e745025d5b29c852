"""Tables of learners' errors, words changed after them, and the counts that one table comes from."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saidmeant.models.error_patterns import (
    BINS,
    Change,
    SaidWord,
    changes_of,
    diverge,
    feasible,
    places,
    read_table,
    shipped_profiles,
)
from saidmeant.models.error_statistics import align_word, as_yaml, count
from saidmeant.models.evaluate import BINS as EVALUATED
from saidmeant.models.manifest import ReferenceWord, Utterance, read_manifest
from saidmeant.models.metrics import divergence_rate
from saidmeant.streaming.phones import ARPABET
from saidmeant.streaming.strict import StrictError

TABLE = """
sources: {book: A Book}
profiles:
  - l1: Mandarin
    sources: [book]
    rules:
      - {changes: [TH -> S, "T ->"], weight: 1}
      - {changes: [S -> EH S], where: [word-start, before-consonant], weight: 2}
"""

PROFILES = shipped_profiles()


def word(text: str, phones: str, *others: str) -> SaidWord:
    return SaidWord.correct(text, tuple(phones.split()), [tuple(other.split()) for other in others])


def change(text: str, *where: str) -> Change:
    left, _, right = text.partition("->")
    return Change(left.strip(), tuple(right.split()), where, 1.0)


def said(words: tuple[SaidWord, ...] | None) -> str:
    assert words is not None
    return " | ".join(" ".join(word.surface) for word in words)


@pytest.mark.parametrize(
    ("text", "phones", "pattern", "where", "expected"),
    [
        ("THINK", "TH IH NG K", "TH -> S", (), "S IH NG K"),
        ("BED", "B EH D", "D -> T", ("word-end",), "B EH T"),
        ("BED", "B EH D", "D ->", ("word-end",), "B EH"),
        ("SCHOOL", "S K UW L", "S -> EH S", ("word-start", "before-consonant"), "EH S K UW L"),
        ("BED", "B EH D", "D -> D AH", ("word-end",), "B EH D AH"),
        ("BREAD", "B R EH D", "R ->", ("after-consonant", "before-vowel"), "B EH D"),
        ("SINGER", "S IH NG ER", "NG -> N", ("inside",), "S IH N ER"),
    ],
)
def test_a_change_is_made_where_it_fits(
    text: str, phones: str, pattern: str, where: tuple[str, ...], expected: str
) -> None:
    words = diverge([word(text, phones)], [change(pattern, *where)], 3, random.Random(1))
    assert said(words) == expected


@pytest.mark.parametrize(
    ("text", "phones", "pattern", "where"),
    [
        ("THINK", "TH IH NG K", "S -> Z", ()),
        ("BED", "B EH D", "B -> P", ("word-end",)),
        ("SAY", "S EY", "S -> EH S", ("word-start", "before-consonant")),
        ("SIT", "S IH T", "T -> D", ("inside",)),
    ],
)
def test_nothing_changes_where_no_pattern_fits(text: str, phones: str, pattern: str, where: tuple[str, ...]) -> None:
    assert diverge([word(text, phones)], [change(pattern, *where)], 3, random.Random(1)) is None


def test_another_right_pronunciation_is_no_error() -> None:
    bed, pattern = word("BED", "B EH D"), change("AH -> IY")
    assert diverge([word("THE", "DH AH", "DH IY"), bed], [pattern], 3, random.Random(1)) is None
    assert said(diverge([word("THE", "DH AH"), bed], [pattern], 3, random.Random(1))) == "DH IY | B EH D"


def test_a_word_never_loses_all_its_phones() -> None:
    words = [word("A", "AH"), word("BED", "B EH D")]
    assert diverge(words, [change("AH ->")], 3, random.Random(1)) is None


def test_accuracy_marks_the_changed_phones() -> None:
    strong = word("STRONG", "S T R AO NG").changed(0, ("EH", "S")).changed(2, ())
    assert strong.surface == ("EH", "S", "T", "AO", "NG")
    assert strong.accuracy == [0, 2, 0, 2, 2]


def test_places_of_a_phone() -> None:
    cat = ("K", "AE", "T")
    assert places(cat, 0) == {"word-start", "before-vowel"}
    assert places(cat, 1) == {"inside", "before-consonant", "after-consonant"}
    assert places(cat, 2) == {"word-end", "after-vowel"}
    assert places(("AH",), 0) == {"word-start", "word-end"}


def test_the_bins_are_those_of_the_evaluation() -> None:
    assert [high for _, high in BINS[:3]] == [most for _, most in EVALUATED[:3]]


@given(st.integers(1, 300), st.integers(0, 3))
def test_feasible_bins_hold_a_whole_number_of_edits(phones: int, bin_number: int) -> None:
    low, high = BINS[bin_number]
    rates = [edits / phones for edits in range(phones + 1)]
    fits = any(low < rate <= high for rate in rates) if bin_number else True
    assert feasible(bin_number, phones) == fits


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from(ARPABET), min_size=1, max_size=8), min_size=1, max_size=12), st.data())
def test_what_is_said_lies_in_the_bin(phones: list[list[str]], data: st.DataObject) -> None:
    words = [SaidWord.correct("X", tuple(one)) for one in phones]
    bin_number = data.draw(st.integers(0, 3))
    profile = data.draw(st.sampled_from(PROFILES))
    spoken = diverge(words, changes_of(profile), bin_number, random.Random(data.draw(st.integers(0, 9))))
    if spoken is None:
        return
    canonical = [phone for one in phones for phone in one]
    rate = divergence_rate([phone for one in spoken for phone in one.surface], canonical)
    low, high = BINS[bin_number]
    assert rate == 0 if bin_number == 0 else low < rate <= high
    assert all(
        2 * (piece == (phone,)) == mark
        for one in spoken
        for phone, piece, mark in zip(one.canonical, one.pieces, one.accuracy, strict=True)
    )


def test_shipped_tables_name_their_sources_and_cover_seven_languages() -> None:
    profiles = shipped_profiles()
    assert {p.l1 for p in profiles} == {"Mandarin", "Korean", "Japanese", "Spanish", "Vietnamese", "Hindi", "Arabic"}
    assert all(profile.sources for profile in profiles)
    assert sum(profile.l1 == "Mandarin" for profile in profiles) == 2  # as described and as measured


def test_a_table_is_read() -> None:
    (profile,) = read_table(TABLE, "t.yaml").profiles
    assert changes_of(profile) == (
        Change("TH", ("S",), (), 1.0),
        Change("T", (), (), 1.0),
        Change("S", ("EH", "S"), ("word-start", "before-consonant"), 2.0),
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("TH -> S", "TX -> S", "expected a change as in 'TH -> S', found 'TX -> S'"),
        ("TH -> S", "TH S", "expected a change as in 'TH -> S', found 'TH S'"),
        ("TH -> S", "TH -> TH", "changes nothing"),
        ("word-start", "start", "unknown place 'start'; valid: word-start, inside"),
        ("weight: 2", "weight: 0", "weight must be above 0"),
        ("[book]", "[boo]", "source 'boo' is not among the sources"),
        ("weight: 2", "wight: 2", "unknown key 'wight'"),
        ("sources: {", "sources: {[", "not YAML"),
    ],
)
def test_faults_of_a_table_are_named(old: str, new: str, message: str) -> None:
    with pytest.raises(StrictError, match=message):
        read_table(TABLE.replace(old, new), "t.yaml")


@pytest.mark.parametrize(
    ("canonical", "surface", "pieces"),
    [
        ("TH IH NG K", "S IH NG K", ["S", "IH", "NG", "K"]),
        ("B EH D", "B EH", ["B", "EH", ""]),
        ("B EH D", "B EH D AH", ["B", "EH", "D AH"]),
        ("S K UW L", "EH S K UW L", ["EH S", "K", "UW", "L"]),
        ("W ER L D", "W ER D", ["W", "ER", "", "D"]),
        ("AH", "<unk>", ["<unk>"]),
        ("AH", "", [""]),
    ],
)
def test_phones_are_aligned(canonical: str, surface: str, pieces: list[str]) -> None:
    assert align_word(canonical.split(), surface.split()) == [tuple(piece.split()) for piece in pieces]


def test_counts_become_a_table() -> None:
    words = [
        *[ReferenceWord("bed", ("B", "EH", "D"), ("B", "EH"), ())] * 3,
        *[ReferenceWord("bed", ("B", "EH", "D"), ("B", "EH", "D"), ())] * 9,
        ReferenceWord("bed", ("B", "EH", "D"), ("P", "EH", "D"), ()),  # too rare
        *[ReferenceWord("a", ("AH",), ("<unk>",), ())] * 5,  # nobody could say what it was
        ReferenceWord("bed", ("B", "EH", "D"), None, ()),
    ]
    utterance = Utterance("u", Path("u.wav"), "bed", "", 1.0, tuple(words), {})
    (profile,) = read_table(as_yaml(count([utterance]), "Mandarin", "some: source"), "measured.yaml").profiles
    assert changes_of(profile) == (Change("D", (), ("word-end",), round(3000 / 13, 2)),)


def test_the_shipped_counts_can_be_made_again(shared_data: Path, repository: Path) -> None:
    made = as_yaml(count(read_manifest(shared_data / "speechocean762-train.jsonl")), "Mandarin", "x")
    shipped = (repository / "models/patterns/speechocean762.yaml").read_text(encoding="utf-8")
    assert made.split("profiles:")[1] == shipped.split("profiles:")[1]
