"""Is a lawful sound ever blamed on the speaker?  How often words of Korean are called deviant, by what they truly are.

A word said as it is spelled, one that a rule changed (같이 as 가치), and a deviant one; called deviant is what
``streaming/korean_comparison.py`` calls so of the surface line, whatever its confidence, and called different is what
a calibrated bundle blames (``streaming/verdict.py``).  Speakers without annotation are taken for natives, who say
everything by the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, get_args

from saidmeant.streaming.hypothesis import Kind
from saidmeant.streaming.jamo_distance import unify
from saidmeant.streaming.korean_comparison import NOT_FOLLOWED, Explanation, align_korean, compare
from saidmeant.streaming.korean_pronunciation import PronouncedWord
from saidmeant.streaming.verdict import DIFFERENT, UNCALIBRATED, Against, Calibration, against, verdict

from .korean_scoring import pronounced, said_by_rule
from .manifest import Utterance
from .pairing import pair_words
from .records import Record
from .statistics import halves, interval

KINDS: tuple[Kind, ...] = get_args(Kind)


class Called(NamedTuple):
    """A word: what it truly is, and what it was called."""

    speaker: str
    kind: Kind
    deviant: bool
    not_followed: bool
    """Called so because a rule was not followed, whatever else."""
    different: bool | None = None
    """The bundle's verdict; None if it gives none."""


def lawful(recognised: Sequence[tuple[Utterance, Record]], calibration: Calibration = UNCALIBRATED) -> dict[str, Any]:
    """Section ``lawful`` of a report: by kind of word, the text known or not; None without any word."""
    heard = [pair for pair in recognised if pair[1].phones is not None]
    known = [word for utterance, record in heard for word in words_of_text(utterance, record, calibration)]
    unknown = [word for utterance, record in heard for word in words_as_recognised(utterance, record, calibration)]
    _, tested = halves(utterance.speaker for utterance, _ in recognised)  # the others may have chosen the thresholds
    return {"lawful": {"text_known": _rows(known, tested), "text_unknown": _rows(unknown, tested)} if known else None}


def kinds(utterance: Utterance) -> list[Kind]:
    """What each word of the text truly is; empty if that is not known."""
    words = pronounced(utterance.text)
    if utterance.words is None:
        return ["lawful" if word.variants[0].changes else "as spelled" for word in words]
    said = [word.surface for word in utterance.words]
    if utterance.surface is None or len(said) != len(words):
        return []
    return [_kind(word, units or ()) for word, units in zip(words, said, strict=True)]


def _kind(word: PronouncedWord, said: Sequence[str]) -> Kind:
    """As ``explain`` has it, but vowels that only merged are as spelled."""
    units = unify(said)
    found = next((variant for variant in word.variants if unify(variant.units) == units), None)
    return "deviant" if found is None else "lawful" if found.changes else "as spelled"


def words_of_text(utterance: Utterance, record: Record, calibration: Calibration) -> Iterator[Called]:
    """Every word of a text that is known."""
    truth = kinds(utterance)
    if not truth:
        return
    compared = compare(utterance.text, [unit.text for unit in record.phones or ()])
    explanations = [explanation for span, explanation in compared if span.word]
    expected = [word.canonical for word in utterance.words] if utterance.words else said_by_rule(utterance.text)
    doubts = doubted(expected, record.text_goodness, record, explanations)
    for kind, explanation, doubt in zip(truth, explanations, doubts, strict=True):
        yield _called(utterance, kind, explanation, _different(doubt, 1.0, calibration))


def words_as_recognised(utterance: Utterance, record: Record, calibration: Calibration) -> Iterator[Called]:
    """Every word that was recognised right."""
    truth, words = kinds(utterance), record.words or ()
    if not truth:
        return
    spans = align_korean(words, record.phones or ())
    explanations = [span.explanation for span in spans if span.word]
    every = doubted([span.canonical for span in spans], record.goodness, record, [span.explanation for span in spans])
    doubts = [doubt for doubt, span in zip(every, spans, strict=True) if span.word]
    texts, meant = [word.text for word in pronounced(utterance.text)], [word.text for word in words]
    for i, j in pair_words(texts, meant):
        if i is not None and j is not None and texts[i] == meant[j]:
            different = _different(doubts[j], words[j].confidence, calibration)
            yield _called(utterance, truth[i], explanations[j], different)


def doubted(
    expected: Sequence[Sequence[str]],
    goodness: Sequence[float],
    record: Record,
    explanations: Sequence[Explanation | None],
) -> list[Against | None]:
    """What speaks against each word, of whose expected units the goodness is; None for one without any."""
    ends = [0, *accumulate(map(len, expected))]
    if ends[-1] != len(goodness):
        return [None] * len(expected)
    phones = record.phones or ()
    return [
        against(goodness[start:end], goodness, phones, _deviant(explanation)) if start < end else None
        for (start, end), explanation in zip(pairwise(ends), explanations, strict=True)
    ]


def _different(doubt: Against | None, confidence: float, calibration: Calibration) -> bool | None:
    if not calibration.judges:
        return None
    return doubt is not None and verdict(doubt, confidence, calibration) == DIFFERENT


def _deviant(explanation: Explanation | None) -> bool:
    return explanation is not None and explanation.kind == "deviant"


def _called(utterance: Utterance, kind: Kind, explanation: Explanation | None, different: bool | None) -> Called:
    patterns = [deviation.pattern for deviation in explanation.deviations] if explanation else []
    return Called(utterance.speaker, kind, bool(patterns), NOT_FOLLOWED in patterns, different)


def _rows(words: Sequence[Called], tested: frozenset[str]) -> dict[str, Any]:
    return {kind: _row([word for word in words if word.kind == kind], tested) for kind in KINDS}


def _row(words: Sequence[Called], tested: frozenset[str]) -> dict[str, Any]:
    judged = [word.different for word in words if word.different is not None and word.speaker in tested]
    return {
        "words": len(words),
        "called_deviant": sum(word.deviant for word in words) / len(words) if words else None,
        "interval": interval((word.speaker, word.deviant, 1) for word in words),
        "rule_not_followed": sum(word.not_followed for word in words) / len(words) if words else None,
        "called_different": sum(judged) / len(judged) if judged else None,
    }
