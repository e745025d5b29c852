"""Korean said as learners say it: a text, pronounced by the standard and then changed by patterns, with a seed.

What :mod:`.error_patterns` does for English with ARPAbet, here with the units of :mod:`saidmeant.streaming.jamo`; the
patterns by first language are in patterns/korean-learners.yaml.  One pattern is none of sounds: a rule of pronunciation
that is not followed (국물 as 국물), as those do who read the letters; :func:`neglect_rules` draws it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import resources

from saidmeant.streaming.jamo import MEANING_UNITS, name
from saidmeant.streaming.korean_comparison import pair_units
from saidmeant.streaming.korean_pronunciation import PronouncedWord, pronounce

from .error_patterns import Change, Profile, SaidWord, changes_of, diverge, feasible, read_table

UNITS = {name(unit): unit for unit in MEANING_UNITS}
NEGLECT = 0.3  # of the words whose sound a rule changes, for a speaker who neglects rules
TRIES = 20


@lru_cache(maxsize=1)
def korean_profiles() -> tuple[Profile, ...]:
    """The learners of the shipped table."""
    path = resources.files("saidmeant.models") / "patterns" / "korean-learners.yaml"
    return read_table(path.read_text(encoding="utf-8"), path.name, UNITS).profiles


def korean_changes(profile: Profile) -> tuple[Change, ...]:
    """The profile's changes one by one."""
    return changes_of(profile, phones=UNITS)


def say_korean(text: str) -> tuple[SaidWord, ...]:
    """A text as it should sound.  Raises UsageError for what is not Hangul."""
    return tuple(_said(word) for word in pronounce(text))


def neglect_rules(text: str, rng: random.Random, share: float = NEGLECT) -> tuple[SaidWord, ...]:
    """The text as somebody says it who does not follow the rules of some of its words."""
    said = []
    for word in pronounce(text):
        right = _said(word)
        neglects = word.unapplied and rng.random() < share
        said.append(_with_surface(right, rng.choice(word.unapplied).units) if neglects else right)
    return tuple(said)


def say_as_learner(text: str, bin_number: int, seed: int, l1: str | None = None) -> tuple[SaidWord, ...] | None:
    """The text with so many changes that its divergence lies in the bin (:data:`.error_patterns.BINS`).

    ``l1``: a first language of :func:`korean_profiles`; drawn if None.  None if the text cannot be changed so much or
    so little.  The same seed gives the same changes.  Raises ValueError for an unknown language.
    """
    rng = random.Random(f"{seed}-{text}")
    known = korean_profiles()
    if l1 is not None and l1 not in {profile.l1 for profile in known}:
        raise ValueError(f"no patterns for {l1!r}; there are {', '.join(profile.l1 for profile in known)}")
    words = say_korean(text)
    if not feasible(bin_number, sum(len(word.canonical) for word in words)):
        return None
    profile = rng.choice([profile for profile in known if l1 in (None, profile.l1)])
    for _ in range(TRIES):
        said = diverge(words, korean_changes(profile), bin_number, rng)
        if said is not None:
            return said
    return None


def _said(word: PronouncedWord) -> SaidWord:
    usual, *others = (variant.units for variant in word.variants)
    return SaidWord.correct(word.text, usual, others)


def _with_surface(word: SaidWord, units: Sequence[str]) -> SaidWord:
    """The word said so; an added unit belongs to the one before it, or to the first."""
    pieces: list[tuple[str, ...]] = [() for _ in word.canonical]
    position = -1
    for canonical, said in pair_units(word.canonical, units):
        position += canonical is not None
        pieces[max(0, position)] += (said,) if said else ()
    return replace(word, pieces=tuple(pieces))
