"""What was said beside how Korean should sound, word by word: as spelled, lawful, or deviant, each with its reasons.

Spelling and sound of Korean differ by rule (같이 is 가치), so three things are told apart:

- *as spelled*: what was said is what is written;
- *lawful*: it differs from what is written by rules of Standard Pronunciation, which are named, or by what natives do;
- *deviant*: it differs from every right way, by patterns that are named, among them a rule that was not followed
  (국물 as 국물 instead of 궁물).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from .alignment import align_to
from .connected_speech import PAUSE_SECONDS
from .hypothesis import Change, Edit, Span, Token, Word
from .hypothesis import Deviation as Deviation
from .hypothesis import Explanation as Explanation
from .hypothesis import Kind as Kind
from .jamo import CODAS, ONSETS, VOWELS, is_hangul, name
from .jamo_distance import CONSONANTS, QUALITIES, jamo_distance, merged
from .korean_pronunciation import NATIVE, PronouncedWord, Variant, pronounce

LARYNGEAL, CODA_DELETION, CODA_REPLACED = "lax/tense/aspirated", "coda deletion", "coda substitution"
VOWEL_INSERTION, VOWEL_MERGER, DIPHTHONG = "vowel insertion", "vowel merger", "diphthong reduction"
NOT_FOLLOWED, OTHER = "rule not followed", "other"
PATTERNS = (LARYNGEAL, CODA_DELETION, CODA_REPLACED, VOWEL_INSERTION, VOWEL_MERGER, DIPHTHONG, NOT_FOLLOWED, OTHER)
CONFUSED = tuple(map(frozenset, ("ㅓㅗ", "ㅡㅜ", "ㅕㅛ", "ㅓㅡ", "ㅐㅏ", "ㅣㅟ")))
"""Vowels that learners whose language has only one of them take for each other."""
LOST = 70
"""Hundredths of an edit for a unit left out or added, as in :mod:`.alignment`."""
UNFOLLOWED = 10
"""How much better a wrong way without a rule must fit than a right one."""
MERGER = "모음 합류"

Pair: TypeAlias = tuple[str | None, str | None]
"""A canonical unit and what was said for it; None: nothing."""


def align_korean(words: Sequence[Word], units: Sequence[Token]) -> tuple[Span, ...]:
    """Spans as :func:`.alignment.align` makes them, explained.  Sounds do not meet across a pause between two words.

    Merged vowels are nothing to remark on here, neither in the edits nor in the explanation: a surface line that was
    trained on one of each set writes that, whatever was said.
    """
    pronounced = pronounce_timed(words)
    options = [[variant.units for variant in word.variants] for word in pronounced]
    whole = [all(map(is_hangul, word.text)) for word in words]
    spans = align_to(words, units, options, whole, jamo_distance)
    following = iter(pronounced)
    return tuple(_explained(span, next(following) if span.word else None) for span in spans)


def pronounce_timed(words: Sequence[Word]) -> tuple[PronouncedWord, ...]:
    """Recognised words in the context of their neighbours, a longer gap being a pause.

    Of a word that is no whole Hangul (a head that spells may write a single letter) the syllables are pronounced.
    """
    pronounced: list[PronouncedWord] = []
    for phrase in _phrases(words):
        if all(is_hangul(character) for word in phrase for character in word.text):
            pronounced += pronounce(" ".join(word.text for word in phrase))
            continue
        for word in phrase:
            known = pronounce("".join(filter(is_hangul, word.text)))
            variants = known[0].variants if known else (Variant((), ()),)
            pronounced.append(PronouncedWord(word.text, variants, ()))
    return tuple(pronounced)


def explain(word: PronouncedWord, said: Sequence[str]) -> Explanation:
    """The units that were said for a word, explained.  Vowels that Seoul has merged are no deviation."""
    exact = next((variant for variant in word.variants if variant.units == tuple(said)), None)
    if exact is not None:
        return Explanation("lawful" if exact.changes else "as spelled", exact.changes)
    target, unfollowed = _nearest(word, said)
    pairs = pair_units(target.units, said)
    mergers = tuple(_mergers(pairs))
    deviations = tuple(_deviations(pairs))
    if not unfollowed:
        return Explanation("deviant" if deviations else "lawful", (*target.changes, *mergers), deviations)
    usual = word.variants[0]
    edits = tuple(_edits(pair for pair in pair_units(usual.units, target.units) if pair[0] != pair[1]))
    missing = tuple(Deviation(NOT_FOLLOWED, edits, rule) for rule in target.changes)
    followed = tuple(change for change in usual.changes if change not in target.changes)
    return Explanation("deviant", (*followed, *mergers), (*missing, *deviations))


def compare(text: str, said: Sequence[str]) -> tuple[tuple[Span, Explanation], ...]:
    """A text and the units that were said for all of it: a span without times per word, and its explanation.

    Units that belong to no word have a span with an empty word.  Raises UsageError for text that is not Hangul.
    """
    pronounced = pronounce(text)
    words = [Word(word.text, 0.0, 0.0, 1.0) for word in pronounced]
    units = [Token(unit, 0.0, 0.0, 1.0) for unit in said]
    options = [[variant.units for variant in word.variants] for word in pronounced]
    spans = align_to(words, units, options, [True] * len(words), jamo_distance)
    following = iter(pronounced)
    return tuple(
        (span, explain(next(following), span.surface) if span.word else Explanation("deviant", (), _extra(span)))
        for span in spans
    )


def pair_units(canonical: Sequence[str], said: Sequence[str]) -> list[Pair]:
    """Both sequences side by side at the least distance (Levenshtein's alignment with :func:`jamo_distance`)."""
    rows = _costs(canonical, said)
    pairs: list[Pair] = []
    i, j = len(canonical), len(said)
    while i or j:
        if i and j and rows[i][j] == rows[i - 1][j - 1] + jamo_distance(canonical[i - 1], said[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((canonical[i], said[j]))
        elif j and rows[i][j] == rows[i][j - 1] + LOST:
            j -= 1
            pairs.append((None, said[j]))
        else:
            i -= 1
            pairs.append((canonical[i], None))
    return pairs[::-1]


def _costs(canonical: Sequence[str], said: Sequence[str]) -> list[list[int]]:
    rows = [[LOST * column for column in range(len(said) + 1)]]
    for unit in canonical:
        row = [rows[-1][0] + LOST]
        for column, other in enumerate(said):
            replaced = rows[-1][column] + jamo_distance(unit, other)
            row.append(min(replaced, rows[-1][column + 1] + LOST, row[-1] + LOST))
        rows.append(row)
    return rows


def _nearest(word: PronouncedWord, said: Sequence[str]) -> tuple[Variant, bool]:
    """The way of saying the word that fits best, and whether it is one in which a rule was not followed."""
    candidates = [
        *(
            (_costs(variant.units, said)[-1][-1], number, variant, False)
            for number, variant in enumerate(word.variants)
        ),
        *(
            (_costs(variant.units, said)[-1][-1] + UNFOLLOWED, len(word.variants) + number, variant, True)
            for number, variant in enumerate(word.unapplied)
        ),
    ]
    _, _, best, unfollowed = min(candidates, key=lambda candidate: candidate[:2])
    return best, unfollowed


def _mergers(pairs: Sequence[Pair]) -> Iterator[Change]:
    vowels = [pair for pair in pairs if pair[0] in VOWELS]
    for index, (canonical, said) in enumerate(vowels):
        if canonical and said and canonical != said and merged(canonical, said):
            yield Change(MERGER, "4" if {name(canonical), name(said)} == {"ㅚ", "ㅞ"} else NATIVE, index)


def _deviations(pairs: Sequence[Pair]) -> Iterator[Deviation]:
    """Every difference; a coda that became an onset and the vowel added to it are one: 책 as 채크."""
    pending: Pair | None = None
    for pair, following in zip(pairs, (*pairs[1:], (None, None)), strict=False):
        canonical, said = pair
        if pending:
            yield Deviation(VOWEL_INSERTION, tuple(_edits([pending, pair])))
            pending = None
        elif canonical in CODAS and said in ONSETS and following[0] is None and following[1] in VOWELS:
            pending = pair
        elif canonical != said and not (canonical and said and merged(canonical, said)):
            yield Deviation(_pattern(pair), tuple(_edits([pair])))


def _pattern(pair: Pair) -> str:
    canonical, said = pair
    if canonical is None or said is None:
        return CODA_DELETION if canonical in CODAS else VOWEL_INSERTION if said in VOWELS else OTHER
    one, other = name(canonical).removeprefix("-"), name(said).removeprefix("-")
    if canonical in ONSETS and said in ONSETS:
        return LARYNGEAL if CONSONANTS[one][:2] == CONSONANTS[other][:2] else OTHER
    if canonical in VOWELS and said in VOWELS:
        if QUALITIES[one][0] and not QUALITIES[other][0]:
            return DIPHTHONG
        return VOWEL_MERGER if {one, other} in CONFUSED else OTHER
    return CODA_REPLACED if canonical in CODAS and said in CODAS else OTHER


def _edits(pairs: Iterator[Pair] | Sequence[Pair]) -> Iterator[Edit]:
    for canonical, said in pairs:
        yield Edit("insert" if canonical is None else "delete" if said is None else "replace", canonical, said)


def _explained(span: Span, word: PronouncedWord | None) -> Span:
    """A span with its explanation; word: None where it belongs to none."""
    if word is None:
        return dataclasses.replace(span, explanation=Explanation("deviant", (), _extra(span)))
    alike = [pair for pair in pair_units(span.canonical, span.surface) if pair[1] is not None]
    heard = [one if one and said and merged(one, said) else said for one, said in alike]
    explanation = explain(word, [unit for unit in heard if unit is not None])
    kept = (edit for edit in span.edits if not merged(edit.canonical or "", edit.surface or ""))
    edits = tuple(kept) if explanation.kind == "deviant" else ()
    return dataclasses.replace(span, edits=edits, explanation=explanation)


def _extra(span: Span) -> tuple[Deviation, ...]:
    return (Deviation(OTHER, span.edits),)


def _phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words without a pause between them."""
    phrase: list[Word] = []
    for word in words:
        if phrase and word.start - phrase[-1].end > PAUSE_SECONDS:
            yield phrase
            phrase = []
        phrase.append(word)
    if phrase:
        yield phrase
