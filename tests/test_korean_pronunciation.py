"""Korean as it is said: the examples of Standard Pronunciation, row by row, and what else is right."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from saidmeant.streaming.errors import UsageError
from saidmeant.streaming.jamo import SURFACE_UNITS, join
from saidmeant.streaming.korean_pronunciation import MOST_VARIANTS, Change, PronouncedWord, pronounce

TABLE = Path(__file__).parent / "data" / "standard_pronunciation.tsv"
EXAMPLES = [
    tuple(line.split("\t")) for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
]


def usual(text: str) -> str:
    return " ".join(str(word) for word in pronounce(text))


def all_ways(words: tuple[PronouncedWord, ...]) -> set[str]:
    return {"".join(str(variant) for variant in ways) for ways in product(*(word.variants for word in words))}


def test_the_table_is_large_and_covers_the_articles() -> None:
    assert len(EXAMPLES) >= 350
    assert len({spelling for spelling, _, _ in EXAMPLES}) == len(EXAMPLES)
    assert {int(article.partition(".")[0]) for _, _, article in EXAMPLES} == {5, *range(9, 31)}


@pytest.mark.parametrize(("spelling", "said", "article"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_examples_of_the_standard(spelling: str, said: str, article: str) -> None:
    words = pronounce(spelling)
    assert "".join(str(word) for word in words) == said.split("/")[0]
    assert set(said.split("/")) <= all_ways(words)
    assert {unit for word in words for variant in word.variants for unit in variant.units} <= set(SURFACE_UNITS)


def test_everyday_words() -> None:
    lines = (TABLE.parent / "korean_words.tsv").read_text(encoding="utf-8").splitlines()
    words = [line.split("\t") for line in lines if not line.startswith("#")]
    assert len(words) > 150
    assert [(word, usual(word)) for word, said in words if usual(word) != said] == []


@pytest.mark.parametrize("article", [*map(str, range(9, 31)), "12.1", "12.2", "12.3", "12.4"])
def test_the_article_of_an_example_is_named(article: str) -> None:
    if article in ("12", "21", "22"):  # 21 says what does not happen, 22 is optional
        return
    named = [
        any(change.article == article for word in pronounce(spelling) for change in word.variants[0].changes)
        for spelling, _, given in EXAMPLES
        if given == article
    ]
    least = {
        "12.3": 0.6,
        "30": 0.5,
        "24": 0.6,
    }  # 놓는 is article 18; 콧날 and 깻잎 are 18 and 29; 안기다 is an exception
    assert sum(named) / len(named) >= least.get(article, 0.75), named


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("같이 먹는 밥", "가치 멍는 밥"),
        ("옷 한 벌, 옷", "오 탄 벌 옫"),
        ("옷, 한 벌", "옫 한 벌"),  # no sounds meet across a pause
        ("별도 달도", "별또 달도"),
        ("이 책을 읽고 싶지 않아요.", "이 채그 릴꼬 십찌 아나요"),
        ("붙여 닫혀", "부처 다처"),
        ("안녕하십니까", "안녕하심니까"),
        ("재활용 작용", "재화룡 자굥"),
    ],
)
def test_running_text(text: str, said: str) -> None:
    assert usual(text) == said


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("옷 한 벌", {"오탄벌", "옫한벌"}, {"오산벌", "온한벌"}),
        ("전화", {"전화", "저놔"}, {"저나"}),
        ("꽃 이름", {"꼰니름", "꼬디름"}, {"꼬치름"}),
        ("신고", {"신꼬", "신고"}, {"싱꼬"}),  # worn, or a report
        ("냇가", {"내까", "낻까"}, {"내가", "냉까"}),
        ("국물", {"궁물"}, {"국물"}),
    ],
)
def test_what_else_is_right(text: str, right: set[str], wrong: set[str]) -> None:
    ways = all_ways(pronounce(text))
    assert right <= ways
    assert not wrong & ways


def test_changes_say_rule_article_and_place() -> None:
    (word,) = pronounce("직행열차")
    assert word.variants[0].changes == (
        Change("ㅎ 축약", "12.1", 0),
        Change("ㄴ 첨가", "29", 1),
    )
    (plain,) = pronounce("나무")
    assert plain.variants[0].changes == ()


def test_rules_that_are_not_followed_are_known() -> None:
    (word,) = pronounce("국물")
    assert [(str(way), way.changes) for way in word.unapplied] == [("국물", (Change("비음화", "18", 0),))]
    (word,) = pronounce("솜이불")
    assert {str(way) for way in word.unapplied} == {"솜이불", "소미불"}


def test_the_number_of_variants_is_bounded() -> None:
    (word,) = pronounce("의" * 40)
    assert len(word.variants) <= MOST_VARIANTS
    assert str(word) == "의" * 40
    assert all(len(join(variant.units)) == 40 for variant in word.variants)


@pytest.mark.parametrize("text", ["3연대", "K팝", "ㅋㅋ"])
def test_what_is_not_hangul_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not Hangul; write numbers and foreign words as they are said"):
        pronounce(text)


def test_nothing_to_say() -> None:
    assert pronounce(" ...! ") == ()
