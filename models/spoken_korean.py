"""Korean as one says it: recognisers write numbers as digits, and each may be read in several ways.

A digit string is read as one number in Sino-Korean (이십오), up to 99 also in native words, as before a counter
(스물다섯, 한, 두) and alone (하나, 둘), and digit by digit (이오; 0 as 공 or 영).  An evaluation takes the reading that
is nearest to the reference, which is at least fair to who wrote the digits.  Latin letters, which a reference in Hangul
never has, are dropped.
"""

from __future__ import annotations

import re
import unicodedata

DIGITS = "영일이삼사오육칠팔구"
ONES = ("", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
COUNTING = {"하나": "한", "둘": "두", "셋": "세", "넷": "네", "스물": "스무"}
"""Before a counter, at the end of the number."""
LONGEST = 12
_PIECE = re.compile(r"(?P<number>\d+(?:,\d{3})+(?!\d)|\d+)(?P<decimals>\.\d+)?(?P<percent>\]?\s*%)?|(?P<other>\D+)")
_DROPPED = re.compile(r"[^\W가-힣ㄱ-ㅣ]|\W|_")


def readings(text: str) -> list[list[str]]:
    """A text piece by piece: the ways to say each as syllables without spaces or punctuation.

    Needs num2words (extras ``peer`` and ``peer-ko``) if there are numbers.
    """
    plain = unicodedata.normalize("NFC", text)
    pieces = []
    for found in _PIECE.finditer(plain):
        if found["other"] is not None:
            pieces.append([_DROPPED.sub("", found["other"])])
        else:
            percents = ("퍼센트", "프로") if found["percent"] else ("",)
            said = _numbers(found["number"].replace(",", ""), found["decimals"] or "")
            pieces.append([way + percent for way in said for percent in percents])
    return pieces


def _numbers(digits: str, decimals: str) -> list[str]:
    from num2words import num2words

    one_by_one = ["".join(DIGITS[int(digit)] for digit in digits)]
    one_by_one += [one_by_one[0].replace("영", "공")] if "0" in digits else []
    if len(digits) > LONGEST:  # nobody says it as one number
        return one_by_one
    whole = num2words(int(digits), lang="ko").replace(" ", "")
    if decimals:
        return [f"{whole}점{''.join(DIGITS[int(digit)] for digit in decimals[1:])}"]
    return list(dict.fromkeys([whole, *_native(int(digits)), *one_by_one]))


def _native(number: int) -> list[str]:
    if not 0 < number < 100:
        return []
    tens, ones = TENS[number // 10], ONES[number % 10]
    last = ones or tens
    return list(dict.fromkeys([tens + ones, (tens if ones else "") + COUNTING.get(last, last)]))
