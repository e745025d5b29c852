"""Interpolated Kneser-Ney smoothing (Kneser & Ney 1995; Chen & Goodman 1998), one discount per order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

NGram = tuple[str, ...]
Counts = list[Counter[NGram]]
"""By order; entry 0 is empty."""


def count(sentences: Iterable[tuple[Sequence[str], int]], marks: tuple[str, str], order: int) -> Counts:
    """n-grams of sentences with their weights; marks: those put at a sentence's start and end."""
    counts: Counts = [Counter() for _ in range(order + 1)]
    for tokens, weight in sentences:
        marked = (marks[0], *tokens, marks[1])
        for end in range(1, len(marked)):
            for length in range(1, min(order, end + 1) + 1):
                counts[length][marked[end - length + 1 : end + 1]] += weight
    return counts


def continuations(counts: Counts, start: str) -> Counts:
    """Below the highest order an n-gram counts once per different token before it; where none can be, as seen."""
    highest = len(counts) - 1
    result: Counts = [Counter() for _ in range(highest)] + [counts[highest]]
    for order in range(1, highest):
        for ngram in counts[order + 1]:
            result[order][ngram[1:]] += 1
        for ngram, times in counts[order].items():
            if ngram[0] == start:
                result[order][ngram] = times
    return result


def discount(counts: Counter[NGram]) -> float:
    """n1 / (n1 + 2 n2), the estimate of Ney, Essen & Kneser (1994)."""
    once, twice = (sum(times == n for times in counts.values()) for n in (1, 2))
    return once / (once + 2 * twice) if once else 0.5


class Estimate:
    """Smoothed log-probabilities by n-gram and back-off weights by context, in nats."""

    def __init__(self, seen: Counts, start: str, unseen: Iterable[str], least: Sequence[int] = ()) -> None:
        """seen: the n-grams as they occurred; start: the mark of a sentence's start, which nothing precedes.

        unseen: tokens that may come although they never did, unless they did.  least: by order, from 1, how often an
        n-gram has to occur to be kept, 1 where nothing is said; what is left out is foretold by shorter ones.
        """
        counts = continuations(seen, start)
        self.log_prob: dict[NGram, float] = {}
        self.backoff: dict[NGram, float] = {}
        tokens = {ngram[0] for ngram in counts[1]} | {*unseen}
        total, cut = sum(counts[1].values()), discount(counts[1])
        rest = cut * len(counts[1]) / total / len(tokens)
        for token in sorted(tokens):
            self.log_prob[(token,)] = math.log(max(0.0, counts[1][(token,)] - cut) / total + rest)
        for order in range(2, len(counts)):
            often = least[order - 1] if order <= len(least) else 1
            self._order(counts[order], {ngram for ngram, times in seen[order].items() if times >= often})

    def _order(self, counts: Counter[NGram], kept: set[NGram]) -> None:
        totals: Counter[NGram] = Counter()
        for ngram, times in counts.items():
            totals[ngram[:-1]] += times
        cut = discount(counts)
        taken = dict.fromkeys((ngram[:-1] for ngram in kept), 0.0)
        for ngram in kept:
            taken[ngram[:-1]] += (counts[ngram] - cut) / totals[ngram[:-1]]
        self.backoff |= {context: math.log1p(-share) for context, share in taken.items()}
        for ngram in kept:
            lower = math.exp(self.backoff[ngram[:-1]] + self.log_prob[ngram[1:]])
            self.log_prob[ngram] = math.log((counts[ngram] - cut) / totals[ngram[:-1]] + lower)
