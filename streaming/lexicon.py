"""Words to phones.

A lexicon is UTF-8 text, one pronunciation per line: the word, white space, its ARPAbet phones without stress.  A word
on several lines has several pronunciations, the usual one first.  ``.gz`` files are read as well.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from .errors import BundleError

Pronunciation = tuple[str, ...]
_VARIANT = re.compile(r"\(\d+\)$")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Pronunciations by lower-case word."""

    pronunciations: Mapping[str, tuple[Pronunciation, ...]]


def read_lexicon(path: str | Path) -> Lexicon:
    """Read a lexicon file.  Raises :class:`BundleError` if it is missing or malformed."""
    path = Path(path)
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BundleError(f"cannot read the lexicon {path}: {error}") from error
    return Lexicon(parse_lexicon(text, str(path)))


def parse_lexicon(text: str, where: str) -> dict[str, tuple[Pronunciation, ...]]:
    pronunciations: dict[str, tuple[Pronunciation, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        word, *phones = line.split()
        if not phones:
            raise BundleError(f"{where}, line {number}: expected a word and its phones, found {line!r}")
        word = _VARIANT.sub("", word).lower()
        pronunciations[word] = (*pronunciations.get(word, ()), tuple(phones))
    return pronunciations


def shipped_lexicon(language: str) -> Lexicon:
    """The lexicon that training and export use for a language."""
    return read_lexicon(Path(str(resources.files("saidmeant.models") / "lexicons" / f"{language}.txt.gz")))
