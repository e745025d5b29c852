"""Updates for people: golden blocks of the two lines, the level meter, and where the lines go."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from korean import update_of
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from saidmeant.streaming import Recognizer
from saidmeant.streaming.display import render
from saidmeant.streaming.hypothesis import Edit, Hypothesis, Reading, Span, Token, Update, Word
from saidmeant.streaming.level import LevelMeter
from saidmeant.streaming.screen import JsonScreen, LiveScreen, PlainScreen
from saidmeant.streaming.verdict import CORRECT, DIFFERENT, UNSURE


def span(word: str, canonical: str, surface: str, *edits: Edit) -> Span:
    return Span(word, 0.0, 0.0, tuple(canonical.split()), tuple(surface.split()), edits, 0.9)


SPANS = (
    span("I", "AY", "AY"),
    span("think", "TH IH NG K", "S IH NG K", Edit("replace", "TH", "S")),
    span("", "", "AH", Edit("insert", None, "AH")),
    span("this", "DH IH S", "D IH S AH", Edit("replace", "DH", "D"), Edit("insert", None, "AH")),
    span("is", "IH Z", "", Edit("delete", "IH", None), Edit("delete", "Z", None)),
    span("right", "R AY T", "R AY T"),
)


def final(spans: tuple[Span, ...] = SPANS, start: float = 0.32) -> Update:
    surface = " ".join(phone for each in spans for phone in each.surface)
    meaning = " ".join(each.word for each in spans if each.word)
    return Update(0, start, start + 2, True, Hypothesis(surface), Hypothesis(meaning), spans)


def partial(words: list[Word], phones: list[Token], stable: int = 0, letters: int = 0) -> Update:
    """stable: so many phones; letters: so many letters and spaces of the words."""
    surface = Hypothesis(" ".join(phone.text for phone in phones), tuple(phones), stable=stable)
    text = " ".join(word.text for word in words)
    meaning = Hypothesis(text, tuple(Token(letter, 0, 0, 0.9) for letter in text), tuple(words), letters)
    return Update(1, 0.0, 3.0, False, surface, meaning)


def phones(text: str, start: float, step: float = 0.08) -> list[Token]:
    return [Token(phone, start + i * step, start + (i + 1) * step, 0.9) for i, phone in enumerate(text.split())]


THINK = partial(
    [Word("I", 0.3, 0.4, 0.9), Word("think", 0.6, 0.9, 0.9)],
    phones("AY", 0.35) + phones("S IH NG K", 0.55) + phones("DH", 1.6),
)


def block(text: str) -> str:
    return dedent(text).strip("\n")


def test_a_final_segment_on_a_wide_terminal() -> None:
    assert render(final(), 80).plain == block("""
        0:00  meant  I   think          this       is      right
              said   AY  S IH NG K  AH  D IH S AH          R AY T
              note       TH>S           DH>D +AH   -IH -Z
        """)


def test_verdicts_have_signs_and_colours() -> None:
    told = [DIFFERENT, DIFFERENT, None, UNSURE, CORRECT, CORRECT]
    shown = render(final(tuple(replace(each, verdict=v) for each, v in zip(SPANS, told, strict=True))), 80)
    assert shown.plain == block("""
        0:00  meant  I   think          this        is  right
              said   AY  S IH NG K  AH  D IH S AH       R AY T
              note       ! TH>S         ? DH>D +AH
        """)
    styles = {shown.plain[part.start : part.end]: str(part.style) for part in shown.spans}
    assert styles["! TH>S"] == "bold yellow"
    assert styles["? DH>D +AH"] == "dim"


def test_a_word_that_a_reader_skipped_has_no_note() -> None:
    read = replace(final(), reading=Reading(5, (), ()))
    assert "-IH -Z" in render(final()).plain
    assert "-IH -Z" not in render(read).plain


def test_both_lines_wrap_together() -> None:
    assert render(final(start=83.2), 36).plain == block("""
        1:23  meant  I   think
              said   AY  S IH NG K  AH
              note       TH>S
              meant  this       is
              said   D IH S AH
              note   DH>D +AH   -IH -Z
              meant  right
              said   R AY T
        """)


def test_a_word_wider_than_the_terminal_is_cut() -> None:
    long = final((span("internationalization", "", "IH N T ER N AE SH AH N AH L IH Z EY SH AH N"),))
    assert render(long, 30).plain == block("""
        0:00  meant  internationalizat
              said   IH N T ER N AE SH
              meant  ion
              said   AH N AH L IH Z EY
              meant
              said   SH AH N
        """)


def test_a_partial_is_aligned_by_time_and_the_next_words_phones_stand_alone() -> None:
    assert render(THINK).plain == block("""
        0:00  meant  I   think
              said   AY  S IH NG K  DH
        """)


def test_phones_without_any_word_yet() -> None:
    assert render(partial([], phones("AY S", 0.3))).plain == block("""
        0:00  meant
              said   AY S
        """)


def test_differences_stand_out_and_what_may_change_is_dim() -> None:
    styled = {str(part.style): render(final()).plain[part.start : part.end] for part in render(final()).spans}
    assert "bold yellow" in styled
    assert not {"I", "AY"} & dim_parts(stable=5, letters=3)
    assert {"think", "S IH NG K", "DH"} <= dim_parts(stable=5, letters=3)


@pytest.mark.parametrize(("stable", "letters"), [(0, 3), (5, 2), (5, 0)])
def test_a_word_may_change_until_the_next_one_has_begun(stable: int, letters: int) -> None:
    """Its phones are those on its side of the gap between the two."""
    assert {"I", "AY", "think", "S IH NG K"} <= dim_parts(stable, letters)


def dim_parts(stable: int, letters: int) -> set[str]:
    text = render(partial(list(THINK.meaning.words), list(THINK.surface.tokens), stable, letters))
    return {text.plain[part.start : part.end].strip() for part in text.spans if part.style == "dim"}


WORDS = st.text(st.sampled_from("abc'가힣"), max_size=30)
PHONES = st.lists(st.sampled_from(["AY", "S", "NG"]), max_size=15).map(" ".join)
EDITS = st.lists(st.builds(Edit, st.just("replace"), st.just("TH"), st.just("S")), max_size=4).map(tuple)
ANY_SPAN = st.builds(lambda word, said, edits: span(word, "", said, *edits), WORDS, PHONES, EDITS)


@given(st.lists(ANY_SPAN, min_size=1, max_size=12).map(tuple), st.integers(22, 120))
def test_no_width_is_exceeded_and_nothing_is_lost(spans: tuple[Span, ...], width: int) -> None:
    lines = render(final(spans), width).plain.split("\n")
    assert max(cell_len(line) for line in lines) <= width
    rows = {label: " ".join(line[13:] for line in lines if line[6:].startswith(label)) for label in ("meant", "said")}
    assert rows["meant"].replace(" ", "") == "".join(each.word for each in spans)
    assert rows["said"].split() == [phone for each in spans for phone in each.surface]


def hear(meter: LevelMeter, amplitude: float, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        meter.hear(np.full(1_600, amplitude, np.float32), 16_000)


def test_the_level_is_the_peak_in_decibels() -> None:
    meter = LevelMeter()
    assert meter.bar() == "[....................] -60 dB"
    hear(meter, -0.1, 0.1)
    assert meter.decibels == pytest.approx(-20)
    assert meter.bar() == "[#############.......] -20 dB"
    meter.hear(np.zeros(0, np.float32), 16_000)
    assert meter.decibels == pytest.approx(-20)
    hear(meter, 1.0, 0.1)
    assert meter.bar() == "[####################]   0 dB"


def test_a_silent_microphone_is_reported_after_three_seconds_and_until_it_speaks() -> None:
    meter = LevelMeter()
    hear(meter, 0.0, 2.9)
    assert meter.warning == ""
    hear(meter, 0.0, 0.1)
    assert meter.warning.startswith("no sound")
    hear(meter, 0.001, 0.1)
    assert meter.warning == ""


def test_clipping_is_reported_for_two_seconds() -> None:
    meter = LevelMeter()
    hear(meter, 0.99, 1)
    assert meter.warning == ""
    hear(meter, -1.0, 0.1)
    assert "clipping" in meter.warning
    hear(meter, 0.1, 1.9)
    assert "clipping" in meter.warning
    hear(meter, 0.1, 0.1)
    assert meter.warning == ""


def test_plain_lines_are_finals_with_text_only(capsys: pytest.CaptureFixture[str]) -> None:
    empty = Update(0, 0.0, 0.0, True, Hypothesis(""), Hypothesis(""))
    with PlainScreen() as screen:
        for update in (THINK, empty, final()):
            screen.show(update)
    assert capsys.readouterr().out == render(final(), 80).plain + "\n"


def test_partials_are_added_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainScreen(partials=True) as screen:
        screen.show(THINK)
    assert capsys.readouterr().out == render(THINK, 80).plain + "\n"


def test_plain_warnings_go_to_stderr_once(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainScreen(warn=True) as screen:
        for _ in range(50):
            screen.hear(np.zeros(1_600, np.float32), 16_000)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == captured.err.count("no sound") == 1


def test_json_lines_start_with_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    with JsonScreen(file="take1.wav") as screen:
        screen.show(THINK)
        screen.show(final())
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith('{"file": "take1.wav", "segment": 0, ')
    assert json.loads(line) == {"file": "take1.wav", **final().as_dict()}


def test_a_terminal_rewrites_partials_and_keeps_finals() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=60, height=20, color_system=None)
    with LiveScreen(console) as screen:
        screen.hear(np.full(1_600, 0.1, np.float32), 16_000)
        screen.show(THINK)
        screen.show(final())
    assert isinstance(console.file, io.StringIO)
    shown = Terminal().write(console.file.getvalue())
    assert shown == render(final(), 60).plain.split("\n")


def test_a_partial_longer_than_the_terminal_shows_its_end() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=30, height=6, color_system=None)
    many = partial([Word(f"word{i}", i, i + 0.5, 0.9) for i in range(30)], phones("AY " * 30, 0.0, 1.0))
    with LiveScreen(console) as screen:
        screen.show(many)
        assert isinstance(console.file, io.StringIO)
        shown = Terminal().write(console.file.getvalue())
    assert len(shown) <= 6
    assert any("word29" in line for line in shown)
    assert not any("word0 " in line for line in shown)


@pytest.mark.parametrize("width", [36, 80])
def test_the_terminal_never_rewrites_what_is_not_dim(width: int, recognizer: Recognizer, repository: Path) -> None:
    audio = soundfile.read(repository / "tests" / "data" / "three_sentences.wav", dtype="float32")[0]
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=60, color_system=None)
    assert isinstance(console.file, io.StringIO)
    kept: list[str] = []
    longest = 0
    with LiveScreen(console) as screen, recognizer.session(endpoint=None) as session:
        for piece in np.array_split(audio, 60):
            for update in session.accept(piece):
                screen.show(update)
                shown = Terminal().write(console.file.getvalue())
                assert all(line.startswith(before) for before, line in zip(kept, shown, strict=False))
                kept = [bright_part(line) for line in render(update, width).split("\n")]
                longest = max(longest, sum(len(line[13:].split()) for line in kept))
        (final,) = session.finish()
    assert longest > 20, "nothing was ever bright"
    spelled = {label: " ".join(line[13:] for line in kept if line[6:].startswith(label)) for label in ("meant", "said")}
    assert final.meaning.text.split()[: len(spelled["meant"].split())] == spelled["meant"].split()
    assert final.surface.text.split()[: len(spelled["said"].split())] == spelled["said"].split()


def bright_part(line: Text) -> str:
    """A rendered line up to what is dim, the label in front of it left out of account."""
    dim = [part.start for part in line.spans if part.style == "dim" and part.start >= 13 and part.end > part.start]
    return line.plain[: min(dim, default=len(line.plain))].rstrip()


class Terminal:
    """Enough of a terminal to see what is on it: cursor up, erase line, carriage return, line feed."""

    def __init__(self) -> None:
        self.lines, self.row = [""], 0

    def write(self, output: str) -> list[str]:
        """The lines that are not blank after ``output``."""
        for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", output):
            if part == "\n":
                self.row += 1
                self.lines += [""] * (self.row + 1 - len(self.lines))
            elif part == "\x1b[1A":
                self.row -= 1
            elif part == "\x1b[2K":
                self.lines[self.row] = ""
            elif part[0] not in "\r\x1b":
                self.lines[self.row] = part + self.lines[self.row][len(part) :]
        return [line.rstrip() for line in self.lines if line.strip()]


def test_korean_shows_the_rules_and_what_no_rule_explains() -> None:
    update = update_of("저는 같이 국물을 책 먹었어요", "저는 가치 국무를 채크 머거써요")
    assert render(update).plain == block("""
        0:00  meant  저는  같이      국물을     책             먹었어요
              said   저는  가치      국무를     채크           머거써요
              rule         구개음화  연음                      연음
              note                   no 비음화  받침ㄱ>ㅋ +ㅡ
        """)


def test_korean_that_may_still_change_is_hangul() -> None:
    """And no syllable is cut where a word begins."""
    update = replace(update_of("국물 같이", "궁물 가치"), final=False, spans=())
    assert render(update).plain.split("\n")[1].split() == ["said", "궁물", "가치"]


def test_a_narrow_screen_cuts_korean_and_loses_nothing() -> None:
    update = update_of("국물을 맛있다", "국무를 마딛따")
    shown = " ".join(render(update, 24).plain.split())
    for part in ("국물을", "비음화", "경음화", "연음"):
        assert part in shown
