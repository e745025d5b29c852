"""Fits the letter-to-phone fallback of a bundle from its lexicon.

Expectation maximisation aligns the letters of every word with its phones (none, one or two per letter), then decision
trees with different orders of neighbours are grown on the aligned letters (IGTree: Daelemans, van den Bosch & Weijters
1997) and vote.  Deterministic; about a minute for CMUdict on one core.

    python -m saidmeant.export.letter_to_phone LEXICON MODEL

fits, writes and prints the accuracy on 5 % of the words, which a second model fitted without them predicts.
"""

from __future__ import annotations

import math
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from saidmeant.streaming.letter_to_phone import LETTERS, NONE, WIDEST, LetterToPhone, Node, Tree, context, pad
from saidmeant.streaming.lexicon import Pronunciation, read_lexicon

ORDERS = (
    ("0", "1", "-1", "p1", "2", "-2", "3", "-3", "4"),
    ("0", "1", "2", "3", "4", "-1", "-2", "-3", "5"),
    ("0", "p1", "1", "2", "3", "p2", "4", "-1", "-2"),
)
MOST_PHONES = 2
EM_ROUNDS = 4
EM_WORDS = 15_000
FEWEST = 2
"""A context seen less often gets no node of its own."""
_FIRST_GUESS = (0.3, 1.0, 0.05)
"""Relative odds of a letter having no, one or two phones before anything is known."""
_UNSEEN = 1e-9

Table = Mapping[tuple[str, Pronunciation], float]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """On held-out words: share of phones without an edit and share of words that are exactly right."""

    words: int
    phones: float
    whole_words: float


def fit(pronunciations: Mapping[str, Sequence[Pronunciation]]) -> LetterToPhone:
    """A model of the usual (first) pronunciation of every word that is spelled with letters only."""
    pairs = [
        (word, options[0])
        for word, options in pronunciations.items()
        if set(word) <= set(LETTERS) and len(options[0]) <= MOST_PHONES * len(word)
    ]
    table = estimate(pairs[:: max(1, len(pairs) // EM_WORDS)])
    costs = {key: -math.log(probability) for key, probability in table.items()}
    aligned = [(word, align_letters(word, phones, costs)) for word, phones in pairs]
    return LetterToPhone([_grow_tree(order, aligned) for order in ORDERS])


def measure(pronunciations: Mapping[str, Sequence[Pronunciation]], share: int = 20) -> Accuracy:
    """Fit without every ``share``-th word and predict those; any listed pronunciation of a word counts as right."""
    held = {word for word in pronunciations if zlib.crc32(word.encode("utf-8")) % share == 0}
    model = fit({word: options for word, options in pronunciations.items() if word not in held})
    edits = length = right = 0
    for word in sorted(held):
        guess = model.predict(word)
        distance, phones = min((Levenshtein.distance(p, guess), len(p)) for p in pronunciations[word])
        edits, length, right = edits + distance, length + phones, right + (distance == 0)
    return Accuracy(len(held), 1 - edits / length, right / len(held))


def estimate(pairs: Sequence[tuple[str, Pronunciation]]) -> Table:
    """P(phones | letter) by forward-backward over every way to share a word's phones among its letters."""
    table: dict[tuple[str, Pronunciation], float] = {}
    for _ in range(EM_ROUNDS):
        counts: defaultdict[tuple[str, Pronunciation], float] = defaultdict(float)
        for word, phones in pairs:
            for key, count in _expected(word, phones, table):
                counts[key] += count
        totals: defaultdict[str, float] = defaultdict(float)
        for (letter, _phones), count in counts.items():
            totals[letter] += count
        table = {key: count / totals[key[0]] for key, count in counts.items() if count > 0}
    return table


def _probability(table: Table, letter: str, phones: Pronunciation) -> float:
    return table.get((letter, phones), _UNSEEN) if table else _FIRST_GUESS[len(phones)]


def _expected(word: str, phones: Pronunciation, table: Table) -> Iterator[tuple[tuple[str, Pronunciation], float]]:
    """How often each letter is expected to have had which phones; counts of one word add up to its letters."""
    steps = [
        [
            (start, start + taken, _probability(table, letter, phones[start : start + taken]))
            for start in range(max(0, len(phones) - MOST_PHONES * (len(word) - i)), len(phones) + 1)
            if start <= MOST_PHONES * i
            for taken in range(min(MOST_PHONES, len(phones) - start) + 1)
        ]
        for i, letter in enumerate(word)
    ]
    forward = [[0.0] * (len(phones) + 1) for _ in range(len(word) + 1)]
    backward = [[0.0] * (len(phones) + 1) for _ in range(len(word) + 1)]
    forward[0][0] = backward[-1][-1] = 1.0
    for i, moves in enumerate(steps):
        for start, end, probability in moves:
            forward[i + 1][end] += forward[i][start] * probability
    for i in reversed(range(len(word))):
        for start, end, probability in steps[i]:
            backward[i][start] += backward[i + 1][end] * probability
    total = forward[-1][-1]
    for i, moves in enumerate(steps):
        for start, end, probability in moves:
            count = forward[i][start] * probability * backward[i + 1][end]
            if count > 1e-6 * total > 0:
                yield (word[i], phones[start:end]), count / total


def align_letters(word: str, phones: Pronunciation, costs: Table) -> list[str]:
    """The cheapest way to share the phones among the letters: one answer per letter, as in the model file."""
    unseen = -math.log(_UNSEEN)
    best: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    for i, letter in enumerate(word):
        reached: dict[int, tuple[float, tuple[str, ...]]] = {}
        for start, (cost, answers) in best.items():
            for end in range(start, min(start + MOST_PHONES, len(phones)) + 1):
                if len(phones) - end > MOST_PHONES * (len(word) - i - 1):
                    continue
                new_cost = cost + costs.get((letter, phones[start:end]), unseen)
                if end not in reached or new_cost < reached[end][0]:
                    reached[end] = (new_cost, (*answers, "+".join(phones[start:end]) or NONE))
        best = reached
    return list(best[len(phones)][1])


def _grow_tree(order: tuple[str, ...], aligned: Sequence[tuple[str, Sequence[str]]]) -> Tree:
    contexts: list[list[str]] = []
    answers: list[str] = []
    for word, phones in aligned:
        padded = pad(word)
        for i, answer in enumerate(phones):
            contexts.append(context(order, padded, WIDEST + i, phones[max(0, i - WIDEST) : i]))
            answers.append(answer)
    root, _ = _grow(range(len(answers)), 0, None, contexts, answers)
    return Tree(order, root)


def _grow(
    rows: Sequence[int], depth: int, inherited: str | None, contexts: list[list[str]], answers: list[str]
) -> tuple[Node, int]:
    """The node for some letters in the same context, and how many of them it gets right.

    A child that answers no better than its parent is left out.  Ties go to the parent's answer, then to the alphabet.
    """
    counts = Counter(answers[row] for row in rows)
    most = max(counts.values())
    usual = min(answer for answer, count in counts.items() if count == most)
    children: dict[str, Node] = {}
    node = Node(inherited if inherited is not None and counts[inherited] == most else usual, children)
    right = counts[node.phones]
    if len(counts) > 1 and depth < len(contexts[0]):
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for row in rows:
            groups[contexts[row][depth]].append(row)
        for value, group in groups.items():
            if len(group) >= FEWEST:
                child, child_right = _grow(group, depth + 1, node.phones, contexts, answers)
                gain = child_right - sum(answers[row] == node.phones for row in group)
                if gain > 0:
                    children[value] = child
                    right += gain
    return node, right


def main(arguments: Sequence[str] | None = None) -> int:
    lexicon, target = (Path(a) for a in (sys.argv[1:] if arguments is None else arguments))
    pronunciations = dict(read_lexicon(lexicon).pronunciations)
    fit(pronunciations).write(target)
    accuracy = measure(pronunciations)
    print(
        f"{target}: {target.stat().st_size / 1000:.0f} kB; on {accuracy.words} held-out words "
        f"{accuracy.phones:.1%} of the phones and {accuracy.whole_words:.1%} of the words are right"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
