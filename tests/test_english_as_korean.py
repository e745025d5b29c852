"""English sounds as units of Korean."""

from __future__ import annotations

import pytest

from saidmeant.models.english_as_korean import VOWELS, hear
from saidmeant.models.manifest import UNKNOWN_PHONE
from saidmeant.streaming.jamo import SURFACE_UNITS, name
from saidmeant.streaming.lexicon import shipped_lexicon
from saidmeant.streaming.phones import ARPABET


@pytest.mark.parametrize(
    ("phones", "units"),
    [
        ("M IH N T", "ㅁ ㅣ -ㄴ ㅌ"),
        ("S T R IY T", "ㅅ ㄸ ㄹ ㅣ -ㄷ"),
        ("W AA T ER", "ㅘ <unk> ㅓ"),
        ("K AA R", "ㅋ ㅏ"),
        ("R EH D", "ㄹ ㅔ -ㄷ"),
        ("Y UW Z", "ㅠ ㅈ"),
        ("K W IH K", "ㅋ ㅟ -ㄱ"),
        ("TH IH NG K S", "ㅅ ㅣ -ㅇ ㅋ ㅅ"),
        ("AY", "ㅏ ㅣ"),
        ("M AH <unk>", "ㅁ ㅓ <unk>"),
        ("", ""),
    ],
)
def test_words(phones: str, units: str) -> None:
    assert " ".join(name(unit) for unit in hear(phones.split())) == units


def test_every_word_of_the_lexicon_becomes_units_that_a_korean_model_has() -> None:
    allowed = {*SURFACE_UNITS, UNKNOWN_PHONE}
    assert set(VOWELS) < set(ARPABET)
    for ways in shipped_lexicon("en").pronunciations.values():
        assert set(hear(ways[0])) <= allowed
