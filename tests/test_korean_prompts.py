"""What synthetic speakers of Korean read."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from saidmeant.models.korean_prompts import attach, read_korean_prompts, shipped_words, sino_korean
from saidmeant.models.prompts import split_of
from saidmeant.streaming.jamo import is_hangul, split
from saidmeant.streaming.korean_pronunciation import pronounce

DIGITS = shipped_words().numbers["sino"]


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    path = tmp_path / "sentences.txt"
    nouns, ends = "사과 학교 친구 물 책 집".split(), "좋다 크다 없다 있다 맑다 왔다".split()
    lines = [f'"{noun}, 정말 {end}!"' for noun in nouns for end in ends]
    path.write_text("\n".join([*lines, "KBS 뉴스", "2015년입니다", ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("noun", "particle", "whole"),
    [
        ("집", "은/는", "집은"),
        ("학교", "은/는", "학교는"),
        ("집", "과/와", "집과"),
        ("학교", "으로/로", "학교로"),
        ("서울", "으로/로", "서울로"),
        ("집", "으로/로", "집으로"),
        ("서울", "을/를", "서울을"),
        ("집", "도", "집도"),
    ],
)
def test_particles_fit_the_last_sound(noun: str, particle: str, whole: str) -> None:
    assert attach(noun, particle) == whole


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "영"),
        (7, "칠"),
        (10, "십"),
        (11, "십일"),
        (215, "이백십오"),
        (1004, "천사"),
        (2015, "이천십오"),
        (9999, "구천구백구십구"),
    ],
)
def test_numbers_in_words(number: int, said: str) -> None:
    assert sino_korean(number, DIGITS) == said


def test_every_shipped_word_can_be_said() -> None:
    words = shipped_words()
    texts = [*words.openers, *words.adverbs, *words.modifiers, *words.nouns, *words.numbers["native"]]
    texts += [predicate for several in words.predicates.values() for predicate in several]
    for text in texts:
        assert split(text)
        assert all(word.variants[0].units for word in pronounce(text))
    assert len(set(words.nouns)) > 300


def test_sentences_with_digits_or_latin_letters_are_left_out(sentences: Path) -> None:
    kept = [read_korean_prompts((sentences,), split).sentences for split in ("train", "held-out")]
    assert sum(map(len, kept)) == 36
    assert set(kept[0]).isdisjoint(kept[1])


def test_prompts_belong_to_their_split_and_vary(sentences: Path) -> None:
    drawn = {}
    for name in ("train", "held-out"):
        prompts, rng = read_korean_prompts((sentences,), name), random.Random(1)
        drawn[name] = [prompts.draw(rng) for _ in range(200)]
        assert all(split_of(text) == name for text in drawn[name])
        assert all(is_hangul(letter) for text in drawn[name] for letter in text.replace(" ", ""))
    assert set(drawn["train"]).isdisjoint(drawn["held-out"])
    assert len(set(drawn["train"])) > 120  # of so few sentences
    assert 1 <= min(Counter(len(text.split()) for text in drawn["train"])) <= 2


def test_a_file_without_hangul_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "english.txt"
    path.write_text("nothing here\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no sentence in Hangul"):
        read_korean_prompts((path,), "train")
