"""How likely each canonical phone was mispronounced, from what the runtime says: both lines and their confidences.

Where the runtime gives a goodness of pronunciation (streaming/goodness.py), its negative is the evidence; else the
surface line is laid against the canonical phones.  Those of the text, if it is known; without it, the runtime's own
spans say which phones should have been heard, and those of a wrong word are no evidence about the text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from saidmeant.streaming.hypothesis import Span, Token, Word
from saidmeant.streaming.lexicon import Lexicon

from .manifest import ReferenceWord, Utterance
from .metrics import spelled
from .pairing import distance, pair_by_articulation, pair_words
from .scoring import scoring

ACCURATE = 0.5
"""A canonical phone is mispronounced if its accuracy (0 wrong, 2 right) is lower."""
LEFT_OUT_EVIDENCE = 0.45
"""A phone that was not heard has no confidence of its own."""
DOUBT = 0.3
"""What the doubt about a phone that was heard as expected weighs."""
CONTEXT_WEIGHT = 2.0
"""Of the utterance's mean beside a phone's own goodness; chosen on half A of speechocean762-dev."""
UNJUDGED = float("-inf")
"""Below every threshold: a phone about which the recogniser says nothing."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One phone: ``score`` rises with the evidence against it, ``wrong`` is the truth.

    ``wrong`` is None for a phone that the text does not have, because the recogniser took a word for another.
    """

    speaker: str
    score: float
    wrong: bool | None


def mispronounced(word: ReferenceWord) -> list[bool]:
    """(canonical phones,) by the experts' accuracy; without it those replaced or left out in ``surface``."""
    if word.accuracy:
        return [accuracy < ACCURATE for accuracy in word.accuracy]
    surface = word.surface or ()
    pairs = pair_by_articulation(word.canonical, surface)
    return [j is None or surface[j] != word.canonical[i] for i, j in pairs if i is not None]


def phone_evidence(canonical: Sequence[str], heard: Sequence[Token]) -> list[float]:
    """(canonical phones,) from 0, surely as it should be, to 1, surely not.

    A phone heard as expected counts with the doubt about it, another one in its place with the confidence in that one
    and the root of its articulatory distance: a small slip is likelier ours than the speaker's.
    """
    evidence = []
    for i, j in pair_by_articulation(canonical, [phone.text for phone in heard]):
        if i is None:
            continue
        if j is None:
            evidence.append(LEFT_OUT_EVIDENCE)
        elif heard[j].text == canonical[i]:
            evidence.append(DOUBT * (1 - heard[j].confidence))
        else:
            strayed = min(1.0, distance(canonical[i], heard[j].text) / 100)
            evidence.append(heard[j].confidence * math.sqrt(strayed))
    return evidence


def in_context(words: Sequence[Sequence[float]]) -> list[list[float]]:
    """Scores from the evidence of one utterance, by word: the geometric mean of a phone's own, its word's mean and the
    utterance's mean, because who misses one phone misses more around it.
    """
    everything = [own for word in words for own in word]
    return [[(own * _mean(word) * _mean(everything)) ** (1 / 3) for own in word] for word in words]


def goodness_scores(words: Sequence[Sequence[str]], goodness: Sequence[float]) -> list[list[float]]:
    """Scores by word from the goodness of all their phones in a row: a phone's own and, weighted, the mean of all."""
    around = CONTEXT_WEIGHT * _mean(goodness)
    ends = accumulate((len(word) for word in words), initial=0)
    return [[-own - around for own in goodness[start:end]] for start, end in pairwise(ends)]


def _mean(evidence: Sequence[float]) -> float:
    return sum(evidence) / len(evidence) if evidence else 0.0


def scores_with_text(words: Sequence[Sequence[str]], heard: Sequence[Token]) -> list[list[float]]:
    """Scores by word, each word given by its canonical phones."""
    evidence = phone_evidence([phone for word in words for phone in word], heard)
    ends = accumulate((len(word) for word in words), initial=0)
    return in_context([evidence[start:end] for start, end in pairwise(ends)])


def judge_with_text(utterance: Utterance, heard: Sequence[Token], goodness: Sequence[float] = ()) -> list[Judged]:
    """Every canonical phone of the text; nothing if the manifest does not say how it was pronounced."""
    if utterance.words is None or utterance.surface is None:
        return []
    words = [word.canonical for word in utterance.words]
    heard = scoring(utterance.language).heard(heard)
    scores = goodness_scores(words, goodness) if goodness else scores_with_text(words, heard)
    return [
        Judged(utterance.speaker, score, wrong)
        for word, own in zip(utterance.words, scores, strict=True)
        for score, wrong in zip(own, mispronounced(word), strict=True)
    ]


def judge_without_text(
    utterance: Utterance,
    heard: Sequence[Token],
    meant: Sequence[Word],
    lexicon: Lexicon,
    goodness: Sequence[float] = (),
) -> list[Judged]:
    """Every canonical phone of the text, then those that only the recogniser expected."""
    if utterance.words is None or utterance.surface is None:
        return []
    how = scoring(utterance.language)
    spans = how.spans(meant, heard, lexicon)
    words = [span for span in spans if span.word]
    expected = [span.canonical for span in words]
    scores = goodness_scores(expected, goodness) if goodness else _word_scores(spans, how.heard(heard))
    texts = [" ".join(spelled(word.text)) for word in utterance.words]
    spoken = [" ".join(spelled(span.word)) for span in words]
    judged: list[Judged] = []
    for i, j in pair_words(texts, spoken):
        word = None if i is None else utterance.words[i]
        if word is not None and (j is None or texts[i or 0] != spoken[j]):
            judged += [Judged(utterance.speaker, UNJUDGED, wrong) for wrong in mispronounced(word)]
            word = None
        if j is not None:
            judged += _judge_word(utterance.speaker, word, words[j].canonical, scores[j])
    return judged


def _judge_word(
    speaker: str, word: ReferenceWord | None, canonical: Sequence[str], scores: Sequence[float]
) -> list[Judged]:
    """Our pronunciation of a word laid against the manifest's; of a wrong word (None) every phone is out of place."""
    if word is None:
        return [Judged(speaker, score, None) for score in scores]
    truth = mispronounced(word)
    return [
        Judged(speaker, UNJUDGED if j is None else scores[j], None if i is None else truth[i])
        for i, j in pair_by_articulation(word.canonical, canonical)
    ]


def _word_scores(spans: Sequence[Span], heard: Sequence[Token]) -> list[list[float]]:
    """(words, canonical phones); the surfaces of all spans, concatenated, are the surface line."""
    ends = accumulate((len(span.surface) for span in spans), initial=0)
    return in_context(
        [
            phone_evidence(span.canonical, heard[start:end])
            for span, (start, end) in zip(spans, pairwise(ends), strict=True)
            if span.word
        ]
    )
