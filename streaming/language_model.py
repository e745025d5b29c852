"""Which word follows which: a trigram model with back-off, and its vocabulary as a prefix index.

The file is an ``.npz`` that ``python -m saidmeant.export.language_model`` writes.  n-grams lie in compressed sparse
rows: the bigrams of word ``i`` are the entries ``unigram_first[i]`` to ``unigram_first[i + 1]`` of ``bigram_word``,
sorted, and the trigrams of a bigram likewise.  Probabilities are 8-bit: ``-log p`` in steps of :data:`LOG_STEP` nats.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

LOG_STEP = 1 / 12
"""Nats per step of a stored probability; 255 steps reach 21 nats."""
SENTENCE_START, SENTENCE_END, UNKNOWN = "<s>", "</s>", "<unk>"
ARRAYS = (
    "unigram",
    "unigram_backoff",
    "unigram_first",
    "bigram_word",
    "bigram",
    "bigram_backoff",
    "bigram_first",
    "trigram_word",
    "trigram",
)
MOST_CACHED = 8_192
"""Entries of each cache, which are 2 MB: sessions may go on for days."""
FEW_WORDS = 100
"""The least of fewer numbers is found sooner without numpy."""
STEPS = ("unigram", "unigram_backoff", "bigram", "bigram_backoff", "trigram")
Context = tuple[int, ...]
"""The last one or two word ids."""


@dataclass(slots=True, eq=False)
class Prefix:
    """The words that begin with certain letters: ids ``low`` to ``high`` (exclusive)."""

    low: int
    high: int
    best: float
    """The unigram log-probability of the likeliest of them."""
    word: int | None
    """The id of the word that is spelled by exactly these letters."""
    longer: dict[str, Prefix] | None = None
    """By the letter that follows; None: nobody asked :meth:`LanguageModel.longer`."""


class LanguageModel:
    """Words by id in alphabetical order (sentence marks first) and the log-probability (nats) of one after others."""

    def __init__(self, words: list[str], arrays: dict[str, NDArray[np.generic]]) -> None:
        self.words = words
        self._arrays = {
            name: memoryview(np.ascontiguousarray(array).data) for name, array in arrays.items()
        }  # single entries come out faster
        self._unigram = arrays["unigram"]
        self._log_probs = [-LOG_STEP * i for i in range(256)]
        self._root = Prefix(3, len(words), 0.0, None)
        self._prefixes = 0  # below the root; both caches are emptied when they are full
        self._scores: dict[tuple[Context, int], float] = {}
        self.start = words.index(SENTENCE_START)
        self.end = words.index(SENTENCE_END)
        self.unknown = words.index(UNKNOWN)
        self.unknown_score = self.score((), self.unknown)

    def prefix(self, letters: str) -> Prefix | None:
        """The words that begin so; None if there are none."""
        found: Prefix | None = self._root
        for place, letter in enumerate(letters):
            found = found and self.longer(found, letters[:place]).get(letter)
        return found

    def longer(self, prefix: Prefix, letters: str) -> dict[str, Prefix]:
        """The words of a prefix, by the letter that follows.  letters: its own."""
        found = prefix.longer
        if found is None:
            found = {self.words[each.low][len(letters)]: each for each in self._parts(prefix, letters)}
            self._prefixes += len(found)
            if self._prefixes > MOST_CACHED:
                self._root.longer, self._prefixes = None, len(found)
            prefix.longer = found
        return found

    def _parts(self, prefix: Prefix, letters: str) -> Iterator[Prefix]:
        """Words are in alphabetical order, so those with the same next letter stand side by side."""
        words, unigram, low, length = self.words, self._arrays["unigram"], prefix.low, len(letters) + 1
        last = itemgetter(length - 1)
        if prefix.word is not None:
            low += 1
        while low < prefix.high:
            part = words[low][:length]
            high = bisect_right(words, part[-1], low, prefix.high, key=last)
            few = high - low < FEW_WORDS
            likeliest = min(unigram[low:high]) if few else int(self._unigram[low:high].min())
            yield Prefix(low, high, self._log_probs[likeliest], low if words[low] == part else None)
            low = high

    def score(self, context: Context, word: int) -> float:
        """log p(word | context), context being the ids of up to two words before it."""
        key = context, word
        found = self._scores.get(key)
        if found is None:
            found = self._score(context, word)
            if len(self._scores) >= MOST_CACHED:
                self._scores.clear()
            self._scores[key] = found
        return found

    def _score(self, context: Context, word: int) -> float:
        arrays, log_probs = self._arrays, self._log_probs
        if not context:
            return log_probs[arrays["unigram"][word]]
        if len(context) == 1:
            pair = self._entry("unigram_first", context[0], "bigram_word", word)
            if pair is not None:
                return log_probs[arrays["bigram"][pair]]
            return log_probs[arrays["unigram_backoff"][context[0]]] + self.score((), word)
        history = self._entry("unigram_first", context[0], "bigram_word", context[1])
        if history is None:
            return self.score(context[1:], word)
        triple = self._entry("bigram_first", history, "trigram_word", word)
        if triple is not None:
            return log_probs[arrays["trigram"][triple]]
        return log_probs[arrays["bigram_backoff"][history]] + self.score(context[1:], word)

    def _entry(self, firsts: str, row: int, column: str, word: int) -> int | None:
        """Where ``word`` stands in a sparse row."""
        first, words = self._arrays[firsts], self._arrays[column]
        high = first[row + 1]
        place = bisect_left(words, word, first[row], high)
        return place if place < high and words[place] == word else None
