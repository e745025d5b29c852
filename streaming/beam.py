"""The meaning line with a language model: CTC prefix beam search over the candidates that the graph emits.

Hypotheses are letter prefixes with the summed probability of all their alignments (Hannun et al. 2014, arXiv
1408.2873), scored word by word with a trigram; inside a word the likeliest word that begins so stands in for it
(Ortmanns et al. 1996, language-model look-ahead).  Words outside the vocabulary may be spelled at a price.  Two
hypotheses that the model cannot tell apart any more (same last two words, same letters since) are merged into the
better one.

Plain arithmetic on a few dozen hypotheses per frame; nothing here depends on a platform.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from .lanes import Candidate, Run
from .language_model import Context, LanguageModel
from .lines import WORD_BOUNDARY

NOTHING = -1e30
"""The log of zero."""
WHOLE_WORDS, SHORTNESS = 6, 0.5
"""A line looks less finished by so many nats a word if it has fewer words.  Chosen on half A of models/pauses.py."""


@dataclass(frozen=True, slots=True)
class BeamConfig:
    """Chosen on half A of speechocean762-dev.  Scores are in nats."""

    weight: float = 1.0
    """Of the language model against the acoustic model."""
    word_bonus: float = 2.0
    unknown_letter: float = -3.0
    """Price of each letter of a word outside the vocabulary, beyond that of the unknown word."""
    width: int = 50
    margin: float = 12.0
    """Hypotheses that far behind the best are dropped."""
    blank_floor: float = 2e-3
    """Least probability of the blank; what the candidates leave over is rounded."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The last letter of a hypothesis and, through ``before``, all others."""

    before: Letter | None
    symbol: str
    frame: int
    log_prob: float


@dataclass(slots=True)
class Prefix:
    """A hypothesis: letters, and the log-probabilities of its alignments that end in blank or in its last letter."""

    context: Context
    spelled: str
    """The letters since the last word boundary."""
    last: Letter | None
    language: float
    """Weighted language model score, look-ahead included."""
    blank: float = NOTHING
    letter: float = NOTHING
    total: float = field(default=NOTHING)
    words: int = 0
    """Complete ones."""

    def score(self) -> float:
        return self.total + self.language


class BeamSearch:
    """Frames in, the best letters so far out.  One per segment."""

    def __init__(self, model: LanguageModel, config: BeamConfig) -> None:
        self.model = model
        self.config = config
        self.beam = {0: Prefix((model.start,), "", None, 0.0, blank=0.0, total=0.0)}
        """By the hash of all letters; the best first."""

    def advance(self, frame: int, candidates: Sequence[Candidate]) -> None:
        """Take in a frame.  candidates: different letters, none of them the blank."""
        rest = 1.0 - sum(math.exp(log_prob) for _, log_prob in candidates)
        blank = math.log(max(rest, self.config.blank_floor)) if candidates else 0.0
        if not candidates:
            for prefix in self.beam.values():
                prefix.blank, prefix.letter = prefix.total, NOTHING
            return
        new: dict[int, Prefix] = {}
        for key, prefix in self.beam.items():
            stay = new.get(key)
            if stay is None:
                stay = new[key] = Prefix(
                    prefix.context, prefix.spelled, prefix.last, prefix.language, words=prefix.words
                )
            stay.blank = log_add(stay.blank, prefix.total + blank)
            self._extend(new, key, prefix, stay, frame, candidates)
        self.beam = self._pruned(new)

    def _extend(
        self,
        new: dict[int, Prefix],
        key: int,
        prefix: Prefix,
        stay: Prefix,
        frame: int,
        candidates: Sequence[Candidate],
    ) -> None:
        last = prefix.last.symbol if prefix.last else ""
        for symbol, log_prob in candidates:
            arriving = prefix.total
            if symbol == last:  # the same letter goes on; to be written twice it needs a blank between
                stay.letter = log_add(stay.letter, prefix.letter + log_prob)
                arriving = prefix.blank
            if arriving <= NOTHING:
                continue
            longer_key = hash((key, symbol))
            longer = new.get(longer_key)
            if longer is None:
                grown = self._grown(prefix, symbol)
                if grown is None:
                    continue
                longer = new[longer_key] = grown
            arriving += log_prob
            if longer.last is None or longer.last is prefix.last or arriving > longer.letter:
                longer.last = Letter(prefix.last, symbol, frame, log_prob)
            longer.letter = log_add(longer.letter, arriving)

    def _grown(self, prefix: Prefix, symbol: str) -> Prefix | None:
        """The hypothesis with one more letter, its language score brought up to date; None if that cannot be."""
        model, config = self.model, self.config
        if symbol == WORD_BOUNDARY:
            if not prefix.spelled:
                return None
            language, word = self._closed(prefix)
            return Prefix((*prefix.context, word)[-2:], "", prefix.last, language, words=prefix.words + 1)
        spelled = prefix.spelled + symbol
        here, there = model.prefix(prefix.spelled), model.prefix(spelled)
        language = prefix.language
        if there is not None:
            before = here.best if here is not None and prefix.spelled else 0.0
            language += config.weight * (there.best - before)
        elif here is not None:  # from here on the word is unknown: it pays for what it has spelled so far
            before = here.best if prefix.spelled else 0.0
            unknown = config.weight * (model.score((), model.unknown) - before)
            language += unknown + config.unknown_letter * len(spelled)
        else:
            language += config.unknown_letter
        return Prefix(prefix.context, spelled, prefix.last, language, words=prefix.words)

    def _closed(self, prefix: Prefix) -> tuple[float, int]:
        """The language score and the id of the last word once the word is complete."""
        model, weight = self.model, self.config.weight
        found = model.prefix(prefix.spelled)
        if found is None:
            return prefix.language + self.config.word_bonus, model.unknown
        if found.word is None:  # the beginning of known words, but none itself
            unknown = weight * (model.score((), model.unknown) - found.best)
            price = unknown + self.config.unknown_letter * len(prefix.spelled)
            return prefix.language + price + self.config.word_bonus, model.unknown
        gain = model.score(prefix.context, found.word) - found.best
        return prefix.language + weight * gain + self.config.word_bonus, found.word

    def _pruned(self, new: dict[int, Prefix]) -> dict[int, Prefix]:
        for prefix in new.values():
            prefix.total = log_add(prefix.blank, prefix.letter)
        ranked = sorted(new.items(), key=lambda item: -item[1].score())
        least = ranked[0][1].score() - self.config.margin
        kept: dict[int, Prefix] = {}
        told_apart = set()
        for key, prefix in ranked:
            if len(kept) == self.config.width or prefix.score() < least:
                break
            state = prefix.context, prefix.spelled, prefix.last.symbol if prefix.last else ""
            if state not in told_apart:
                told_apart.add(state)
                kept[key] = prefix
        return kept

    @property
    def best_letter(self) -> Letter | None:
        """The last letter of the likeliest hypothesis."""
        return next(iter(self.beam.values())).last

    def best(self, final: bool) -> list[Run]:
        """The letters of the likeliest hypothesis; ``final``: the sentence is over, so its last word must be one."""
        if not final:
            return runs(self.best_letter)
        return runs(max(self.beam.values(), key=self._final_score).last)

    def _final_score(self, prefix: Prefix) -> float:
        score, end = self._ending(prefix)
        return score + self.config.weight * end

    def _ending(self, prefix: Prefix) -> tuple[float, float]:
        """The score of a hypothesis whose last word is complete, and the log-probability of the sentence's end."""
        language, context = prefix.language, prefix.context
        if prefix.spelled:
            language, word = self._closed(prefix)
            context = (*context, word)[-2:]
        return prefix.total + language, self.model.score(context, self.model.end)

    def finished(self) -> float:
        """How finished the line looks: the mean over all hypotheses, by their weight, of the probability that the
        sentence ends here, less for each word that it is short of :data:`WHOLE_WORDS`.

        A trigram does not know how much was said; that few sentences are short is half of what tells an end.
        """
        found = []
        for prefix in self.beam.values():
            score, end = self._ending(prefix)
            words = prefix.words + bool(prefix.spelled)
            found.append((score, end - SHORTNESS * max(0, WHOLE_WORDS - words)))
        best = max(score for score, _ in found)
        weights = [math.exp(score - best) for score, _ in found]
        return sum(weight * math.exp(end) for weight, (_, end) in zip(weights, found, strict=True)) / sum(weights)

    def stable(self) -> int:
        """How many leading letters all hypotheses share, times included: no later frame can change them."""
        lines = [letters(prefix.last) for prefix in self.beam.values()]
        columns = zip(*lines, strict=False)
        return sum(1 for _ in takewhile(lambda column: all(letter is column[0] for letter in column), columns))


def letters(last: Letter | None) -> list[Letter]:
    """A hypothesis from its first letter to its last."""
    found = []
    while last is not None:
        found.append(last)
        last = last.before
    return found[::-1]


def runs(last: Letter | None) -> list[Run]:
    """As greedy decoding gives them; a letter's end is not known, so each takes one frame."""
    return [Run(letter.symbol, letter.frame, letter.frame, level(letter.log_prob)) for letter in letters(last)]


def level(log_prob: float) -> int:
    """The confidence level of a probability."""
    return min(15, int(16 * math.exp(log_prob)))


def log_add(a: float, b: float) -> float:
    """log(exp a + exp b)"""
    if a < b:
        a, b = b, a
    return a if b <= NOTHING else a + math.log1p(math.exp(b - a))
