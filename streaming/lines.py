"""The runs of each lane as hypotheses: phones for the surface line, words and characters for the meaning line.

Tokens are units of the bundle with times; their text is in the language's writing (language.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .hypothesis import Hypothesis, Token, Word
from .lanes import NO_LEVEL, Run
from .language import ENGLISH, Language
from .spelling import WORD_BOUNDARY as WORD_BOUNDARY
from .verdict import UNCALIBRATED, Calibration, word_probability


@dataclass(frozen=True, slots=True)
class Clock:
    """Frames of a stream to seconds of the session: ``offset`` frames come before the stream's frame 0."""

    offset: int
    frame_seconds: float
    limit: float
    """The session's length so far; no token ends after it."""

    def start(self, run: Run) -> float:
        return min(max(0.0, (self.offset + run.first) * self.frame_seconds), self.limit)

    def cuts(self, run: Run) -> bool:
        """Whether a run, or anything after it, ends after the audio."""
        return (self.offset + run.last + 1) * self.frame_seconds > self.limit

    def end(self, run: Run) -> float:
        return min(max(0.0, (self.offset + run.last + 1) * self.frame_seconds), self.limit)


@dataclass(frozen=True, slots=True)
class Scale:
    """What a bundle's symbols stand for: levels for probabilities, as given and as they turned out; units for text."""

    levels: tuple[float, ...]
    calibration: Calibration = UNCALIBRATED
    language: Language = ENGLISH

    @property
    def phones(self) -> tuple[float, ...]:
        return self.calibration.phones or self.levels

    def phone(self, raw: float) -> float:
        """The probability of a phone with one of the model's own confidences."""
        return self.phones[min(range(len(self.levels)), key=lambda level: abs(self.levels[level] - raw))]

    def word(self, raw: float) -> float:
        """The probability of a word by the mean of its letters' confidences."""
        return word_probability(raw, self.levels, self.calibration)


def surface_line(runs: Sequence[Run], clock: Clock, scale: Scale, final: bool) -> Hypothesis:
    """Phones, as the language writes them."""
    tokens = tuple(token_of(run, run.symbol, clock, scale.phones) for run in runs)
    return Hypothesis(scale.language.said([token.text for token in tokens]), tokens, (), _stable(tokens, final))


def meaning_line(runs: Sequence[Run], clock: Clock, scale: Scale, final: bool, stable: int | None = None) -> Hypothesis:
    """Characters (a word boundary is a space) and the words that they form.

    stable: how many leading characters cannot change, where that is known better than from greedy decoding.
    """
    tokens = tuple(token_of(run, shown(run.symbol), clock, scale.levels) for run in runs)
    words = tuple(words_of(tokens, scale))
    if final or stable is None:
        stable = _stable(tokens, final)
    return Hypothesis(" ".join(word.text for word in words), tokens, words, stable)


def shown(symbol: str) -> str:
    """A character as it is shown."""
    return " " if symbol == WORD_BOUNDARY else symbol


def token_of(run: Run, text: str, clock: Clock, levels: Sequence[float]) -> Token:
    """One run as a token; levels: the probabilities that levels of confidence stand for.  Without a level it is 0."""
    confidence = 0.0 if run.level == NO_LEVEL else levels[min(run.level, len(levels) - 1)]
    return Token(text, clock.start(run), clock.end(run), confidence)


def _stable(tokens: Sequence[Token], final: bool) -> int:
    """Greedy decoding never takes a token back; only the last may still grow in time and confidence."""
    return len(tokens) if final else max(0, len(tokens) - 1)


def words_of(tokens: Sequence[Token], scale: Scale) -> list[Word]:
    """The words that characters form, the last one included if no boundary follows it."""
    words: list[Word] = []
    letters: list[Token] = []
    for token in (*tokens, Token(" ", 0.0, 0.0, 0.0)):
        if token.text != " ":
            letters.append(token)
        elif letters:
            text = scale.language.written([letter.text for letter in letters])
            confidence = scale.word(sum(letter.confidence for letter in letters) / len(letters))
            words.append(Word(text, letters[0].start, letters[-1].end, confidence))
            letters = []
    return words
