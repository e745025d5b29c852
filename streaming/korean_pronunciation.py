"""How Korean is said: from spelling to sound by Standard Pronunciation, with every rule that was used.

    >>> [str(word) for word in pronounce("옷 한 벌")]
    ['오', '탄', '벌']

Words that follow each other are said in one breath, as the standard gives its examples; punctuation is a pause.
Saying them one by one is just as right, so every word has variants: the usual one first, then those without a link
to its neighbours, with what the standard permits (시계 as 시게, 협의 as 혀비, 냇가 as 낻까), and with what natives do
beyond it (전화 as 저놔).  Vowel length (article 6), which Seoul has given up, is not written.

g2pk and g2pkk (Apache-2.0) were no fit: they need MeCab and NLTK with their data, rewrite strings without saying which
rule did what, and give one form; ko-pron and epitran, smaller, do not look across words and know no exceptions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise, product
from typing import NamedTuple

from .errors import UsageError
from .hypothesis import Change as Change
from .jamo import Syllable, is_hangul, join, syllable
from .korean_lexicon import JunctureLexicon, Mark, shipped_junctures
from .korean_rules import COMPOUND, END, INSIDE, SPACE, TENSE, Y_VOWELS, Consonants, Juncture, Step, run_rules

NATIVE = "현실 발음"
"""The article of what natives do and the standard does not mention."""
MOST_VARIANTS = 64
MOST_UNAPPLIED = 5  # junctures of a word, all ways to leave out their rules
ONSET, VOWEL, CODA = range(3)
ADNOMINAL = "을할될갈올볼줄날릴킬칠쓸"
"""Syllables that verbs before a noun often end in."""
VOWEL_RULE, GLIDE_RULE = "이중 모음의 단모음화", "반모음 첨가"
_QUOTES = re.compile("['\"\u2018\u2019\u201c\u201d]")
_PAUSE = re.compile(r"[^\w\s]+|\n+")


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to say a word: its units (:mod:`.jamo`) and the rules behind it; none where it sounds as it is spelled."""

    units: tuple[str, ...]
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        return join(self.units)


@dataclass(frozen=True, slots=True)
class PronouncedWord:
    """A word of a text and all right ways to say it there, the usual one first."""

    text: str
    variants: tuple[Variant, ...]
    unapplied: tuple[Variant, ...]
    """Wrong ways, in which rules are not followed; their changes are those that are missing."""

    def __str__(self) -> str:
        return str(self.variants[0])


class _Option(NamedTuple):
    """What may be said at some places of a word (three a syllable: onset, vowel, coda), and the changes that it is."""

    letters: tuple[tuple[int, str], ...]
    changes: tuple[Change, ...] = ()


class _Outcome(NamedTuple):
    """What may become of a juncture."""

    consonants: Consonants
    steps: tuple[Step, ...] = ()


def pronounce(text: str, lexicon: JunctureLexicon | None = None) -> tuple[PronouncedWord, ...]:
    """Every word of a text in Hangul.  Raises UsageError for digits and other letters: they must be spelled out."""
    junctures = lexicon or shipped_junctures()
    return tuple(word for phrase in phrases(text) for word in _pronounce_phrase(phrase, junctures))


def phrases(text: str) -> Iterator[tuple[str, ...]]:
    """The words between two pauses.  Raises UsageError for what is neither Hangul nor punctuation."""
    for part in _PAUSE.split(_QUOTES.sub("", unicodedata.normalize("NFC", text))):
        words = tuple(part.split())
        if foreign := [word for word in words if not all(map(is_hangul, word))]:
            raise UsageError(f"{foreign[0]!r} is not Hangul; write numbers and foreign words as they are said: 3 as 삼")
        if words:
            yield words


def _pronounce_phrase(words: Sequence[str], lexicon: JunctureLexicon) -> Iterator[PronouncedWord]:
    spaces = [_across(one, other, lexicon) for one, other in pairwise(words)]
    for number, word in enumerate(words):
        last = 3 * len(word) - 1
        first = [_right(outcome) for outcome in spaces[number - 1]] if number else []
        final = spaces[number] if number < len(spaces) else [_alone(syllable(word[-1]), lexicon.marks(word))]
        inside = list(_inside(word, lexicon))
        ends = [_distinct(first)] if first else []
        ends.append(_distinct(_left(outcome, last) for outcome in final))
        yield PronouncedWord(
            word,
            tuple(_variants(word, [*ends, *inside])),
            tuple(_unapplied(word, [options[:1] for options in ends], inside)),
        )


def _inside(word: str, lexicon: JunctureLexicon) -> Iterator[list[_Option]]:
    """The options of every vowel and every juncture of a word."""
    parts = [syllable(character) for character in word]
    marks = lexicon.marks(word)
    for index in range(len(parts)):
        yield _vowels(parts, index)
    for index, (part, following) in enumerate(pairwise(parts)):
        outcomes = _outcomes(part, following, INSIDE, marks.get(index, set()))
        places = (3 * index + CODA, 3 * index + 3 + ONSET)
        yield _distinct(
            _Option(
                tuple(zip(places, outcome.consonants, strict=True)),
                tuple(_change(step, index) for step in outcome.steps),
            )
            for outcome in outcomes
        )


def _across(word: str, following: str, lexicon: JunctureLexicon) -> list[_Outcome]:
    """What may become of the juncture between two words; said apart is always right."""
    part, after = syllable(word[-1]), syllable(following[0])
    at_end = lexicon.marks(word).get(len(word) - 1, set())
    marks = lexicon.marks_between(word, following) | at_end
    outcomes = _outcomes(part, after, SPACE, marks)
    alone = _alone(part, lexicon.marks(word))
    apart = _Outcome((alone.consonants[0], after.onset), alone.steps)
    may_add = [
        Mark("29", True) if after.onset == "ㅇ" and after.vowel in Y_VOWELS else None,
        Mark("27", True) if word[-1] in ADNOMINAL and after.onset in TENSE else None,
    ]
    added = [_outcomes(part, after, SPACE, marks | {mark})[0] for mark in may_add if mark]
    without = _outcomes(part, after, SPACE, {mark for mark in marks if mark.article != "29"})
    return [*outcomes, apart, *added, *without]


def _alone(part: Syllable, marks: Mapping[int, set[Mark]]) -> _Outcome:
    """A syllable before a pause."""
    last = max(marks, default=0)
    articles = frozenset(mark.article for mark in marks.get(last, ()))
    return _Outcome(*run_rules(Juncture(part.coda, "", link=END, marks=articles)))


def _outcomes(part: Syllable, following: Syllable, link: str, marks: set[Mark]) -> list[_Outcome]:
    """The usual outcome, then what is right as well."""
    articles = frozenset(mark.article for mark in marks)
    leave_out = [mark.article for mark in marks if mark.optional and mark.article in ("15", "24", "27", "29")]
    sets = [articles, *(articles - {article} for article in sorted(leave_out))]
    sets += [articles - {"30"}] if "30" in articles else []
    sets += [articles | {"weak"}] if following.onset == "ㅎ" else []
    found = []
    for each in sets:
        here = COMPOUND if link == INSIDE and "15" in each else link
        juncture = Juncture(part.coda, following.onset, following.vowel, here, each, following.onset)
        found.append(_Outcome(*run_rules(juncture)))
    return found


def _vowels(parts: Sequence[Syllable], index: int) -> list[_Option]:
    """Article 5, exceptions 2 to 4, and article 22; exception 1 depends on the onset as said (:func:`_assemble`)."""
    onset, vowel, _ = parts[index]
    before = parts[index - 1] if index else None
    place, last = 3 * index + VOWEL, index == len(parts) - 1
    glides = before is not None and not before.coda and onset == "ㅇ"
    others: list[tuple[str, str, str]] = []
    if vowel == "ㅢ" and onset != "ㅇ":
        return [_Option(((place, "ㅣ"),), (Change(VOWEL_RULE, "5.3", index),))]
    if vowel == "ㅢ" and before:
        others = [("ㅣ", VOWEL_RULE, "5.4"), *([("ㅔ", VOWEL_RULE, "5.4")] if last else [])]
    if vowel == "ㅖ" and onset not in "ㅇㄹ":
        others = [("ㅔ", VOWEL_RULE, "5.2")]
    if glides and before and vowel == "ㅓ" and before.vowel in "ㅣㅚㅟ":
        others = [("ㅕ", GLIDE_RULE, "22")]
    if glides and before and vowel == "ㅗ" and before.vowel == "ㅣ" and last:
        others = [("ㅛ", GLIDE_RULE, "22")]
    said = [_Option(((place, letter),), (Change(rule, article, index),)) for letter, rule, article in others]
    return [_Option(((place, vowel),)), *said]


def _variants(word: str, choices: Sequence[Sequence[_Option]]) -> Iterator[Variant]:
    """Every combination once, those near the usual one first, up to :data:`MOST_VARIANTS`."""
    branching = [list(range(len(options))) for options in choices]
    sizes = 1
    for position, options in enumerate(choices):
        sizes *= len(options)
        if sizes > 8 * MOST_VARIANTS:
            branching[position] = [0]
    picks = sorted(product(*branching), key=lambda pick: (sum(1 for each in pick if each), pick))
    seen = dict[tuple[str, ...], Variant]()
    for pick in picks[: 2 * MOST_VARIANTS]:
        variant = _assemble(word, [options[each] for options, each in zip(choices, pick, strict=True)])
        seen.setdefault(variant.units, variant)
    return islice(seen.values(), MOST_VARIANTS)


def _unapplied(word: str, ends: Sequence[Sequence[_Option]], inside: Sequence[Sequence[_Option]]) -> Iterator[Variant]:
    """The usual way with the rules of some junctures or vowels left out, which is then wrong."""
    parts = [syllable(character) for character in word]
    usual = [options[0] for options in inside]
    changed = [number for number, option in enumerate(usual) if option.changes][:MOST_UNAPPLIED]
    found = {variant.units: variant for variant in _variants(word, [*ends, *inside])}
    neglected = [_neglected(parts, usual[number]) for number in changed]
    for pick in product(*(range(len(options) + 1) for options in neglected)):
        chosen = list(usual)
        missing: list[Change] = []
        for number, options, each in zip(changed, neglected, pick, strict=True):
            if each:
                chosen[number] = options[each - 1]
                missing += [change for change in usual[number].changes if change not in chosen[number].changes]
        variant = _assemble(word, [*(options[0] for options in ends), *chosen])
        if variant.units not in found:
            found[variant.units] = variant
            yield replace(variant, changes=tuple(missing))


def _neglected(parts: Sequence[Syllable], option: _Option) -> list[_Option]:
    """The same places as if every syllable stood alone; for a juncture also as if the word were a stem and endings."""
    places = [place for place, _ in option.letters]
    written = [parts[place // 3][place % 3] for place in places]
    if len(places) == 1:
        return [_Option(((places[0], written[0]),))]
    following = parts[places[1] // 3]
    alone = run_rules(Juncture(written[0], "", link=END))[0][0]
    juncture = Juncture(written[0], written[1], following.vowel, written_onset=following.onset)
    joined, steps = run_rules(juncture)
    changes = tuple(_change(step, places[0] // 3) for step in steps)
    return [
        _Option(tuple(zip(places, (alone, written[1]), strict=True))),
        _Option(tuple(zip(places, joined, strict=True)), changes),
    ]


def _assemble(word: str, options: Iterable[_Option]) -> Variant:
    """The word with these letters; what no option says is as it is written.  Article 5, exception 1: 가져 as 가저."""
    letters = [letter for character in word for letter in syllable(character)]
    changes: list[Change] = []
    for option in options:
        changes += option.changes
        for place, letter in option.letters:
            letters[place] = letter
    for index in range(len(word)):
        if letters[3 * index] in ("ㅈ", "ㅉ", "ㅊ") and letters[3 * index + VOWEL] == "ㅕ":
            letters[3 * index + VOWEL] = "ㅓ"
            changes.append(Change(VOWEL_RULE, "5.1", index))
    said = (Syllable(*letters[3 * index : 3 * index + 3]) for index in range(len(word)))
    ordered = tuple(dict.fromkeys(sorted(changes, key=lambda change: change.syllable)))
    return Variant(tuple(unit for part in said for unit in part.units), ordered)


def _left(outcome: _Outcome, place: int) -> _Option:
    """What it is for the word before it."""
    changes = tuple(_change(step, place // 3) for step in outcome.steps if step.coda)
    return _Option(((place, outcome.consonants[0]),), changes)


def _right(outcome: _Outcome) -> _Option:
    """What it is for the word after it."""
    return _Option(((0, outcome.consonants[1]),), tuple(_change(step, 0) for step in outcome.steps if step.onset))


def _change(step: Step, index: int) -> Change:
    return Change(step.rule.name, step.rule.article or NATIVE, index)


def _distinct(options: Iterable[_Option]) -> list[_Option]:
    """Without those that say the same as an earlier one."""
    found = dict[tuple[tuple[int, str], ...], _Option]()
    for option in options:
        found.setdefault(option.letters, option)
    return list(found.values())
