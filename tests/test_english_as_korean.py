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
        ("M IH N T", "ㅁ ㅣ -ㄴ <unk>"),
        ("S T R IY T", "<unk> <unk> <unk> ㅣ <unk>"),
        ("W AA T ER", "ㅘ <unk> ㅓ"),
        ("T UW L", "ㅌ ㅜ -ㄹ"),
        ("Y UW", "ㅠ"),
        ("K W IH K", "ㅋ ㅟ <unk>"),
        ("TH IH NG K", "<unk> ㅣ -ㅇ <unk>"),
        ("AY", "ㅏ ㅣ"),
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
