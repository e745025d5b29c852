"""What synthetic learners read: sentences, snippets cut from them, and numbers, with phones and word stress.

Every prompt belongs to one split, by a hash of its own text and of the sentence that it comes from, so training never
sees a held-out one.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saidmeant.streaming.lexicon import Pronunciation

from .error_patterns import VOWELS, SaidWord

SPLITS = ("train", "held-out")
HELD_OUT_PERCENT = 10
SENTENCE_WORDS, SNIPPET_WORDS, NUMBER_WORDS = (3, 12), (2, 5), (2, 7)  # at least, at most
SNIPPETS, NUMBERS = 0.25, 0.10  # of all prompts
DIGITS = "zero one two three four five six seven eight nine".split()
TENS = "ten twenty thirty forty fifty sixty seventy eighty ninety".split()
TEENS = "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
UNSTRESSED = frozenset(
    "a an the and or but of to in on at for from with by as is are was were be been am do does has have had will "
    "would can could should must it its he she his her him they them we us you your my me i that this than "
    "there so if".split()
)
COMPRESSED = {".bz2": bz2.decompress, ".gz": gzip.decompress}
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_PREFIXES = ("be", "de", "re", "pre", "pro", "dis", "mis", "un", "in", "im", "en", "em", "ex", "con", "com", "per")


@dataclass(frozen=True, slots=True)
class Prompts:
    """The sentences of one split whose words are all in the lexicon."""

    sentences: tuple[tuple[str, ...], ...]
    pronunciations: Mapping[str, Sequence[Pronunciation]]
    split: str

    def draw(self, rng: random.Random) -> tuple[SaidWord, ...]:
        """One prompt, said as it should sound."""
        while True:
            words = self._numbers(rng) if rng.random() < NUMBERS else self._cut(rng)
            if split_of(" ".join(words)) == self.split:
                return tuple(self.word(word) for word in words)

    def word(self, text: str) -> SaidWord:
        """A word of the lexicon with its usual pronunciation."""
        usual, *others = self.pronunciations[text]
        return SaidWord.correct(text.upper(), usual, others)

    def _cut(self, rng: random.Random) -> tuple[str, ...]:
        words = rng.choice(self.sentences)
        least, most = SNIPPET_WORDS if rng.random() < SNIPPETS else SENTENCE_WORDS
        length = min(len(words), most if most == SENTENCE_WORDS[1] else rng.randint(least, most))
        first = rng.randint(0, len(words) - length)
        return words[first : first + length]

    @staticmethod
    def _numbers(rng: random.Random) -> tuple[str, ...]:
        """Digits one by one, or numbers of one or two words."""
        length = rng.randint(*NUMBER_WORDS)
        if rng.random() < 0.5:
            return tuple(rng.choices(DIGITS, k=length))
        words: list[str] = []
        while len(words) < length:
            words += rng.choice(
                ([rng.choice(TENS[1:]), rng.choice(DIGITS[1:])], [rng.choice(TENS)], [rng.choice(TEENS)])
            )
        return tuple(words)


def read_sentences(paths: Iterable[Path]) -> Iterator[str]:
    """The lines of text files, also compressed ones (.bz2, .gz).  Raises OSError or EOFError if one is unreadable."""
    for path in paths:
        plain = COMPRESSED.get(path.suffix, bytes)(path.read_bytes())
        yield from plain.decode("utf-8").splitlines()


def read_prompts(paths: Sequence[Path], pronunciations: Mapping[str, Sequence[Pronunciation]], split: str) -> Prompts:
    """The sentences of text files, one per line.  Raises ValueError if none can be used, OSError if unreadable."""
    found = []
    for line in read_sentences(paths):
        words = words_of(line)
        known = len(words) >= SNIPPET_WORDS[0] and all(word in pronunciations for word in words)
        if known and split_of(" ".join(words)) == split:
            found.append(words)
    if not found:
        raise ValueError(f"{named(paths)} has no sentence for the split {split!r} whose words are all in the lexicon")
    return Prompts(tuple(dict.fromkeys(found)), pronunciations, split)


def named(paths: Sequence[Path]) -> str:
    """Files in a message."""
    return ", ".join(map(str, paths))


def words_of(line: str) -> tuple[str, ...]:
    """The words of a sentence in lower case; none if it has a digit or a letter beyond a-z."""
    plain = line.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    rest = _WORD.sub("", plain)
    return () if any(character.isalnum() for character in rest) else tuple(_WORD.findall(plain))


def split_of(text: str) -> str:
    """The split that a text belongs to, by its sha256."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    return SPLITS[number % 100 < HELD_OUT_PERCENT]


def stressed_vowel(text: str, canonical: Sequence[str]) -> int | None:
    """The position of a word's main stress; None for a word that sentences leave unstressed.

    The lexicon has no stress, so it is guessed as English mostly has it: before endings that pull the stress, after
    common prefixes with a weak vowel, else on the first vowel that is not weak.  Learners misplace it as well, and no
    phone label depends on it.
    """
    word = text.lower()
    vowels = [position for position, phone in enumerate(canonical) if phone in VOWELS]
    if not vowels or word in UNSTRESSED:
        return None
    if len(vowels) == 1:
        return vowels[0]
    if re.search(r"(tion|sion|cian|cial|tial|ious|ic|ics|ical|ity|ities)s?$", word):
        return vowels[max(0, len(vowels) - (3 if re.search(r"(ical|ity|ities)$", word) else 2))]
    weak = {"AH", "ER"} if vowels[0] == 0 or canonical[vowels[0]] != "AH" or len(vowels) > 2 else {"ER"}
    candidates = [p for p in vowels if canonical[p] not in weak and not (p == vowels[-1] and canonical[p] == "IY")]
    if len(candidates) > 1 and candidates[0] == vowels[0] and word.startswith(_PREFIXES):
        first, second = (canonical[position] in ("IH", "IY") for position in candidates[:2])
        return candidates[first and not second]
    return candidates[0] if candidates else vowels[0]
