"""How learners change the phones of a sentence: tables of patterns, and words said after them.

A table is YAML: sources, and profiles of one first language each, with rules such as ``TH -> S`` (replaced), ``T ->``
(left out) and ``K -> K AH`` (a phone added), each with the positions in which it holds and a weight.  `patterns/` has
two: published contrasts, and what experts annotated in speechocean762 (:mod:`.error_statistics` makes that one).

Which rules a speaker follows is drawn anew for every utterance, then single phones are changed until the whole
utterance strays as far as wanted.  The pronounced phones are known exactly because they are what a synthesiser is told.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources

import yaml
from rapidfuzz.distance import Levenshtein

from saidmeant.streaming.jamo import VOWELS as JAMO_VOWELS
from saidmeant.streaming.phones import ARPABET
from saidmeant.streaming.strict import StrictError, build

TABLES = ("contrasts", "speechocean762")
PHONES = {phone: phone for phone in ARPABET}
VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()) | JAMO_VOWELS
BINS = ((0.0, 0.0), (0.0, 0.05), (0.05, 0.15), (0.15, 0.40))
"""Above which and up to which divergence: the bins of :mod:`.evaluate`, the last one cut where speech falls apart."""
PLACES = (
    *("word-start", "inside", "word-end"),
    *("before-vowel", "before-consonant", "after-vowel", "after-consonant"),
)

Pronunciation = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Changes that happen in the same places, equally often; as a table has it."""

    changes: tuple[str, ...]
    weight: float
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What speakers of one first language do, and which of the table's sources say so."""

    l1: str
    sources: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One YAML file."""

    sources: dict[str, str]
    profiles: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One canonical phone, what is said for it (nothing: left out), where, and how often beside others."""

    canonical: str
    said: Pronunciation
    where: tuple[str, ...]
    weight: float


@dataclass(frozen=True)
class SaidWord:
    """A word and, for each of its canonical phones, the phones said for it."""

    text: str
    canonical: Pronunciation
    pieces: tuple[Pronunciation, ...]
    others: frozenset[Pronunciation] = frozenset()
    """Its other right pronunciations: saying one of them would be no error."""

    @classmethod
    def correct(cls, text: str, canonical: Pronunciation, others: Sequence[Pronunciation] = ()) -> SaidWord:
        """The word as it should sound."""
        return cls(text, canonical, tuple((phone,) for phone in canonical), frozenset(others) - {canonical})

    @cached_property
    def surface(self) -> Pronunciation:
        """The phones said."""
        return tuple(phone for piece in self.pieces for phone in piece)

    def changed(self, position: int, said: Pronunciation) -> SaidWord:
        """The word with other phones for one of its canonical phones."""
        return replace(self, pieces=(*self.pieces[:position], said, *self.pieces[position + 1 :]))

    @property
    def accuracy(self) -> list[int]:
        """2 for each canonical phone that was said and nothing else, 0 for each other."""
        return [2 if piece == (phone,) else 0 for phone, piece in zip(self.canonical, self.pieces, strict=True)]


def read_table(text: str, where: str, phones: Mapping[str, str] = PHONES) -> Table:
    """Parse and check one table; ``phones`` by the names that it uses.  Raises StrictError with the fault's place."""
    try:
        table = build(Table, yaml.safe_load(text), where)
    except yaml.YAMLError as error:
        raise StrictError(f"{where}: not YAML: {' '.join(str(error).split())}") from error
    for profile in table.profiles:
        if unknown := [source for source in profile.sources if source not in table.sources]:
            raise StrictError(f"{where}: {profile.l1}: source {unknown[0]!r} is not among the sources")
        changes_of(profile, where, phones)
    return table


def shipped_profiles() -> tuple[Profile, ...]:
    """Every profile of the shipped tables; a first language may have several."""
    folder = resources.files("saidmeant.models") / "patterns"
    texts = {name: (folder / f"{name}.yaml").read_text(encoding="utf-8") for name in TABLES}
    return tuple(profile for name, text in texts.items() for profile in read_table(text, f"{name}.yaml").profiles)


def changes_of(profile: Profile, where: str = "", phones: Mapping[str, str] = PHONES) -> tuple[Change, ...]:
    """The profile's changes one by one.  Raises StrictError for an unknown phone or place, or a weight that is none."""
    changes = []
    for rule in profile.rules:
        at = f"{where}: {profile.l1}: {', '.join(rule.changes)}"
        if rule.weight <= 0:
            raise StrictError(f"{at}: weight must be above 0, found {rule.weight}")
        if wrong := [place for place in rule.where if place not in PLACES]:
            raise StrictError(f"{at}: unknown place {wrong[0]!r}; valid: {', '.join(PLACES)}")
        for text in rule.changes:
            left, arrow, right = text.partition("->")
            names = (*left.split(), *right.split())
            if not arrow or len(left.split()) != 1 or any(name not in phones for name in names):
                raise StrictError(f"{at}: expected a change as in 'TH -> S', found {text!r}")
            if names[1:] == names[:1]:
                raise StrictError(f"{at}: {text!r} changes nothing")
            said = tuple(phones[name] for name in names)
            changes.append(Change(said[0], said[1:], rule.where, rule.weight))
    return tuple(changes)


def places(canonical: Sequence[str], position: int) -> frozenset[str]:
    """All of :data:`PLACES` that hold for a phone of a word."""
    found = set()
    last = len(canonical) - 1
    if position == 0:
        found.add("word-start")
    else:
        found.add("after-vowel" if canonical[position - 1] in VOWELS else "after-consonant")
    if position == last:
        found.add("word-end")
    else:
        found.add("before-vowel" if canonical[position + 1] in VOWELS else "before-consonant")
    if 0 < position < last:
        found.add("inside")
    return frozenset(found)


def feasible(bin_number: int, phones: int) -> bool:
    """Whether a whole number of edits of so many phones lies in the bin (one edit of ten phones is above 5 %)."""
    return bin_number == 0 or bool(_edits_within(bin_number, phones))


def diverge(
    words: Sequence[SaidWord], changes: Sequence[Change], bin_number: int, rng: random.Random
) -> tuple[SaidWord, ...] | None:
    """The words said with so many changes that their divergence lies in the bin; None if that does not come about.

    How often the speaker makes each change is its weight times a factor drawn from an exponential distribution, so that
    some changes are made again and again and others never.
    """
    said = list(words)
    if bin_number == 0:
        return tuple(said)
    canonical = [phone for word in words for phone in word.canonical]
    within = _edits_within(bin_number, len(canonical))
    if not within:
        return None
    goal = rng.choice(within)
    for index, position, change in _order(words, changes, rng):
        if said[index].pieces[position] != (change.canonical,):
            continue
        candidate = said[index].changed(position, change.said)
        if not candidate.surface or candidate.surface in candidate.others:
            continue
        tried = [*said[:index], candidate, *said[index + 1 :]]
        edits = _edits(tried, canonical)
        if edits > goal:
            continue
        said = tried
        if edits == goal:
            return tuple(said)
    return tuple(said) if _edits(said, canonical) in within else None


def _order(
    words: Sequence[SaidWord], changes: Sequence[Change], rng: random.Random
) -> Iterator[tuple[int, int, Change]]:
    """All that could be changed, (word, position, change), the likelier the earlier: exponential races."""
    habits = [change.weight * rng.expovariate(1.0) for change in changes]
    races = []
    for index, word in enumerate(words):
        for position, phone in enumerate(word.canonical):
            here = places(word.canonical, position)
            for change, habit in zip(changes, habits, strict=True):
                if change.canonical == phone and here.issuperset(change.where):
                    races.append((rng.expovariate(1.0) / max(habit, 1e-9), index, position, change))
    races.sort(key=lambda race: race[0])
    return ((index, position, change) for _, index, position, change in races)


def _edits_within(bin_number: int, phones: int) -> list[int]:
    """The numbers of edits of so many phones that lie in the bin."""
    low, high = BINS[bin_number]
    return [edits for edits in range(phones + 1) if low < edits / phones <= high]


def _edits(words: Sequence[SaidWord], canonical: Sequence[str]) -> int:
    return Levenshtein.distance([phone for word in words for phone in word.surface], canonical)
