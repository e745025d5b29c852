"""A text as one says it: what makes the words of recognisers that write numbers and punctuation comparable."""

from __future__ import annotations

import re
import unicodedata

NUMBER = re.compile(
    r"(?P<currency>[$£€])?(?P<number>\d+(?:,\d{3})+(?!\d)|\d+)(?P<decimals>\.\d+)?(?P<suffix>st\b|nd\b|rd\b|th\b|s\b|%)?"
)
CURRENCIES = {"$": ("dollar", "dollars"), "£": ("pound", "pounds"), "€": ("euro", "euros")}
WRITTEN = {"mr": "mister", "mrs": "missus", "dr": "doctor", "&": "and", "ok": "okay"}
YEARS = range(1100, 2100)
ORDINAL = ("st", "nd", "rd", "th")
LONGEST = 12


def spoken_form(text: str) -> str:
    """English in lower case, numbers as words, without punctuation, with apostrophes.

    Four digits that may be a year are read as one, clock times as two numbers.  Needs num2words (extra ``peer``).
    """
    plain = unicodedata.normalize("NFKC", text).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    plain = re.sub(r"(?<=\d):(00(?!\d))?(?=\d|\D|$)", lambda found: " o'clock " if found[1] else " ", plain)
    plain = NUMBER.sub(_spoken_number, plain)
    words = re.sub(r"[^\w'&]+", " ", plain).replace("_", " ").split()
    return " ".join(WRITTEN.get(word, word) for word in (word.strip("'") for word in words) if word)


def _spoken_number(found: re.Match[str]) -> str:
    from num2words import num2words

    digits, decimals, suffix = found["number"].replace(",", ""), found["decimals"], found["suffix"] or ""
    if suffix in ORDINAL and len(digits) <= LONGEST:
        return f" {num2words(int(digits), to='ordinal')} "
    if len(digits) > LONGEST:  # nobody says it as one number
        return f" {' '.join(num2words(int(digit)) for digit in digits)} "
    year = len(digits) == 4 and "," not in found["number"] and int(digits) in YEARS
    if decimals or found["currency"] or suffix == "%" or not year:
        said = num2words(float(digits + decimals) if decimals else int(digits))
    else:
        said = num2words(int(digits), to="year")
    if suffix == "s":  # the 1990s, in her 20s
        said = f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"
    if found["currency"]:
        said += f" {CURRENCIES[found['currency']][digits != '1' or decimals is not None]}"
    return f" {said}{' percent' if suffix == '%' else ''} "
