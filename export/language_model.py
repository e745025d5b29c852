"""Estimate a trigram language model:  python -m saidmeant.export.language_model models/language_models/en.npz

Interpolated Kneser-Ney smoothing (Kneser & Ney 1995; Chen & Goodman 1998), one discount per order, from sentences (one
per line) and from the texts of training manifests.  The result is what streaming/language_model.py reads.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saidmeant.models.labels import MEANING_TOKENS
from saidmeant.models.manifest import read_manifest
from saidmeant.streaming.language_model import LOG_STEP, SENTENCE_END, SENTENCE_START, UNKNOWN
from saidmeant.streaming.lines import WORD_BOUNDARY

ORDER = 3
SHARED = "../shared/data"
LETTERS = "".join(token for token in MEANING_TOKENS if token != WORD_BOUNDARY)
NGram = tuple[str, ...]
Counts = list[Counter[NGram]]
"""By order; entry 0 is empty."""


def sentence_words(line: str) -> list[str] | None:
    """Lower-case words that the meaning line can spell, punctuation dropped; None if the line holds anything else."""
    text = line.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    words = [word.strip("'") for word in re.findall(r"[^\W_]+(?:'[^\W_]+)*'?", text)]
    return words if words and all(set(word) <= set(LETTERS) and word for word in words) else None


def count(sentences: Iterable[tuple[Sequence[str], int]]) -> Counts:
    """n-grams of sentences with their weights."""
    counts: Counts = [Counter() for _ in range(ORDER + 1)]
    for words, weight in sentences:
        marked = (SENTENCE_START, *words, SENTENCE_END)
        for end in range(1, len(marked)):
            for order in range(1, min(ORDER, end + 1) + 1):
                counts[order][marked[end - order + 1 : end + 1]] += weight
    return counts


def continuations(counts: Counts) -> Counts:
    """Below the highest order an n-gram counts once per different word before it; where none can be, as seen."""
    result: Counts = [Counter() for _ in range(ORDER)] + [counts[ORDER]]
    for order in range(1, ORDER):
        for ngram in counts[order + 1]:
            result[order][ngram[1:]] += 1
        for ngram, times in counts[order].items():
            if ngram[0] == SENTENCE_START:
                result[order][ngram] = times
    return result


def discount(counts: Counter[NGram]) -> float:
    """n1 / (n1 + 2 n2), the estimate of Ney, Essen & Kneser (1994)."""
    once, twice = (sum(times == n for times in counts.values()) for n in (1, 2))
    return once / (once + 2 * twice) if once else 0.5


class Estimate:
    """Smoothed log-probabilities by n-gram and back-off weights by context, in nats."""

    def __init__(self, counts: Counts) -> None:
        counts = continuations(counts)
        self.log_prob: dict[NGram, float] = {}
        self.backoff: dict[NGram, float] = {}
        total, cut = sum(counts[1].values()), discount(counts[1])
        rest = cut * len(counts[1]) / total / (len(counts[1]) + 1)
        self.log_prob[(UNKNOWN,)] = math.log(rest)
        for ngram, times in counts[1].items():
            self.log_prob[ngram] = math.log((times - cut) / total + rest)
        for order in range(2, ORDER + 1):
            self._order(counts[order])

    def _order(self, counts: Counter[NGram]) -> None:
        totals: Counter[NGram] = Counter()
        kinds: Counter[NGram] = Counter()
        for ngram, times in counts.items():
            totals[ngram[:-1]] += times
            kinds[ngram[:-1]] += 1
        cut = discount(counts)
        for context, times in totals.items():
            self.backoff[context] = math.log(cut * kinds[context] / times)
        for ngram, times in counts.items():
            lower = math.exp(self.backoff[ngram[:-1]] + self.log_prob[ngram[1:]])
            self.log_prob[ngram] = math.log((times - cut) / totals[ngram[:-1]] + lower)

    def arrays(self) -> dict[str, Any]:
        """The sparse rows that streaming/language_model.py reads.  Raises ValueError beyond 65,535 words."""
        marks = [SENTENCE_START, SENTENCE_END, UNKNOWN]
        words = marks + sorted({ngram[0] for ngram in self.log_prob if len(ngram) == 1} - set(marks))
        if len(words) > np.iinfo(np.uint16).max:
            raise ValueError(f"{len(words)} different words; at most {np.iinfo(np.uint16).max} can be stored")
        ids = {word: i for i, word in enumerate(words)}
        by_order: list[list[tuple[tuple[int, ...], NGram]]] = [[] for _ in range(ORDER + 1)]
        for ngram in self.log_prob:
            by_order[len(ngram)].append((tuple(ids[word] for word in ngram), ngram))
        unigrams: list[NGram] = [(word,) for word in words]
        bigrams, trigrams = (sorted(by_order[order]) for order in (2, 3))
        places = {key: i for i, (key, _) in enumerate(bigrams)}
        return {
            "words": np.frombuffer("\n".join(words).encode(), np.uint8),
            "unigram": quantised(self.log_prob.get(ngram, -math.inf) for ngram in unigrams),
            "unigram_backoff": quantised(self.backoff.get(ngram, 0.0) for ngram in unigrams),
            "unigram_first": row_starts([key[0] for key, _ in bigrams], len(words)),
            "bigram_word": np.array([key[1] for key, _ in bigrams], np.uint16),
            "bigram": quantised(self.log_prob[ngram] for _, ngram in bigrams),
            "bigram_backoff": quantised(self.backoff.get(ngram, 0.0) for _, ngram in bigrams),
            "bigram_first": row_starts([places[key[:2]] for key, _ in trigrams], len(bigrams)),
            "trigram_word": np.array([key[2] for key, _ in trigrams], np.uint16),
            "trigram": quantised(self.log_prob[ngram] for _, ngram in trigrams),
        }


def quantised(log_probs: Iterable[float]) -> NDArray[np.uint8]:
    """Log-probabilities in 8-bit steps; what is too small to store becomes the smallest."""
    steps = np.fromiter((min(-value / LOG_STEP, 255.0) for value in log_probs), np.float64)
    return np.rint(steps).astype(np.uint8)


def row_starts(rows: Sequence[int], count: int) -> NDArray[np.uint32]:
    """Where each of ``count`` rows begins in entries sorted by row, and where the last one ends."""
    return np.searchsorted(np.asarray(rows), np.arange(count + 1)).astype(np.uint32)


def sentences(paths: Sequence[Path]) -> Iterator[Sequence[str]]:
    """The words of every usable line."""
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            yield from (words for line in lines if (words := sentence_words(line)))


def transcripts(manifests: Sequence[Path]) -> Iterator[Sequence[str]]:
    """The words of every utterance."""
    for manifest in manifests:
        yield from (utterance.text.lower().split() for utterance in read_manifest(manifest))


def main(arguments: Sequence[str] | None = None) -> int:
    shared = Path(SHARED)
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.export.language_model",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=Path, help="the .npz file to write")
    parser.add_argument(
        "--sentences", type=Path, nargs="*", default=[shared / "sentences-en.txt"], help="text files, a sentence a line"
    )
    parser.add_argument(
        "--transcripts",
        type=Path,
        nargs="*",
        default=[shared / "speechocean762-train.jsonl", shared / "librispeech-train.jsonl"],
        help="training manifests whose texts count as well",
    )
    parser.add_argument("--transcript-weight", type=int, default=1, help="how often a transcript counts (1)")
    options = parser.parse_args(arguments)
    try:
        weighted = [(words, 1) for words in sentences(options.sentences)]
        weighted += [(words, options.transcript_weight) for words in transcripts(options.transcripts)]
        options.target.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(options.target, **Estimate(count(weighted)).arrays())
    except (ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    print(f"{options.target}: {len(weighted):,} sentences, {options.target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
