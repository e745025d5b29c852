"""Documents for other programs, read back by Praat, by subtitle readers and as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import cast

import parselmouth
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from korean import update_of
from parselmouth.praat import call

from saidmeant.streaming import (
    AudioFile,
    Recognizer,
    Update,
    UsageError,
    Word,
    spell_said,
    to_csv,
    to_srt,
    to_textgrid,
    to_vtt,
)
from saidmeant.streaming.exports import CSV_COLUMNS, FORMATS, Format, export
from saidmeant.streaming.hypothesis import Edit, Hypothesis, Span, Token
from saidmeant.streaming.textgrid import TIERS

THREE = Path(__file__).parent / "data" / "three_sentences.wav"

Tiers = dict[str, list[tuple[float, float, str]]]


@pytest.fixture(scope="module")
def finals(recognizer: Recognizer) -> list[Update]:
    """Three sentences, decoded for real."""
    return recognizer.transcribe(AudioFile(THREE))


@pytest.fixture(scope="module")
def duration() -> float:
    return AudioFile(THREE).duration or 0.0


def read_by_praat(text: str, path: Path) -> tuple[Tiers, float]:
    """Every interval of every tier, and the end, as Praat itself reads them."""
    path.write_text(text, encoding="utf-8")
    grid = parselmouth.read(str(path))
    tiers: Tiers = {}
    for tier in range(1, int(call(grid, "Get number of tiers")) + 1):
        name = str(call(grid, "Get tier name", tier))
        tiers[name] = [
            (
                float(call(grid, "Get start time of interval", tier, i)),
                float(call(grid, "Get end time of interval", tier, i)),
                str(call(grid, "Get label of interval", tier, i)),
            )
            for i in range(1, int(call(grid, "Get number of intervals", tier)) + 1)
        ]
    return tiers, float(call(grid, "Get end time"))


def check_rules(tiers: Tiers, end: float) -> None:
    """Praat's: a tier covers everything, its intervals touch and have a length."""
    assert tuple(tiers) == TIERS
    for intervals in tiers.values():
        assert intervals[0][0] == 0
        assert intervals[-1][1] == pytest.approx(end)
        assert all(start < stop for start, stop, _ in intervals)
        for one, following in pairwise(intervals):
            assert one[1] == following[0]


def labels(tiers: Tiers, name: str) -> list[str]:
    return [label for _, _, label in tiers[name] if label]


def test_praat_reads_the_tiers_of_a_real_session(finals: list[Update], duration: float, tmp_path: Path) -> None:
    tiers, end = read_by_praat(to_textgrid(finals, duration), tmp_path / "a.TextGrid")
    check_rules(tiers, end)
    assert end == pytest.approx(duration, abs=1e-9)
    assert labels(tiers, "meant") == [word.text for update in finals for word in update.meaning.words]
    assert labels(tiers, "said") == [token.text for update in finals for token in update.surface.tokens]
    spans = [span for update in finals for span in update.spans if span.word]
    assert labels(tiers, "canonical") == [" ".join(span.canonical) for span in spans]
    heard = [span for span in spans if span.surface]
    starts = {round(start, 3) for start, _, label in tiers["meant"] if label}
    assert {round(span.start, 3) for span in heard} <= starts


def test_praat_reads_ipa(finals: list[Update], duration: float, tmp_path: Path) -> None:
    tiers, _ = read_by_praat(to_textgrid(finals, duration, phones="ipa"), tmp_path / "a.TextGrid")
    said = "".join(labels(tiers, "said"))
    assert said
    assert not any(letter.isupper() for letter in said)


TIMES = st.floats(0, 3, allow_nan=False)
TOKENS = st.lists(st.tuples(TIMES, TIMES, st.sampled_from(["AY", 'a "quote"', "S"])), max_size=12)


@settings(max_examples=60, deadline=None)
@given(TOKENS, st.floats(0, 4))
def test_whatever_the_times_praat_reads_every_label(
    tmp_path_factory: pytest.TempPathFactory, found: list[tuple[float, float, str]], length: float
) -> None:
    tokens = tuple(Token(text, min(one, other), max(one, other), 0.9) for one, other, text in found)
    words = tuple(Word(token.text, token.start, token.end, 0.9) for token in tokens)
    update = Update(0, 0.0, 3.0, True, Hypothesis("", tokens), Hypothesis("", (), words))
    path = tmp_path_factory.mktemp("praat") / "a.TextGrid"
    tiers, end = read_by_praat(to_textgrid([update], length), path)
    check_rules(tiers, end)
    assert sorted(labels(tiers, "said")) == sorted(labels(tiers, "meant")) == sorted(token.text for token in tokens)


def test_nothing_said_is_one_empty_interval(tmp_path: Path) -> None:
    tiers, end = read_by_praat(to_textgrid([], 2.5), tmp_path / "a.TextGrid")
    assert end == 2.5
    assert list(tiers.values()) == [[(0.0, 2.5, "")]] * 3


def span(word: str, start: float, canonical: str, surface: str, *edits: Edit, verdict: str | None = None) -> Span:
    said = tuple(surface.split())
    return Span(word, start, start + 0.3, tuple(canonical.split()), said, edits, 0.9, verdict, goodness=(-0.5,))


SPANS = (
    span("I", 0.36, "AY", "AY"),
    span("think", 0.7, "TH IH NG K", "S IH NG K", Edit("replace", "TH", "S")),
    span("", 1.05, "", "AH", Edit("insert", None, "AH")),
    span("is", 1.5, "IH Z", "", Edit("delete", "IH", None), Edit("delete", "Z", None)),
    span("right", 1.9, "R AY T", "R AY T"),
    span("so", 6.5, "S OW", "S OW"),
)
MADE = Update(3, 0.36, 6.8, True, Hypothesis("", ()), Hypothesis(""), SPANS)

SRT = """\
1
00:00:00,360 --> 00:00:03,200
I think is right
think [S IH NG K]  +[AH]  is [not heard]

2
00:00:06,500 --> 00:00:07,800
so

"""


def test_srt_has_the_words_and_below_what_was_said_differently() -> None:
    assert to_srt([MADE]) == SRT


def test_vtt_is_the_same_with_a_header_and_points() -> None:
    expected = "WEBVTT\n\n" + SRT.replace(",", ".")
    assert to_vtt([MADE]) == expected
    assert "think [singk]  +[uh]" in to_vtt([MADE], phones="respelling")


def test_a_verdict_decides_what_is_shown_as_different() -> None:
    edit = Edit("replace", "TH", "S")
    words = [span("think", 0.5, "TH", "S", edit, verdict=verdict) for verdict in ("unsure", "correct", "different")]
    for word, shown in zip(words, (False, False, True), strict=True):
        assert ("[S]" in to_srt([Update(0, 0.5, 0.8, True, Hypothesis(""), Hypothesis(""), (word,))])) == shown


def test_cues_are_short_and_follow_each_other() -> None:
    words = tuple(Word(f"word{i:02}", i * 0.7, i * 0.7 + 0.5, 0.9) for i in range(40))
    long = Update(0, 0.0, 28.0, True, Hypothesis(""), Hypothesis("", (), words))
    cues = [cue.split("\n") for cue in to_srt([long]).strip().split("\n\n")]
    times = [[seconds(part) for part in cue[1].split(" --> ")] for cue in cues]
    assert " ".join(cue[2] for cue in cues) == " ".join(word.text for word in words)
    assert max(len(cue[2]) for cue in cues) <= 42
    assert all(0.5 <= end - start <= 7 for start, end in times)
    assert all(one[1] <= following[0] for one, following in pairwise(times))


def seconds(time: str) -> float:
    hours, minutes, rest = time.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))


def test_markup_in_a_word_is_escaped_in_vtt() -> None:
    odd = Update(0, 0.0, 1.0, True, Hypothesis(""), Hypothesis("", (), (Word("a<b&c", 0.0, 1.0, 0.9),)))
    assert "a&lt;b&amp;c" in to_vtt([odd])


def test_csv_has_a_row_per_span() -> None:
    table = list(csv.DictReader(io.StringIO(to_csv([MADE], file="take, 1.wav"))))
    assert tuple(table[0]) == CSV_COLUMNS
    assert [row["word"] for row in table] == [span.word for span in SPANS]
    assert table[1] == {
        "file": "take, 1.wav",
        "segment": "3",
        "word": "think",
        "start": "0.700",
        "end": "1.000",
        "canonical": "TH IH NG K",
        "said": "S IH NG K",
        "edits": "TH>S",
        "confidence": "0.900",
        "verdict": "",
        "in_lexicon": "true",
        "goodness": "TH:-0.500",
    }
    assert [row["edits"] for row in table[2:4]] == [">AH", "IH> Z>"]
    assert list(csv.DictReader(io.StringIO(to_csv([MADE], phones="ipa"))))[1]["edits"] == "θ>s"


def test_no_csv_cell_looks_like_a_formula(finals: list[Update]) -> None:
    for row in csv.reader(io.StringIO(to_csv([*finals, MADE], file="a.wav"))):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_not_final_is_left_out(kind: Format, recognizer: Recognizer, finals: list[Update]) -> None:
    everything = list(recognizer.stream(AudioFile(THREE)))
    assert len(everything) > len(finals)
    assert export(everything, kind) == export(finals, kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_json_and_back_exports_the_same(kind: Format, finals: list[Update]) -> None:
    back = [Update.from_dict(update.as_dict()) for update in finals]
    assert export(back, kind, file="a", phones="respelling") == export(finals, kind, file="a", phones="respelling")


def test_an_unknown_format_lists_the_valid_ones() -> None:
    with pytest.raises(UsageError, match="unknown format 'pdf'; there are textgrid, srt, vtt, csv"):
        export([], cast(Format, "pdf"))


KOREAN = update_of("저는 같이 국물을 먹었어요", "저는 가치 국무를 머거써요")


def test_korean_documents_are_in_hangul() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv([KOREAN]))))
    assert [(row["word"], row["canonical"], row["said"], row["edits"], row["explanation"]) for row in rows] == [
        ("저는", "저는", "저는", "", "as spelled"),
        ("같이", "가치", "가치", "", "lawful: 구개음화"),
        ("국물을", "궁무를", "국무를", "받침ㅇ>받침ㄱ", "deviant: 연음, rule not followed (비음화)"),
        ("먹었어요", "머거써요", "머거써요", "", "lawful: 연음"),
    ]
    for text in (to_srt([KOREAN]), to_vtt([KOREAN])):
        assert "저는 같이 국물을 먹었어요\n국물을 [국무를]" in text
    grid = to_textgrid([KOREAN])
    assert 'text = "궁무를"' in grid
    assert 'text = "받침ㄱ"' in grid


def test_english_spellings_of_korean_are_refused() -> None:
    with pytest.raises(UsageError, match="'ipa' does not write this language"):
        to_csv([KOREAN], phones="ipa")
    assert spell_said(KOREAN) == "저는 가치 국무를 머거써요"
    assert spell_said(replace(KOREAN, spans=())) == "저는가치국무를머거써요"
