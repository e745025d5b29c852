"""Readings with known slips, made from a manifest: words cut out, doubled, swapped, put in, restarts, another text.

Two sentences of a speaker, one after the other, are the text.  In each one slip is made in the audio, at a seeded
place: it is cut at the quietest 10 ms between two words and joined again over 10 ms.  Where words are comes from the
phones that the recogniser heard in the sentence as it is, paired with the annotated ones; a cut is made only where
the phones on both sides of it were heard, since elsewhere nobody knows where the word ends.  Words that are cut out,
doubled or swapped have at least two phones.  For every tenth text something else is read: another sentence of the
same speaker.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from saidmeant.streaming.audio import AudioFile, Samples
from saidmeant.streaming.hypothesis import Token
from saidmeant.streaming.phones import distance

from .manifest import Utterance
from .pairing import pair_by_articulation

SAMPLE_RATE = 16_000
KINDS = ("clean", "cut", "doubled", "swapped", "inserted", "restart")
OFF_SCRIPT_EVERY = 10
FADE = SAMPLE_RATE // 100
PAUSE = SAMPLE_RATE * 3 // 10
HEARD = 100
"""Phones that differ by more than this (streaming/phones.py) are not the same phone, badly said."""
FEWEST_WORDS = 5
MOST_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Slip:
    """One true event: its kind and the words of the text that it concerns, ``first`` to ``last`` inclusive.

    Of an inserted word: the words around the place.
    """

    kind: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Clip:
    """A reading: the text, what happens in it, and its audio."""

    id: str
    speaker: str
    sentences: tuple[str, ...]
    slips: tuple[Slip, ...]
    samples: Samples
    off_script: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """One utterance; ``cuts`` has a sample for every place between two words (the outer ends too), None: unknown."""

    utterance: Utterance
    words: tuple[str, ...]
    canonical: tuple[tuple[str, ...], ...]
    samples: Samples
    cuts: tuple[int | None, ...]

    def between(self, first: int, last: int) -> Samples:
        """The audio of the words ``first`` to ``last`` (exclusive), whose ends are known."""
        return self.samples[self.cuts[first] or 0 : self.cuts[last]]

    def known(self, first: int, last: int) -> bool:
        return self.cuts[first] is not None and self.cuts[last] is not None


def sentence(utterance: Utterance, heard: Sequence[Token]) -> Sentence | None:
    """An utterance with its cuts; None if its words are not annotated or it is too short or too long.

    heard: the phones that were recognised in it, in seconds from its start.  Raises AudioError.
    """
    words = utterance.words
    if words is None or len(words) < FEWEST_WORDS or utterance.duration > MOST_SECONDS:
        return None
    samples = np.concatenate(list(AudioFile(utterance.audio)))
    canonical = [phone for word in words for phone in word.canonical]
    found: dict[int, Token] = {}
    for place, other in pair_by_articulation(canonical, [token.text for token in heard]):
        if place is not None and other is not None and distance(canonical[place], heard[other].text) <= HEARD:
            found[place] = heard[other]
    ends = list(accumulate(len(word.canonical) for word in words))
    inner = [_quietest(samples, found.get(end - 1), found.get(end)) for end in ends[:-1]]
    return Sentence(
        utterance,
        tuple(word.text for word in words),
        tuple(word.canonical for word in words),
        samples,
        (0, *inner, len(samples)),
    )


def _quietest(samples: Samples, left: Token | None, right: Token | None) -> int | None:
    """The middle of the quietest 10 ms between the middles of two phones."""
    if left is None or right is None:
        return None
    first = int((left.start + left.end) / 2 * SAMPLE_RATE)
    last = int((right.start + right.end) / 2 * SAMPLE_RATE)
    if last - first < 2 * FADE:
        return None
    energy = np.convolve(np.square(samples[first:last], dtype=np.float64), np.ones(FADE), "valid")
    return first + int(energy.argmin()) + FADE // 2


def joined(pieces: Sequence[Samples]) -> Samples:
    """Pieces one after the other, each faded into the next over 10 ms."""
    whole = np.zeros(0, np.float32)
    ramp = np.linspace(0.0, 1.0, FADE, dtype=np.float32)
    for piece in pieces:
        if min(len(whole), len(piece)) < FADE:
            whole = np.concatenate([whole, piece])
            continue
        seam = whole[-FADE:] * (1 - ramp) + piece[:FADE] * ramp
        whole = np.concatenate([whole[:-FADE], seam, piece[FADE:]])
    return whole


Slipped = tuple[Samples, tuple[Slip, ...]]


def cut(own: Sentence, word: int, other: Sentence | None = None) -> Slipped:
    """Leave a word out."""
    return joined([own.samples[: own.cuts[word]], own.samples[own.cuts[word + 1] :]]), (Slip("cut", word, word),)


def double(own: Sentence, word: int, other: Sentence | None = None) -> Slipped:
    """Say a word twice."""
    return joined([own.samples[: own.cuts[word + 1]], own.samples[own.cuts[word] :]]), (Slip("doubled", word, word),)


def restart(own: Sentence, word: int, other: Sentence | None = None) -> Slipped:
    """Go back two to four words after a word and read on from there; here ``word`` is the first of them."""
    last = next(last for last in (word + 3, word + 4, word + 2) if last < len(own.words) and own.known(word, last))
    audio = joined([own.samples[: own.cuts[last]], own.samples[own.cuts[word] :]])
    return audio, (Slip("restart", word, last - 1),)


def swap(own: Sentence, word: int, other: Sentence) -> Slipped:
    """Say another sentence's word instead."""
    foreign = other.between(*_foreign(own, word, other))
    audio = joined([own.samples[: own.cuts[word]], foreign, own.samples[own.cuts[word + 1] :]])
    return audio, (Slip("swapped", word, word),)


def insert(own: Sentence, word: int, other: Sentence) -> Slipped:
    """Say another sentence's word before a word."""
    foreign = other.between(*_foreign(own, word, other))
    audio = joined([own.samples[: own.cuts[word]], foreign, own.samples[own.cuts[word] :]])
    return audio, (Slip("inserted", word - 1, word),)


def _foreign(own: Sentence, word: int, other: Sentence) -> tuple[int, int]:
    """A word of another sentence, of at least three phones, that shares little with those around the place."""
    here = [own.canonical[i] for i in (word - 1, word, word + 1) if 0 <= i < len(own.words)]
    for index in range(len(other.words)):
        phones = other.canonical[index]
        if other.known(index, index + 1) and len(phones) >= 3 and all(_unlike(phones, near) for near in here):
            return index, index + 1
    raise StopIteration


def _unlike(one: Sequence[str], two: Sequence[str]) -> bool:
    """Fewer than half of the phones are alike."""
    pairs = pair_by_articulation(one, two)
    alike = sum(a is not None and b is not None and distance(one[a], two[b]) <= 40 for a, b in pairs)
    return 2 * alike < max(len(one), len(two))


SLIPS: Mapping[str, Callable[[Sentence, int, Sentence], Slipped]] = {
    "cut": cut,
    "doubled": double,
    "swapped": swap,
    "inserted": insert,
    "restart": restart,
}


def slipped(own: Sentence, other: Sentence, kind: str, chance: random.Random) -> Slipped | None:
    """The sentence with one slip of this kind at a random word, neither its first nor its last; None if none can be."""
    words = [i for i in range(1, len(own.words) - 1) if len(own.canonical[i]) >= 2]
    for word in chance.sample(words, len(words)):
        needs_end = kind in ("cut", "doubled", "swapped")
        neighbours = own.words[word - 1 : word] + own.words[word + 1 : word + 2]
        if own.cuts[word] is None or (needs_end and not own.known(word, word + 1)) or own.words[word] in neighbours:
            continue
        try:
            return SLIPS[kind](own, word, other)
        except StopIteration:
            continue
    return None


def clips(sentences: Sequence[Sentence], seed: int) -> Iterator[Clip]:
    """Pairs of sentences of a speaker, each with a slip; the same seed gives the same clips."""
    chance = random.Random(seed)
    turn = 0
    by_speaker: dict[str, list[Sentence]] = {}
    for each in sentences:
        by_speaker.setdefault(each.utterance.speaker, []).append(each)
    for number, group in enumerate(_pairs(by_speaker, chance)):
        if number % OFF_SCRIPT_EVERY == OFF_SCRIPT_EVERY - 1:
            yield _off_script(group)
            continue
        parts, slips, offset = [], [], 0
        for own, other in (group[0], group[2]), (group[1], group[2]):
            found = slipped(own, other, kind, chance) if (kind := KINDS[turn % len(KINDS)]) != "clean" else None
            turn += 1
            audio, own_slips = found or (own.samples, ())
            slips += [Slip(slip.kind, slip.first + offset, slip.last + offset) for slip in own_slips]
            parts += [audio, np.zeros(PAUSE, np.float32)]
            offset += len(own.words)
        texts = tuple(" ".join(own.words) for own in group[:2])
        yield Clip(_name(group[:2]), group[0].utterance.speaker, texts, tuple(slips), joined(parts[:-1]))


def _off_script(group: Sequence[Sentence]) -> Clip:
    texts = (" ".join(group[0].words),)
    return Clip(_name(group[:2]), group[0].utterance.speaker, texts, (), group[1].samples, off_script=True)


def _name(group: Sequence[Sentence]) -> str:
    return "+".join(each.utterance.id for each in group)


def _pairs(by_speaker: Mapping[str, Sequence[Sentence]], chance: random.Random) -> Iterator[list[Sentence]]:
    """Two sentences and a third to take words from, speaker by speaker in turn, until each speaker's are used up."""
    piles = {speaker: chance.sample(list(own), len(own)) for speaker, own in sorted(by_speaker.items())}
    while any(len(pile) >= 3 for pile in piles.values()):
        for pile in piles.values():
            if len(pile) >= 3:
                yield [pile.pop(), pile.pop(), pile[-1]]
