"""What the spelling of Korean does not show: the marks of junctures whose rule depends on the make-up of the word.

솜이불 (a cotton quilt) gets a sound that 감이 (a persimmon, as the subject) does not; 신다 (to wear shoes) gets a tense
consonant that 감기 (a cold) does not.  An analyser of morphemes would know some of this; the smallest are libraries of
tens of megabytes and do not say where compounds are joined.  So words and endings are listed
(models/lexicons/ko-junctures.yaml), and whatever is not listed is taken as a stem with endings, which most words of a
running text are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import NamedTuple

import yaml

from .errors import BundleError
from .strict import StrictError, build

LONG = 3  # syllables from which on an entry holds anywhere in a word


@dataclass(frozen=True, slots=True)
class Pairs:
    """Any word that ends with one of ``before`` (ㄹ: with that coda) before one that begins with one of ``after``."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Entries that give a juncture the same mark, as the file has them."""

    article: str
    optional: bool = False
    words: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    pairs: Pairs | None = None


@dataclass(frozen=True, slots=True)
class _File:
    sections: tuple[Section, ...]


class Mark(NamedTuple):
    """An article that holds at a juncture; ``optional``: it may also not be followed."""

    article: str
    optional: bool


class _Entry(NamedTuple):
    left: str
    right: str
    mark: Mark
    unless: tuple[str, ...]


class JunctureLexicon:
    """The marks of every juncture of a word, and of the one between two words."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._words: dict[str, list[_Entry]] = defaultdict(list)  # by the first syllable
        self._spaces: dict[str, list[_Entry]] = defaultdict(list)  # by the last syllable of the word on the left
        self._tails: dict[str, list[_Entry]] = defaultdict(list)  # by the first syllable of the tail
        self._pairs = [(each.pairs, Mark(each.article, each.optional)) for each in sections if each.pairs]
        for section in sections:
            self._add(section)

    def _add(self, section: Section) -> None:
        mark = Mark(section.article, section.optional)
        stems = [f"{stem}|{ending}" for stem, ending in product(section.stems, section.endings)]
        for text in (*section.words, *stems, *section.tails):
            left, _, right = text.partition("|")
            entry = _Entry(left, right.removeprefix(" "), mark, section.unless)
            if left.startswith("~"):
                self._tails[right[0]].append(entry)
            elif right.startswith(" "):
                self._spaces[left[-1]].append(entry)
            else:
                self._words[left[0]].append(entry)

    def marks(self, word: str) -> dict[int, set[Mark]]:
        """By the index of the syllable before the juncture; the last one's is what follows the whole word."""
        found: dict[int, set[Mark]] = defaultdict(set)
        for start, character in enumerate(word):
            rest = word[start:]
            for left, right, mark, unless in self._words.get(character, ()):
                whole = left + right
                if rest.startswith(whole) and not rest.startswith(unless) and (not start or len(whole) >= LONG):
                    found[start + len(left) - 1].add(mark)
            for left, right, mark, unless in self._tails.get(character, ()):
                if start >= len(left) and rest.startswith(right) and word[start - 1 : start + 1] not in unless:
                    found[start - 1].add(mark)
        return {at: _strict_first(marks) for at, marks in found.items()}

    def marks_between(self, word: str, following: str) -> set[Mark]:
        """Of the juncture between two words."""
        found = {
            entry.mark
            for entry in self._spaces.get(word[-1], ())
            if word.endswith(entry.left) and following.startswith(entry.right)
        }
        return _strict_first(found | set(self._paired(word, f"{following} ")))

    def _paired(self, word: str, following: str) -> Iterator[Mark]:
        for pairs, mark in self._pairs:
            ends = any(word.endswith(end) or (end == "ㄹ" and _ends_in_l(word)) for end in pairs.before)
            if ends and not word.endswith(pairs.unless) and following.startswith(pairs.after):
                yield mark


def _ends_in_l(word: str) -> bool:
    return (ord(word[-1]) - ord("가")) % 28 == 8


def _strict_first(marks: set[Mark]) -> set[Mark]:
    """Without the marks that another entry makes optional."""
    optional = {mark.article for mark in marks if mark.optional}
    return {mark for mark in marks if mark.optional or mark.article not in optional}


def read_junctures(text: str, where: str) -> JunctureLexicon:
    """A lexicon from its YAML.  Raises BundleError that names the fault."""
    try:
        content: Mapping[str, object] = yaml.safe_load(text)
        return JunctureLexicon(build(_File, content, where).sections)
    except (yaml.YAMLError, StrictError) as error:
        raise BundleError(f"cannot read {where}: {' '.join(str(error).split())}") from error


@lru_cache(maxsize=1)
def shipped_junctures() -> JunctureLexicon:
    """The lexicon that ships with the package."""
    path = resources.files("saidmeant.models") / "lexicons" / "ko-junctures.yaml"
    return read_junctures(path.read_text(encoding="utf-8"), "ko-junctures.yaml")
