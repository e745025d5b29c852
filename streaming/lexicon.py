"""Words to phones.

A lexicon is UTF-8 text, one pronunciation per line: the word, white space, its ARPAbet phones without stress.  A word
on several lines has several pronunciations, the usual one first.  ``.gz`` files are read as well.  Users' own files
have the same format, may have empty lines and lines that start with ``#``, and are checked phone by phone.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from .errors import BundleError
from .letter_to_phone import LetterToPhone
from .phones import ARPABET

Pronunciation = tuple[str, ...]
_VARIANT = re.compile(r"\(\d+\)$")


@dataclass(frozen=True, slots=True)
class Pronounced:
    """How a word should sound; ``in_lexicon`` is False where that is a guess from its letters."""

    pronunciations: tuple[Pronunciation, ...]
    in_lexicon: bool


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Pronunciations by lower-case word, and a guess for every other word."""

    pronunciations: Mapping[str, tuple[Pronunciation, ...]]
    letter_to_phone: LetterToPhone | None = None

    def pronounce(self, word: str) -> Pronounced:
        """The pronunciations of a word in any case, the usual one first; none if nothing can be guessed."""
        key = word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        known = self.pronunciations.get(key)
        if known:
            return Pronounced(known, True)
        guess = self.letter_to_phone.predict(key) if self.letter_to_phone else ()
        return Pronounced((guess,) if guess else (), False)

    def extended(self, path: str | Path) -> Lexicon:
        """This lexicon with the words of a user's file, whose pronunciations come first.  Raises BundleError."""
        own = parse_lexicon(_read_text(Path(path)), str(path))
        return Lexicon(Layered(own, self.pronunciations), self.letter_to_phone)


class Entries(Mapping[str, tuple[Pronunciation, ...]]):
    """The text of a lexicon as a mapping.

    A big lexicon is read in milliseconds: its lines are indexed when the first word is asked for, and a line's phones
    are split when that word is.
    """

    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._lines: dict[str, str] | None = None

    def _index(self) -> dict[str, str]:
        """Word -> the phones of its pronunciations, one per line.  Threads that race build the same index twice."""
        if self._lines is None:
            lines: dict[str, str] = {}
            for number, line in enumerate(self._text.splitlines(), 1):
                word, phones = _split(line, self._where, number)
                lines[word] = f"{lines[word]}\n{phones}" if word in lines else phones
            self._lines, self._text = lines, ""
        return self._lines

    def __getitem__(self, word: str) -> tuple[Pronunciation, ...]:
        return tuple(tuple(phones.split()) for phones in self._index()[word].split("\n"))

    def __contains__(self, word: object) -> bool:
        return word in self._index()

    def __iter__(self) -> Iterator[str]:
        return iter(self._index())

    def __len__(self) -> int:
        return len(self._index())


class Layered(Mapping[str, tuple[Pronunciation, ...]]):
    """The pronunciations of two mappings, the first one's before the second's."""

    def __init__(
        self, first: Mapping[str, tuple[Pronunciation, ...]], second: Mapping[str, tuple[Pronunciation, ...]]
    ) -> None:
        self._first = first
        self._second = second

    def __getitem__(self, word: str) -> tuple[Pronunciation, ...]:
        own = self._first.get(word)
        return self._second[word] if own is None else tuple(dict.fromkeys((*own, *self._second.get(word, ()))))

    def __iter__(self) -> Iterator[str]:
        yield from self._first
        yield from (word for word in self._second if word not in self._first)

    def __len__(self) -> int:
        return len(self._second) + sum(word not in self._second for word in self._first)


def read_lexicon(path: str | Path, letters: str | Path | None = None) -> Lexicon:
    """Read a lexicon file and, if there is one, the letter-to-phone model for the words that it lacks.

    Raises :class:`BundleError` if a file is unreadable; a malformed line is reported when the first word is looked up.
    """
    model = LetterToPhone.read(letters) if letters is not None and Path(letters).exists() else None
    return Lexicon(Entries(_read_text(Path(path)), str(path)), model)


def parse_lexicon(text: str, where: str) -> dict[str, tuple[Pronunciation, ...]]:
    """Every line, checked.  ``where`` names the file in the :class:`BundleError` of a malformed line."""
    pronunciations: dict[str, tuple[Pronunciation, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        word, rest = _split(line, where, number)
        phones = tuple(rest.split())
        for phone in phones:
            if phone not in ARPABET:
                raise BundleError(
                    f"{where}, line {number}: {phone!r} is not a phone; allowed, without stress: {' '.join(ARPABET)}"
                )
        pronunciations[word] = (*pronunciations.get(word, ()), phones)
    return pronunciations


def shipped_lexicon_path(language: str) -> Path:
    """The file that training and export use for a language."""
    return Path(str(resources.files("saidmeant.models") / "lexicons" / f"{language}.txt.gz"))


def shipped_lexicon(language: str) -> Lexicon:
    """The lexicon that training and export use for a language."""
    return read_lexicon(shipped_lexicon_path(language))


def _split(line: str, where: str, number: int) -> tuple[str, str]:
    """``Word(2)  AH B`` -> ``word``, ``AH B``."""
    try:
        word, phones = line.split(None, 1)
    except ValueError:
        raise BundleError(
            f"{where}, line {number}: expected a word and its phones, as in 'think TH IH NG K', found {line[:80]!r}"
        ) from None
    return (_VARIANT.sub("", word) if word[-1] == ")" else word).lower(), phones


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BundleError(f"cannot read the lexicon {path}: {error}") from error
