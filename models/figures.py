"""Everything that a report says beyond error rates, computed from utterances and their records."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from saidmeant.streaming.lexicon import Lexicon
from saidmeant.streaming.verdict import UNCALIBRATED, Calibration

from .detection import detect
from .deviation import deviation, expected_line, hear_words
from .evidence import judge_with_text, judge_without_text
from .manifest import UNKNOWN_PHONE, Utterance
from .metrics import ErrorRate, spelled, total
from .pairing import pair_phones, pair_words
from .records import Record
from .scoring import Scoring, scoring
from .stability import Stability
from .statistics import RESAMPLES, calibrate, halves, interval
from .verdicts import verdicts

CHILD_YEARS = 16
"""Speakers younger than this are children."""
ALIGNER = "CTC forward-backward (streaming/goodness.py); without it articulatory distance, Needleman-Wunsch"
CALIBRATION = "expected calibration error, 16 bins of equal width (Naeini et al. 2015, Guo et al. 2017)"
BOOTSTRAP = f"percentile bootstrap over speakers, {RESAMPLES} resamples, 95 %"

Recognised = Sequence[tuple[Utterance, Record]]
Figures = dict[str, Any]
Rate = Callable[[Utterance, Record], ErrorRate | None]


def figures(recognised: Recognised, lexicon: Lexicon, fitted: Calibration = UNCALIBRATED) -> Figures:
    """The sections of a report: ``detection``, ``verdicts``, ``intent_bias``, ``baseline``, ``calibration`` and others.

    recognised: of one language, whose utterances are ``Scoring.folded``.  fitted: what the bundle's verdicts rest on.

    Sections are None where the manifest or the bundle lacks what they need.
    """
    baseline = [(utterance, _as_read(utterance, record, lexicon)) for utterance, record in recognised]
    detection = _detection(recognised, lexicon)
    if detection is not None:
        detection = {"aligner": ALIGNER, **detection, "baseline": _detection(baseline, lexicon)}
    return {
        "detection": detection,
        "verdicts": verdicts(recognised, lexicon, fitted),
        **_how(recognised).sections(recognised, fitted),
        "intent_bias": _intent_bias(recognised),
        "baseline": _baseline(baseline),
        "calibration": _calibration(recognised),
        "stability": _stability(recognised),
        "groups": _groups(recognised),
        "intervals": {"method": BOOTSTRAP, **_intervals(recognised)},
    }


def word_rate(utterance: Utterance, record: Record) -> ErrorRate | None:
    """Of the meaning line, as far as there is one."""
    return scoring(utterance.language).meaning_errors(utterance, record.text)


def phone_rate(utterance: Utterance, record: Record) -> ErrorRate | None:
    """Of the surface line against the pronounced phones, as far as both are known."""
    heard = None if record.phones is None else [phone.text for phone in record.phones]
    return scoring(utterance.language).surface_errors(utterance, heard)


def rates_of(recognised: Recognised) -> dict[str, Rate]:
    """The error rates of meaning and surface by the names that they have in JSON."""
    meaning, surface, _ = _how(recognised).keys
    return {meaning: word_rate, surface: phone_rate}


def _how(recognised: Recognised) -> Scoring:
    return scoring(recognised[0][0].language if recognised else "en")


def _as_read(utterance: Utterance, record: Record, lexicon: Lexicon) -> Record:
    """The record of a recogniser of words whose phones come from the lexicon, or from the rules."""
    usual = scoring(utterance.language).usual(record.words or (), lexicon)
    phones = None if record.words is None else expected_line(record.words, usual)
    return dataclasses.replace(record, phones=phones, goodness=(), text_goodness=())


def _detection(recognised: Recognised, lexicon: Lexicon) -> Figures | None:
    speakers = [utterance.speaker for utterance, _ in recognised]
    heard = [(utterance, record) for utterance, record in recognised if record.phones is not None]
    known = [phone for u, r in heard for phone in judge_with_text(u, r.phones or (), r.text_goodness)]
    unknown = [
        phone
        for u, r in heard
        if r.words is not None
        for phone in judge_without_text(u, r.phones or (), r.words, lexicon, r.goodness)
    ]
    found = {"text_known": detect(known, speakers), "text_unknown": detect(unknown, speakers)}
    return found if any(found.values()) else None


def _intent_bias(recognised: Recognised) -> Figures | None:
    words = [
        word
        for utterance, record in recognised
        if record.phones is not None
        for word in hear_words(utterance, [phone.text for phone in record.phones])
    ]
    return deviation(words)


def _baseline(recognised: Recognised) -> Figures | None:
    """The phone error rate and intent bias of the lexicon's phones of the recognised words."""
    rate = total(phone_rate(utterance, record) for utterance, record in recognised)
    if rate is None:
        return None
    _, surface = rates_of(recognised)
    return {surface: rate.rate, "intent_bias": _intent_bias(recognised)}


def _calibration(recognised: Recognised) -> Figures:
    """Of all speakers, and of half B, on which no table was fitted."""
    _, second = halves(utterance.speaker for utterance, _ in recognised)
    tested = [pair for pair in recognised if pair[0].speaker in second]
    return {"method": CALIBRATION, **confidences(recognised), "half_b": confidences(tested)}


def confidences(recognised: Recognised) -> Figures:
    """Calibration of phones and words; None where there are none."""
    phones = [pair for utterance, record in recognised for pair in phones_right(utterance, record)]
    words = [pair for utterance, record in recognised for pair in words_right(utterance, record)]
    found = {"phones": calibrate(*_columns(phones)), "words": calibrate(*_columns(words))}
    return {name: None if each is None else each.as_dict() for name, each in found.items()}


def _stability(recognised: Recognised) -> Figures | None:
    """How often partial phones and words were changed; of the records that know."""
    known = [(u.speaker, record.stability) for u, record in recognised if record.stability is not None]
    return (
        {
            name: _stability_row([(speaker, lines[line]) for speaker, lines in known])
            for line, name in enumerate(("phones", "words"))
        }
        if known
        else None
    )


def _stability_row(lines: Sequence[tuple[str, Stability]]) -> Figures:
    whole = sum((line for _, line in lines), Stability())
    rewritten = whole.changed - whole.grown
    return {
        "changed_share": whole.changed / whole.emitted if whole.emitted else None,
        "changed_share_interval": interval((speaker, line.changed, line.emitted) for speaker, line in lines),
        "rewritten_share": rewritten / whole.emitted if whole.emitted else None,
        "unstable_ratio": rewritten / whole.final if whole.final else None,
        "emitted": whole.emitted,
        "final": whole.final,
        "stable_but_changed": whole.broken,
    }


def _columns(pairs: Sequence[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [confidence for confidence, _ in pairs], [right for _, right in pairs]


def phones_right(utterance: Utterance, record: Record) -> list[tuple[float, bool]]:
    """Confidence of each phone heard, and whether it was pronounced at that place."""
    heard = scoring(utterance.language).heard(record.phones)
    if utterance.surface is None:
        return []
    pairs = pair_phones(utterance.surface, [phone.text for phone in heard])
    said = {j: utterance.surface[i] for i, j in pairs if i is not None and j is not None}
    return [(phone.confidence, said.get(j) in (phone.text, UNKNOWN_PHONE)) for j, phone in enumerate(heard)]


def words_right(utterance: Utterance, record: Record) -> list[tuple[float, bool]]:
    reference = spelled(utterance.text)
    heard = [" ".join(spelled(word.text)) for word in record.words or ()]
    said = {j: reference[i] for i, j in pair_words(reference, heard) if i is not None and j is not None}
    return [(word.confidence, said.get(j) == heard[j]) for j, word in enumerate(record.words or ())]


def _groups(recognised: Recognised) -> list[Figures]:
    """One row per value of gender, age (child or adult) and first language that the manifest names."""
    names: dict[str, Callable[[Utterance], str | None]] = {
        "gender": lambda utterance: _text(utterance.fields.get("gender")),
        "age": _age,
        "l1": lambda utterance: _text(utterance.fields.get("l1")),
    }
    rows = []
    for name, of in names.items():
        values = sorted({value for utterance, _ in recognised if (value := of(utterance)) is not None})
        for value in values:
            part = [(utterance, record) for utterance, record in recognised if of(utterance) == value]
            rows.append({"group": name, "value": value, **_row(part)})
    return rows


def _row(part: Recognised) -> Figures:
    rates = {name: total(rate(u, r) for u, r in part) for name, rate in rates_of(part).items()}
    return {
        **{name: None if rate is None else rate.rate for name, rate in rates.items()},
        "utterances": len(part),
        "speakers": len({utterance.speaker for utterance, _ in part}),
        "intervals": _intervals(part),
    }


def _text(value: object) -> str | None:
    return str(value) if value not in (None, "") else None


def _age(utterance: Utterance) -> str | None:
    age = utterance.fields.get("age")
    if isinstance(age, bool) or not isinstance(age, (int, float)):
        return None
    return f"child (under {CHILD_YEARS})" if age < CHILD_YEARS else "adult"


def _intervals(recognised: Recognised) -> Figures:
    return {name: interval(_parts(recognised, rate)) for name, rate in rates_of(recognised).items()}


def _parts(recognised: Recognised, rate: Rate) -> Iterable[tuple[str, float, float]]:
    for utterance, record in recognised:
        found = rate(utterance, record)
        if found is not None:
            yield utterance.speaker, found.edits, found.length
