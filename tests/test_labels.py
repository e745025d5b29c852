"""Labels of Korean models: Korean as pronounced and as spelled, English as a Korean ear hears it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from saidmeant.models.labels import TOKENS, KoreanLabeller, labeller_of
from saidmeant.models.manifest import UNKNOWN_PHONE, ReferenceWord, Utterance
from saidmeant.streaming.jamo import join, name, named

LEXICON = {"tea": [("T", "IY")], "man": [("M", "AE", "N")]}
KOREAN = KoreanLabeller(LEXICON)


def utterance(text: str, language: str, words: tuple[ReferenceWord, ...] | None = None) -> Utterance:
    return Utterance("a", Path("a.wav"), text, "anna", 1.0, words, {"language": language})


def shown(labels: tuple[int, ...] | None, head: str) -> str:
    symbols = (*TOKENS["ko"][head], UNKNOWN_PHONE)
    assert labels is not None
    return " ".join(name(symbols[label - 1]) for label in labels)


def test_korean_is_pronounced_for_the_surface_and_spelled_for_the_meaning() -> None:
    spoken = utterance("국물이 맛있다", "ko")
    surface = KOREAN.surface(spoken)
    assert surface is not None
    assert join(TOKENS["ko"]["surface"][label - 1] for label in surface) == "궁무리마딛따"
    assert shown(KOREAN.meaning(spoken), "meaning") == "ㄱ ㅜ -ㄱ ㅁ ㅜ -ㄹ ㅣ | ㅁ ㅏ -ㅅ ㅣ -ㅆ ㄷ ㅏ"


def test_what_was_said_goes_before_what_should_be_said() -> None:
    said = ReferenceWord("개", named("ㄱ ㅐ"), (UNKNOWN_PHONE, *named("ㅐ")), (0.0, 2.0))
    spoken = utterance("개", "ko", (said,))
    assert shown(KOREAN.surface(spoken), "surface") == "<unk> ㅔ"  # merged vowels are one
    assert shown(KOREAN.meaning(spoken), "meaning") == "ㄱ ㅐ"
    assert KOREAN.surface(utterance("개", "ko", (replace(said, surface=None),))) is None


def test_english_is_written_by_ear() -> None:
    spoken = utterance("tea man", "en")
    assert shown(KOREAN.surface(spoken), "surface") == "ㅌ ㅣ ㅁ ㅔ -ㄴ"
    assert shown(KOREAN.meaning(spoken), "meaning") == "ㅌ ㅣ | ㅁ ㅔ -ㄴ"
    unknown = utterance("tea zxq", "en")
    assert KOREAN.surface(unknown) is None
    assert KOREAN.meaning(unknown) is None


def test_a_word_boundary_is_a_label_of_the_meaning() -> None:
    for language in TOKENS:
        labeller = labeller_of(language)
        assert TOKENS[language]["meaning"][labeller.boundary - 1] == "|"
    with pytest.raises(ValueError, match="no labels for 'fr'; known: en, ko"):
        labeller_of("fr")
