"""The table of rules: every row is used, and each juncture goes through it in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.streaming.jamo import CODA_LETTERS, HEARD_CODAS, ONSET_LETTERS, VOWEL_LETTERS
from saidmeant.streaming.korean_rules import COMPOUND, END, INSIDE, RULES, SPACE, Juncture, run_rules

MARKS = ["10", "noun", "lax", "15", "16", "20", "24", "26", "27", "28", "29", "30", "weak"]


@pytest.mark.parametrize(
    ("coda", "onset", "vowel", "link", "marks", "said", "articles"),
    [
        ("ㄱ", "ㄴ", "ㅡ", INSIDE, "", ("ㅇ", "ㄴ"), "18"),  # 먹는
        ("ㄺ", "ㄱ", "ㅔ", INSIDE, "", ("ㄹ", "ㄲ"), "23 11"),  # 맑게
        ("ㄺ", "ㄱ", "ㅘ", INSIDE, "noun", ("ㄱ", "ㄲ"), "23 11"),  # 흙과
        ("ㅌ", "ㅇ", "ㅏ", SPACE, "", ("", "ㄷ"), "15 15"),  # 밭 아래
        ("ㅌ", "ㅇ", "ㅣ", INSIDE, "", ("", "ㅊ"), "17"),  # 밭이
        ("ㅌ", "ㅇ", "ㅣ", INSIDE, "29", ("ㄴ", "ㄴ"), "29 9 18"),  # 홑이불
        ("ㅅ", "ㄱ", "ㅏ", INSIDE, "30", ("", "ㄲ"), "30"),  # 냇가
        ("ㅅ", "ㅎ", "ㅏ", SPACE, "", ("", "ㅌ"), "15 12.1"),  # 옷 한
        ("ㅀ", "ㄴ", "ㅡ", INSIDE, "", ("ㄹ", "ㄹ"), "12.3 20"),  # 뚫는
        ("ㅎ", "ㄴ", "ㅡ", INSIDE, "", ("ㄴ", "ㄴ"), "9 18"),  # 놓는
        ("ㅄ", "ㅇ", "ㅣ", COMPOUND, "", ("", "ㅂ"), "15 15"),  # 값있는
        ("ㄴ", "ㅎ", "ㅘ", INSIDE, "weak", ("", "ㄴ"), " 13"),  # 전화 as 저놔
        ("ㄻ", "", "", END, "", ("ㅁ", ""), "11"),  # 삶
    ],
)
def test_derivations(
    coda: str, onset: str, vowel: str, link: str, marks: str, said: tuple[str, str], articles: str
) -> None:
    juncture = Juncture(coda, onset, vowel, link, frozenset(marks.split()), onset)
    consonants, steps = run_rules(juncture)
    assert consonants == said
    assert [step.rule.article for step in steps] == articles.split(" ")


@given(
    st.sampled_from(["", *CODA_LETTERS]),
    st.sampled_from(ONSET_LETTERS),
    st.sampled_from(VOWEL_LETTERS),
    st.sampled_from([INSIDE, COMPOUND, SPACE]),
    st.frozensets(st.sampled_from(MARKS)),
)
def test_whatever_is_written_can_be_said(coda: str, onset: str, vowel: str, link: str, marks: frozenset[str]) -> None:
    said, _ = run_rules(Juncture(coda, onset, vowel, link, marks, onset))
    assert said[0] in HEARD_CODAS or not said[0]
    assert said[1] in ONSET_LETTERS
    assert not (said[1] == "ㅇ" and said[0] not in ("", "ㅇ")), "a coda before a vowel moves"


def test_every_rule_has_a_name_and_an_example() -> None:
    assert all(rule.name and (rule.apply.__doc__ or "").count("→") for rule in RULES)
