"""models/spoken_korean.py: every way to read what recognisers write as digits."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import pytest

from saidmeant.models.spoken_korean import readings


def said(text: str) -> set[str]:
    return {"".join(way) for way in product(*readings(text))}


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("25살", {"이십오살", "스물다섯살", "이오살"}),
        ("20살", {"이십살", "스물살", "스무살", "이영살", "이공살"}),
        ("1번, 3개!", {"일번삼개", "일번셋개", "일번세개"} | {"하나번삼개", "하나번셋개", "하나번세개"} | {
            "한번삼개", "한번셋개", "한번세개"}),
        ("100%", {"백퍼센트", "백프로", "일영영퍼센트", "일영영프로", "일공공퍼센트", "일공공프로"}),
        ("3.5배", {"삼점오배"}),
        ("[3] % 를", {"삼퍼센트를", "삼프로를", "셋퍼센트를", "셋프로를", "세퍼센트를", "세프로를"}),
        ("1,200명", {"천이백명", "일이영영명", "일이공공명"}),
        ("2008년", {"이천팔년", "이영영팔년", "이공공팔년"}),
        ("0", {"영", "공"}),
        ("1234567890123", {"일이삼사오육칠팔구영일이삼", "일이삼사오육칠팔구공일이삼"}),
    ],
)  # fmt: skip
def test_numbers(written: str, spoken: set[str]) -> None:
    pytest.importorskip("num2words", reason="numbers are spoken out by num2words (extra 'peer')")
    assert said(written) == spoken


def test_what_is_not_hangul_is_dropped_and_stray_letters_stay() -> None:
    assert said("TED 강연, 좋아요… ㅋ") == {"강연좋아요ㅋ"}


def test_without_numbers_nothing_is_needed() -> None:
    program = "import sys; sys.modules['num2words'] = None\n"
    program += "from saidmeant.models.spoken_korean import readings; print(readings('가 나'))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[['가나']]"
