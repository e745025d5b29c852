"""The meaning line with a language model: CTC prefix beam search over the candidates that the graph emits.

Hypotheses are letter prefixes with the summed probability of all their alignments (Hannun et al. 2014, arXiv
1408.2873), scored word by word with a trigram or letter by letter (spelling.py).  Two hypotheses that the model cannot
tell apart any more are merged into the better one.

Plain arithmetic on a few dozen hypotheses per frame; nothing here depends on a platform.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from .lanes import Candidate, Run
from .language_model import LanguageModel
from .letter_model import LetterModel
from .letter_spelling import LetterSpelling
from .letters import Letter, runs
from .spelling import WORD_BOUNDARY, Spelling
from .word_spelling import WordSpelling

NOTHING = -1e30
"""The log of zero."""
ROUNDING = 1e-6
"""Bounds on scores are that loose, so that the order of additions does not matter."""
RANK = attrgetter("rank")
WHOLE_WORDS, SHORTNESS = 7, 1.0
"""A line looks less finished by so many nats a word if it has fewer words.  Chosen on half A of models/pauses.py."""
DOUBT = 0.5
"""The power of the hypotheses' weights when they say whether the line looks finished: fewer of them are sure of
themselves than their probabilities say.  Chosen likewise."""


@dataclass(frozen=True, slots=True)
class BeamConfig:
    """Chosen on half A of speechocean762-dev.  Scores are in nats."""

    weight: float = 1.0
    """Of the language model against the acoustic model."""
    word_bonus: float = 2.0
    """For every word; of a model of letters, for every letter."""
    unknown_letter: float = -3.0
    """Price of each letter of a word outside the vocabulary, beyond that of the unknown word."""
    width: int = 50
    margin: float = 12.0
    """Hypotheses that far behind the best are dropped."""
    blank_floor: float = 2e-3
    """Least probability of the blank; what the candidates leave over is rounded."""


@dataclass(slots=True, eq=False)
class Prefix:
    """A hypothesis: letters, and the log-probabilities of its alignments that end in blank or in its last letter."""

    spelling: Spelling
    last: Letter | None
    blank: float = NOTHING
    letter: float = NOTHING
    total: float = NOTHING
    rank: float = NOTHING
    """The total and the language score: by this hypotheses are compared."""
    lacking: str = ""
    """While a frame is taken in: the letter that ``spelling`` does not have yet."""
    heard: float | None = None
    """Likewise: the log-probability of the letter that ``last`` does not have yet."""


class BeamSearch:
    """Frames in, the best letters so far out.  One per segment.

    What a hypothesis is worth to the language model is computed once per spelling (spelling.py), one that cannot be
    among those that are kept is not even made, and letters and spellings are made for those that are; all of this
    changes nothing but the time it takes.
    """

    def __init__(self, model: LanguageModel | LetterModel, config: BeamConfig) -> None:
        self.config = config
        root = LetterSpelling(model, config) if isinstance(model, LetterModel) else WordSpelling.root(model, config)
        self.beam: dict[Spelling, Prefix] = {root: Prefix(root, None, blank=0.0, total=0.0, rank=0.0)}
        """By spelling; the best first."""
        self._line: list[Letter] = []  # of the best hypothesis, when it was last asked for

    def advance(self, frame: int, candidates: Sequence[Candidate]) -> None:
        """Take in a frame.  candidates: different letters, none of them the blank."""
        if not candidates:
            for prefix in self.beam.values():
                prefix.blank, prefix.letter = prefix.total, NOTHING
            return
        rest = 1.0 - sum(math.exp(log_prob) for _, log_prob in candidates)
        blank = math.log(max(rest, self.config.blank_floor))
        found: list[Prefix] = []
        stayed: dict[Spelling, Prefix] = {}
        floor = self._floor(blank)
        for spelling, prefix in self.beam.items():
            stay = stayed.get(spelling)
            if stay is None:
                stay = stayed[spelling] = Prefix(spelling, prefix.last)
                found.append(stay)
            stay.blank = prefix.total + blank
            floor = self._extend(found, stayed, prefix, floor, candidates)
        self.beam = self._kept(found, stayed, frame)

    def _floor(self, blank: float) -> float:
        """A score below which no hypothesis of the next frame is kept: by the margin, or because all that are there now
        stay and are better."""
        ranks = [prefix.rank for prefix in self.beam.values()]
        floor = ranks[0] + blank - self.config.margin
        return (max(floor, ranks[-1] + blank) if len(ranks) >= self.config.width else floor) - ROUNDING

    def _extend(
        self,
        found: list[Prefix],
        stayed: dict[Spelling, Prefix],
        prefix: Prefix,
        floor: float,
        candidates: Sequence[Candidate],
    ) -> float:
        """Every candidate behind a hypothesis; returns the floor, raised if something better was found."""
        spelling, total, beam, margin = prefix.spelling, prefix.total, self.beam, self.config.margin + ROUNDING
        children, same = spelling.children, spelling.symbol
        needed, closing = floor - spelling.most - total, floor - spelling.most_closed - total
        for symbol, log_prob in candidates:
            if symbol == same:  # it goes on; to be written twice it needs a blank between
                stay = stayed[spelling]
                stay.letter = log_add(stay.letter, prefix.letter + log_prob)
            child = children.get(symbol)
            known = child is not None and child in beam
            if not known and log_prob < (closing if symbol == WORD_BOUNDARY else needed):
                continue
            arriving = (prefix.blank if symbol == same else total) + log_prob
            if arriving <= NOTHING:
                continue
            if child is not None and known:
                self._arrive(found, stayed, child, prefix.last, arriving, log_prob)
                continue
            rank = arriving + spelling.score(symbol)
            if rank < floor:
                continue
            if rank - margin > floor:
                floor = rank - margin
                needed, closing = floor - spelling.most - total, floor - spelling.most_closed - total
            found.append(Prefix(spelling, prefix.last, NOTHING, arriving, arriving, rank, symbol, log_prob))
        return floor

    def _arrive(
        self,
        found: list[Prefix],
        stayed: dict[Spelling, Prefix],
        spelling: Spelling,
        before: Letter | None,
        arriving: float,
        log_prob: float,
    ) -> None:
        """A letter that makes one hypothesis what another is already."""
        longer = stayed.get(spelling)
        if longer is None:
            longer = stayed[spelling] = Prefix(spelling, before, heard=log_prob)
            found.append(longer)
        elif arriving > longer.letter:
            longer.last, longer.heard = before, log_prob
        longer.letter = log_add(longer.letter, arriving)

    def _kept(self, found: list[Prefix], stayed: dict[Spelling, Prefix], frame: int) -> dict[Spelling, Prefix]:
        for prefix in stayed.values():
            blank, letter = prefix.blank, prefix.letter
            prefix.total = total = blank if letter <= NOTHING else log_add(blank, letter)
            prefix.rank = total + prefix.spelling.language
        found.sort(key=RANK, reverse=True)
        least, width = found[0].rank - self.config.margin, self.config.width
        kept: dict[Spelling, Prefix] = {}
        told_apart = set()
        for prefix in found:
            if len(kept) == width or prefix.rank < least:
                break
            spelling = prefix.spelling
            if prefix.lacking:
                spelling = prefix.spelling = spelling.children.get(prefix.lacking) or spelling.grow(prefix.lacking)
                prefix.lacking = ""
            if spelling.state in told_apart:
                continue
            if prefix.heard is not None:
                last = prefix.last
                prefix.last = Letter(last, spelling.symbol, frame, prefix.heard, 1 if last is None else last.count + 1)
                prefix.heard = None
            told_apart.add(spelling.state)
            kept[spelling] = prefix
        return kept

    @property
    def best_letter(self) -> Letter | None:
        """The last letter of the likeliest hypothesis."""
        return next(iter(self.beam.values())).last

    def best(self, final: bool) -> list[Run]:
        """The letters of the likeliest hypothesis; ``final``: the sentence is over, so its last word must be one."""
        return runs(max(self.beam.values(), key=self._final_score).last if final else self.best_letter)

    def line(self) -> list[Letter]:
        """The letters of the likeliest hypothesis, first to last; only those that changed are looked at."""
        last, newer = self.best_letter, []
        while last is not None and not self._holds(last):
            newer.append(last)
            last = last.before
        del self._line[0 if last is None else last.count :]
        self._line += reversed(newer)
        return self._line

    def _holds(self, letter: Letter) -> bool:
        """Whether a letter stands in the line in its place."""
        return letter.count <= len(self._line) and self._line[letter.count - 1] is letter

    def _final_score(self, prefix: Prefix) -> float:
        language, end = prefix.spelling.ending
        return prefix.total + language + self.config.weight * end

    def finished(self) -> float:
        """How finished the line looks: the mean over all hypotheses, by their weight, of the probability that the
        sentence ends here, less for each word that it is short of :data:`WHOLE_WORDS`.

        A trigram does not know how much was said; that few sentences are short is half of what tells an end.
        """
        found = []
        for prefix in self.beam.values():
            spelling = prefix.spelling
            language, end = spelling.ending
            words = spelling.words + bool(spelling.spelled)
            found.append((prefix.total + language, end - SHORTNESS * max(0, WHOLE_WORDS - words)))
        best = max(score for score, _ in found)
        weights = [math.exp(DOUBT * (score - best)) for score, _ in found]
        return sum(weight * math.exp(end) for weight, (_, end) in zip(weights, found, strict=True)) / sum(weights)

    def stable(self) -> int:
        """How many leading letters all hypotheses share, times included: no later frame can change them."""
        self.line()
        shared, seen = len(self._line), set()
        for prefix in self.beam.values():
            letter = prefix.last
            while letter is not None and letter not in seen and not self._holds(letter):
                seen.add(letter)
                letter = letter.before
            if letter is None or letter not in seen:
                shared = min(shared, 0 if letter is None else letter.count)
        return shared


def log_add(a: float, b: float) -> float:
    """log(exp a + exp b)"""
    if a < b:
        a, b = b, a
    return a if b <= NOTHING else a + math.log1p(math.exp(b - a))
