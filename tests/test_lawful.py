"""models/lawful.py: words of native speakers and learners, by what they are and what they are called."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

from saidmeant.models.korean_learners import neglect_rules, say_as_learner
from saidmeant.models.korean_scoring import said_by_rule
from saidmeant.models.lawful import kinds, lawful
from saidmeant.models.manifest import ReferenceWord, Utterance
from saidmeant.models.records import Record
from saidmeant.models.scoring import KOREAN
from saidmeant.streaming.hypothesis import Token, Word
from saidmeant.streaming.jamo import name, named
from saidmeant.streaming.verdict import Calibration

RIGHT, BY_LETTER, LAX = "ㄱ ㅜ -ㅇ ㅁ ㅜ -ㄹ", "ㄱ ㅜ -ㄱ ㅁ ㅜ -ㄹ", "ㄱ ㅗ -ㅇ ㅁ ㅜ -ㄹ"
"""국물 as 궁물, as it should be; as it is spelled; and with another vowel."""


def utterance(text: str, *said: str | None, speaker: str = "ann") -> Utterance:
    """Learners with what they said of each word; a native without."""
    canonical = said_by_rule(text) if said else []
    words = [ReferenceWord(word, expected, None if units is None else named(units), ())
             for word, expected, units in zip(text.split(), canonical, said, strict=bool(said))]  # fmt: skip
    return Utterance("one", Path("one.wav"), text, speaker, 1.0, tuple(words) or None, {"language": "ko"})


def record(text: str, names: str) -> Record:
    words = tuple(Word(word, place / 2, place / 2 + 0.5, 1.0) for place, word in enumerate(text.split()))
    units = tuple(Token(unit, place / 12, (place + 1) / 12, 1.0) for place, unit in enumerate(named(names)))
    return Record(units, words, 1.0, 0.1)


def test_what_words_truly_are() -> None:
    assert kinds(utterance("국물 파도")) == ["lawful", "as spelled"]
    assert kinds(utterance("국물 파도", RIGHT, "ㅍ ㅏ ㄷ ㅗ")) == ["lawful", "as spelled"]
    assert kinds(utterance("국물 파도", BY_LETTER, "ㅍ ㅏ ㄷ ㅓ")) == ["deviant", "deviant"]
    assert kinds(utterance("개", "ㄱ ㅔ")) == ["as spelled"], "a vowel that only merged"
    assert kinds(utterance("국물 파도", RIGHT, None)) == []
    assert kinds(utterance("3개")) == []


def test_counts_by_hand() -> None:
    found = lawful(
        [
            (utterance("국물", RIGHT, speaker="ann"), record("국물", RIGHT)),
            (utterance("국물", RIGHT, speaker="bob"), record("국물", LAX)),  # we misheard
            (utterance("국물", BY_LETTER, speaker="bob"), record("국물", BY_LETTER)),
            (utterance("국물", BY_LETTER, speaker="bob"), record("국무", RIGHT)),  # misheard, and another word
            (utterance("파도", speaker="eve"), record("파도", "ㅍ ㅏ ㄷ ㅗ")),
        ]
    )["lawful"]
    assert found is not None
    known, unknown = found["text_known"], found["text_unknown"]
    assert known["lawful"] == {
        "words": 2, "called_deviant": 0.5, "interval": (0.0, 1.0), "rule_not_followed": 0.0,
        "called_different": None,
    }  # fmt: skip
    assert known["as spelled"] == {
        "words": 1, "called_deviant": 0.0, "interval": None, "rule_not_followed": 0.0,
        "called_different": None,
    }  # fmt: skip
    assert (known["deviant"]["words"], known["deviant"]["called_deviant"]) == (2, 0.5)
    assert known["deviant"]["rule_not_followed"] == 0.5
    assert (unknown["deviant"]["words"], unknown["deviant"]["called_deviant"]) == (1, 1.0)
    assert unknown["deviant"]["rule_not_followed"] == 1.0


def test_a_merged_vowel_is_not_called_deviant() -> None:
    found = lawful([(utterance("개", "ㄱ ㅐ"), record("개", "ㄱ ㅔ"))])["lawful"]
    assert found is not None
    assert found["text_unknown"]["as spelled"]["called_deviant"] == 0.0


def test_without_words_there_is_no_section() -> None:
    assert lawful([(utterance("3개"), record("세개", "ㅅ ㅔ ㄱ ㅐ"))]) == {"lawful": None}
    assert lawful([(utterance("국물"), Record(None, (), 1.0, 0.1))]) == {"lawful": None}


SENTENCES = ("국물이 너무 뜨겁습니다", "친구하고 같이 학교에 갔어요", "오늘은 날씨가 좋네요", "책상 위에 꽃이 있다")


def learners() -> list[Utterance]:
    """Slips of the shipped table, and rules that are not followed."""
    found = []
    for number, text in enumerate(SENTENCES * 4):
        slips = say_as_learner(text, number % 4, number)
        for said in (slips, neglect_rules(text, random.Random(number))):
            words = [ReferenceWord(w.text, w.canonical, w.surface, tuple(map(float, w.accuracy))) for w in said or ()]
            heard = Utterance("one", Path("one.wav"), text, str(number % 6), 3.0, tuple(words), {"language": "ko"})
            found += [KOREAN.folded(heard)] if words else []
    return found


def test_who_hears_everything_blames_nobody_and_misses_nothing() -> None:
    recognised = [(each, record(each.text, " ".join(map(name, each.surface or ())))) for each in learners()]
    found = lawful(recognised)["lawful"]
    assert found is not None
    for known in found.values():
        assert known["lawful"]["words"] > 20
        assert known["deviant"]["words"] > 20
        assert known["lawful"]["called_deviant"] == 0.0
        assert known["deviant"]["called_deviant"] == 1.0


def test_only_strong_evidence_is_blamed() -> None:
    """The text known: ann chose the thresholds; bob is misheard, sure and unsure."""
    strict = Calibration(different=3.0, correct=1.0)

    def heard(names: str, doubt: float) -> Record:
        found = record("국물", names)
        return dataclasses.replace(found, text_goodness=(0.0, -doubt, 0.0, 0.0, 0.0, 0.0))

    pairs = [
        (utterance("국물", RIGHT, speaker="ann"), heard(LAX, 9.0)),
        (utterance("국물", RIGHT, speaker="bob"), heard(LAX, 9.0)),
        (utterance("국물", RIGHT, speaker="bob"), heard(LAX, 2.0)),
        (utterance("국물", RIGHT, speaker="bob"), heard(RIGHT, 9.0)),  # the surface line is right
        (utterance("국물", speaker="bob"), heard(LAX, 9.0)),  # a native
    ]
    found = lawful(pairs, strict)["lawful"]
    assert found is not None
    assert found["text_known"]["lawful"]["words"] == 5
    assert found["text_known"]["lawful"]["called_different"] == 0.5


def test_who_repeats_what_is_expected_finds_nothing() -> None:
    recognised = [(each, record(each.text, " ".join(map(name, each.canonical or ())))) for each in learners()]
    found = lawful(recognised)["lawful"]
    assert found is not None
    assert found["text_known"]["deviant"]["called_deviant"] == 0.0
