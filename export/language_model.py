"""Estimate a trigram language model:  python -m saidmeant.export.language_model models/language_models/en.npz

From sentences (one per line) and the texts of training manifests, smoothed as kneser_ney.py says.  The result is what
streaming/language_model.py reads.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saidmeant.models.labels import MEANING_TOKENS
from saidmeant.models.manifest import read_manifest
from saidmeant.streaming.language_model import LOG_STEP, SENTENCE_END, SENTENCE_START, UNKNOWN
from saidmeant.streaming.lines import WORD_BOUNDARY

from .kneser_ney import Estimate, NGram, count

ORDER = 3
SHARED = "../shared/data"
LETTERS = "".join(token for token in MEANING_TOKENS if token != WORD_BOUNDARY)


def sentence_words(line: str) -> list[str] | None:
    """Lower-case words that the meaning line can spell, punctuation dropped; None if the line holds anything else."""
    text = line.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    words = [word.strip("'") for word in re.findall(r"[^\W_]+(?:'[^\W_]+)*'?", text)]
    return words if words and all(set(word) <= set(LETTERS) and word for word in words) else None


def trigrams(sentences: Iterable[tuple[Sequence[str], int]]) -> Estimate:
    """From sentences with their weights."""
    counts = count(sentences, (SENTENCE_START, SENTENCE_END), ORDER)
    return Estimate(counts, SENTENCE_START, [UNKNOWN])


def arrays(estimate: Estimate) -> dict[str, Any]:
    """The sparse rows that streaming/language_model.py reads.  Raises ValueError beyond 65,535 words."""
    marks = [SENTENCE_START, SENTENCE_END, UNKNOWN]
    words = marks + sorted({ngram[0] for ngram in estimate.log_prob if len(ngram) == 1} - set(marks))
    if len(words) > np.iinfo(np.uint16).max:
        raise ValueError(f"{len(words)} different words; at most {np.iinfo(np.uint16).max} can be stored")
    ids = {word: i for i, word in enumerate(words)}
    by_order: list[list[tuple[tuple[int, ...], NGram]]] = [[] for _ in range(ORDER + 1)]
    for ngram in estimate.log_prob:
        by_order[len(ngram)].append((tuple(ids[word] for word in ngram), ngram))
    unigrams: list[NGram] = [(word,) for word in words]
    pairs, triples = (sorted(by_order[order]) for order in (2, 3))
    places = {key: i for i, (key, _) in enumerate(pairs)}
    return {
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "unigram": quantised(estimate.log_prob.get(ngram, -math.inf) for ngram in unigrams),
        "unigram_backoff": quantised(estimate.backoff.get(ngram, 0.0) for ngram in unigrams),
        "unigram_first": row_starts([key[0] for key, _ in pairs], len(words)),
        "bigram_word": np.array([key[1] for key, _ in pairs], np.uint16),
        "bigram": quantised(estimate.log_prob[ngram] for _, ngram in pairs),
        "bigram_backoff": quantised(estimate.backoff.get(ngram, 0.0) for _, ngram in pairs),
        "bigram_first": row_starts([places[key[:2]] for key, _ in triples], len(pairs)),
        "trigram_word": np.array([key[2] for key, _ in triples], np.uint16),
        "trigram": quantised(estimate.log_prob[ngram] for _, ngram in triples),
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
        np.savez_compressed(options.target, **arrays(trigrams(weighted)))
    except (ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    print(f"{options.target}: {len(weighted):,} sentences, {options.target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
