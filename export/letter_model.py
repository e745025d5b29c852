"""Estimate a model of letters:  python -m saidmeant.export.letter_model models/language_models/ko.npz

For Korean, from sentences (one per line) in files that may be compressed (.bz2, .gz), smoothed as kneser_ney.py says.
What is not Hangul ends a word; a line with digits or Latin letters is left out, because nobody knows how it is read,
and so is what synthetic speakers of the held-out set may read (models/prompts.py).  The result is what
streaming/letter_model.py reads.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from saidmeant.models.prompts import read_sentences, split_of
from saidmeant.streaming.jamo import MEANING_UNITS, split
from saidmeant.streaming.letter_model import BITS, END, START, planes

from .kneser_ney import Estimate, NGram, count
from .language_model import SHARED, quantised

SENTENCES = Path(__file__).parent.parent / "models" / "sentences"
ORDER = 7
SELDOM = 6
"""n-grams of so many letters and more must occur twice."""
_UNREADABLE = re.compile(r"[0-9A-Za-z]")
_NO_HANGUL = re.compile(r"[^가-힣]+")


def sentence_letters(line: str) -> tuple[str, ...] | None:
    """The units of the meaning line; None if there are none, nobody knows which, or the sentence is held out."""
    words = " ".join(_NO_HANGUL.sub(" ", line).split())
    known = words and not _UNREADABLE.search(line) and split_of(words) == "train"
    return split(words) if known else None


def letter_ngrams(sentences: Iterable[Sequence[str]], order: int = ORDER) -> Estimate:
    """From the letters of sentences."""
    counts = count(((letters, 1) for letters in sentences), (START, END), order)
    least = [2 if length >= SELDOM else 1 for length in range(1, order + 1)]
    return Estimate(counts, START, MEANING_UNITS, least)


def arrays(estimate: Estimate) -> dict[str, Any]:
    """What the runtime reads."""
    letters = START + END + "".join(MEANING_UNITS)
    codes = {letter: number for number, letter in enumerate(letters, 1)}

    def key(ngram: NGram) -> int:
        number = 0
        for letter in ngram:
            number = number << BITS | codes[letter]
        return number

    by_order: dict[int, dict[int, NGram]] = {}
    for ngram in estimate.log_prob.keys() | estimate.backoff.keys():
        by_order.setdefault(len(ngram), {})[key(ngram)] = ngram
    found: dict[str, Any] = {"letters": np.frombuffer(letters.encode(), np.uint8)}
    for order, ngrams in by_order.items():
        keys = sorted(ngrams)
        found[f"keys_{order}"] = planes(np.diff(np.array([0, *keys], np.uint64)).astype(np.uint64))
        found[f"log_prob_{order}"] = quantised(estimate.log_prob.get(ngrams[key], -math.inf) for key in keys)
        if order < len(by_order):
            found[f"backoff_{order}"] = quantised(estimate.backoff.get(ngrams[key], 0.0) for key in keys)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.export.letter_model",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=Path, help="the .npz file to write")
    parser.add_argument(
        "--sentences",
        type=Path,
        nargs="+",
        default=[*sorted(SENTENCES.glob("ko*.bz2")), Path(SHARED) / "sentences-ko.txt"],
        help="text files, a sentence a line",
    )
    options = parser.parse_args(arguments)
    try:
        sentences = [letters for line in read_sentences(options.sentences) if (letters := sentence_letters(line))]
        options.target.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(options.target, **arrays(letter_ngrams(sentences)))
    except (ValueError, OSError, EOFError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    print(f"{options.target}: {len(sentences):,} sentences, {options.target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
