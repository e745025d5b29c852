"""Verdicts against the experts: of the words that were called different, how many were mispronounced?

A word is mispronounced if a phone of it is, as in models/evidence.py.  Because experts grade, two milder truths stand
beside it: a phone that is more wrong than right to them, and one that is not fully right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from saidmeant.streaming.lexicon import Lexicon
from saidmeant.streaming.verdict import CORRECT, DIFFERENT, UNSURE, Against, Calibration, against, verdict

from .deviation import phones_by_word
from .evidence import ACCURATE, mispronounced
from .manifest import ReferenceWord, Utterance
from .metrics import spelled
from .pairing import pair_words
from .records import Record
from .scoring import scoring
from .statistics import halves, interval

TRUTHS = {"wrong": ACCURATE, "more wrong than right": 1.0, "not fully right": 1.5}
"""A word is mispronounced if the accuracy (0 wrong, 2 right) of one of its phones is lower."""
Recognised = Sequence[tuple[Utterance, Record]]


@dataclass(frozen=True, slots=True)
class JudgedWord:
    """What verdict.py needs to judge a word, and by truth whether it was mispronounced."""

    speaker: str
    against: Against
    confidence: float
    wrong: dict[str, bool]

    def verdict(self, calibration: Calibration) -> str:
        return verdict(self.against, self.confidence, calibration)


def truths(word: ReferenceWord) -> dict[str, bool]:
    """By every truth; without accuracies all are the same."""
    if not word.accuracy:
        return dict.fromkeys(TRUTHS, any(mispronounced(word)))
    return {name: min(word.accuracy) < limit for name, limit in TRUTHS.items()}


def words_of_text(utterance: Utterance, record: Record) -> list[JudgedWord]:
    """Every word of a text that is known; none without annotation or goodness."""
    if utterance.words is None or utterance.surface is None or not record.text_goodness:
        return []
    words = [word.canonical for word in utterance.words]
    phones = scoring(utterance.language).heard(record.phones)
    heard = phones_by_word(words, [phone.text for phone in phones])
    own = _sliced(record.text_goodness, words)
    judged = []
    for word, each, said, mine in zip(utterance.words, words, heard, own, strict=True):
        if mine:
            doubts = against(mine, record.text_goodness, phones, tuple(said) != each)
            judged.append(JudgedWord(utterance.speaker, doubts, 1.0, truths(word)))
    return judged


def words_as_recognised(utterance: Utterance, record: Record, lexicon: Lexicon) -> list[JudgedWord]:
    """Every word that was recognised; one that was not spoken is no mispronounced word, whatever is said of it."""
    if utterance.words is None or utterance.surface is None or not record.goodness or not record.words:
        return []
    how = scoring(utterance.language)
    spans = [span for span in how.spans(record.words, record.phones or (), lexicon) if span.word]
    own = _sliced(record.goodness, [span.canonical for span in spans])
    texts = [" ".join(spelled(word.text)) for word in utterance.words]
    spoken = [" ".join(spelled(span.word)) for span in spans]
    judged = []
    for i, j in pair_words(texts, spoken):
        if j is None or not own[j]:
            continue
        right = i is not None and texts[i] == spoken[j]
        wrong = truths(utterance.words[i]) if right and i is not None else dict.fromkeys(TRUTHS, False)
        strays = spans[j].canonical != spans[j].surface
        doubts = against(own[j], record.goodness, record.phones or (), strays)
        judged.append(JudgedWord(utterance.speaker, doubts, record.words[j].confidence, wrong))
    return judged


def _sliced(values: Sequence[float], words: Sequence[Sequence[str]]) -> list[Sequence[float]]:
    ends = accumulate((len(word) for word in words), initial=0)
    return [values[start:end] for start, end in pairwise(ends)]


def verdicts(recognised: Recognised, lexicon: Lexicon, calibration: Calibration) -> dict[str, Any] | None:
    """``verdicts`` of a report: half B, text known and unknown; None without thresholds or annotations."""
    _, second = halves(utterance.speaker for utterance, _ in recognised)
    tested = [(utterance, record) for utterance, record in recognised if utterance.speaker in second]
    known = [word for u, r in tested for word in words_of_text(u, r)]
    unknown = [word for u, r in tested for word in words_as_recognised(u, r, lexicon)]
    if not calibration.judges or not known:
        return None
    return {"text_known": counted(known, calibration), "text_unknown": counted(unknown, calibration)}


def counted(words: Sequence[JudgedWord], calibration: Calibration) -> dict[str, Any]:
    """Shares of the verdicts, and by truth precision and recall of ``different``."""
    given = [(word, word.verdict(calibration)) for word in words]
    shares = {name: _ratio(sum(v == name for _, v in given), len(given)) for name in (CORRECT, UNSURE, DIFFERENT)}
    return {
        "words": len(given),
        "shares": shares,
        "different": {truth: _precision_and_recall(given, truth) for truth in TRUTHS},
    }


def _precision_and_recall(given: Iterable[tuple[JudgedWord, str]], truth: str) -> dict[str, Any]:
    rows = [(word.speaker, word.wrong[truth], found == DIFFERENT) for word, found in given]
    hits, alarms = sum(wrong and alarm for _, wrong, alarm in rows), sum(alarm for *_, alarm in rows)
    return {
        "precision": _ratio(hits, alarms),
        "precision_interval": interval((speaker, wrong and alarm, alarm) for speaker, wrong, alarm in rows),
        "recall": _ratio(hits, sum(wrong for _, wrong, _ in rows)),
        "alarms": alarms,
    }


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
