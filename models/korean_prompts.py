"""What synthetic speakers of Korean read: sentences, snippets of them, made-up sentences and numbers.

The CC0 sentences are few, so that a model would learn them by heart; sentences made up of the words in
patterns/korean-sentences.yaml, grammatical and seldom sensible, show every word among ever new neighbours.  Splits are
those of :mod:`.prompts`: a text belongs to one of them by its hash.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import yaml

from saidmeant.streaming.jamo import is_hangul, syllable
from saidmeant.streaming.strict import build

from .prompts import named, read_sentences, split_of

SENTENCE_WORDS, SNIPPET_WORDS = (2, 9), (1, 4)  # at least, at most
SNIPPETS, MADE_UP, NUMBERS = 0.2, 0.45, 0.07  # of all prompts
OPENED, ADVERB, MODIFIED, LINKED = 0.35, 0.3, 0.4, 0.1  # of made-up sentences
POWERS = ("", "십", "백", "천")
_BREAK = re.compile(r"[^가-힣\s]+")


@dataclass(frozen=True, slots=True)
class Particles:
    """By role; ``은/는``: after a final consonant, and after a vowel."""

    topic: tuple[str, ...]
    object: tuple[str, ...]
    place: tuple[str, ...]
    link: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What made-up sentences are made of; ``|`` joins what stands as several words."""

    particles: Particles
    openers: tuple[str, ...]
    adverbs: tuple[str, ...]
    modifiers: tuple[str, ...]
    nouns: tuple[str, ...]
    predicates: dict[str, tuple[str, ...]]
    numbers: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def shipped_words() -> Words:
    """The words of patterns/korean-sentences.yaml."""
    path = resources.files("saidmeant.models") / "patterns" / "korean-sentences.yaml"
    return build(Words, _listed(yaml.safe_load(path.read_text(encoding="utf-8"))), path.name)


def _listed(content: object) -> object:
    """Folded texts as lists of words."""
    if isinstance(content, dict):
        return {name: _listed(value) for name, value in content.items()}
    return [word.replace("|", " ") for word in content.split()] if isinstance(content, str) else content


@dataclass(frozen=True, slots=True)
class KoreanPrompts:
    """The sentences of one split."""

    sentences: tuple[tuple[str, ...], ...]
    words: Words
    split: str

    def draw(self, rng: random.Random) -> str:
        """One prompt in Hangul, a space between words."""
        while True:
            kind = rng.random()
            if kind < NUMBERS:
                text = self._numbers(rng)
            else:
                text = self._made_up(rng) if kind < NUMBERS + MADE_UP else self._cut(rng)
            if split_of(text) == self.split:
                return text

    def _cut(self, rng: random.Random) -> str:
        words = rng.choice(self.sentences)
        least, most = SNIPPET_WORDS if rng.random() < SNIPPETS else SENTENCE_WORDS
        length = min(len(words), rng.randint(least, most))
        first = rng.randint(0, len(words) - length)
        return " ".join(words[first : first + length])

    def _made_up(self, rng: random.Random) -> str:
        words = self.words
        role = rng.choice(tuple(words.predicates))
        parts = [rng.choice(words.openers)] if rng.random() < OPENED else []
        parts += self._noun(words.particles.topic, rng)
        parts += [rng.choice(words.adverbs)] if rng.random() < ADVERB else []
        if role != "other":
            parts += self._noun(words.particles.object if role == "object" else words.particles.place, rng)
        parts.append(rng.choice(words.predicates[role]))
        return " ".join(parts)

    def _noun(self, particles: tuple[str, ...], rng: random.Random) -> list[str]:
        words = self.words
        parts = [rng.choice(words.modifiers)] if rng.random() < MODIFIED else []
        if rng.random() < LINKED:
            parts.append(attach(rng.choice(words.nouns), rng.choice(words.particles.link)))
        return [*parts, attach(rng.choice(words.nouns), rng.choice(particles))]

    def _numbers(self, rng: random.Random) -> str:
        """One to three numbers with what they count."""
        numbers = self.words.numbers
        parts = []
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.5:
                parts.append(f"{rng.choice(numbers['native'])} {rng.choice(numbers['native counted'])}")
            else:
                number = rng.randint(1, 10 ** rng.randint(1, 4) - 1)
                parts.append(f"{sino_korean(number, numbers['sino'])} {rng.choice(numbers['sino counted'])}")
        return " ".join(parts)


def read_korean_prompts(paths: Sequence[Path], split: str) -> KoreanPrompts:
    """The Hangul of text files, one sentence per line.  Raises ValueError if there is none, OSError if unreadable."""
    found = []
    for line in read_sentences(paths):
        words = tuple(_BREAK.sub(" ", line).split())
        if words and not any(one.isalnum() and not is_hangul(one) for one in line):
            found.append(words)
    kept = tuple(words for words in dict.fromkeys(found) if split_of(" ".join(words)) == split)
    if not kept:
        raise ValueError(f"{named(paths)} has no sentence in Hangul for the split {split!r}")
    return KoreanPrompts(kept, shipped_words(), split)


def attach(noun: str, particle: str) -> str:
    """A noun with a particle in the form that its last sound takes.

    >>> attach("집", "을/를"), attach("학교", "으로/로"), attach("서울", "으로/로")
    ('집을', '학교로', '서울로')
    """
    closed, _, opened = particle.partition("/")
    coda = syllable(noun[-1]).coda
    vowel_like = not coda or (coda == "ㄹ" and closed.startswith("으"))
    return noun + (opened if opened and vowel_like else closed)


def sino_korean(number: int, digits: tuple[str, ...]) -> str:
    """A number from 0 to 9999 in words: 2015 is 이천십오."""
    if number == 0:
        return digits[0]
    figures = f"{number:d}"
    said = ""
    for figure, power in zip(figures, reversed(POWERS[: len(figures)]), strict=True):
        if figure != "0":
            said += ("" if figure == "1" and power else digits[int(figure)]) + power
    return said
