"""``python -m saidmeant.models.korean_sounds [TEXT…]``: how Korean is said, and by which rules.

    $ python -m saidmeant.models.korean_sounds 국물이 같이 맛있다
    국물이    궁무리    비음화 (18) 국, 연음 (13) 물
    같이      가치      구개음화 (17) 같
    맛있다    마딛따    음절의 끝소리 규칙 (15) 맛, 연음 (15) 맛, 경음화 (23) 있, 음절의 끝소리 규칙 (9) 있; also 마싣따
    $ python -m saidmeant.models.korean_sounds 책상 앞에 --said '채상 아페'
    책상      채상      deviant: rule not followed (경음화), coda deletion -ㄱ>
    앞에      아페      lawful: 연음 (13) 앞

Numbers in brackets are articles of Standard Pronunciation (표준 발음법); the syllable after them is where the rule
begins.  Without TEXT, lines are read from standard input.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len

from saidmeant.streaming.errors import SaidMeantError
from saidmeant.streaming.hypothesis import Change, Deviation, Edit, Explanation
from saidmeant.streaming.jamo import WORD_BOUNDARY, join, name, split
from saidmeant.streaming.korean_comparison import compare
from saidmeant.streaming.korean_pronunciation import PronouncedWord, pronounce

MOST_OTHERS = 5
COLUMN = 10  # cells; a syllable takes two


def describe(word: PronouncedWord) -> str:
    """One line: the word, how it is said, the rules and other right ways."""
    usual, *others = word.variants
    rules = ", ".join(_rule(change, word.text) for change in usual.changes) or "as spelled"
    also = f"; also {' '.join(str(other) for other in others[:MOST_OTHERS])}" if others else ""
    return f"{_pad(word.text)}{_pad(str(usual))}{rules}{also}"


def as_plain(word: PronouncedWord) -> dict[str, Any]:
    """The same as plain values for JSON."""
    return {
        "word": word.text,
        "said": [
            {"text": str(variant), "units": list(variant.units), "rules": [_plain(each) for each in variant.changes]}
            for variant in word.variants
        ],
    }


def describe_said(text: str, said: str) -> Iterable[str]:
    """One line per word: what was said for it, and whether that is as spelled, lawful or deviant, and why."""
    for span, explanation in compare(text, [unit for unit in split(said) if unit != WORD_BOUNDARY]):
        yield f"{_pad(span.word or '-')}{_pad(join(span.surface) or '-')}{_reasons(explanation, span.word)}"


def _reasons(explanation: Explanation, word: str) -> str:
    reasons = [_rule(change, word) for change in explanation.changes]
    reasons += [_deviation(deviation) for deviation in explanation.deviations]
    return f"{explanation.kind}{': ' if reasons else ''}{', '.join(reasons)}"


def _deviation(deviation: Deviation) -> str:
    if deviation.rule:
        return f"{deviation.pattern} ({deviation.rule.rule})"
    return f"{deviation.pattern} {' '.join(map(_edit, deviation.edits))}"


def _edit(edit: Edit) -> str:
    """ㅓ>ㅗ: replaced, -ㄱ>: a coda left out, +ㅡ: added."""
    canonical, said = (name(unit) if unit else "" for unit in (edit.canonical, edit.surface))
    return f"{canonical}>{said}" if canonical and said else f"+{said}" if said else f"{canonical}>"


def _rule(change: Change, word: str) -> str:
    return f"{change.rule} ({change.article}) {word[change.syllable : change.syllable + 1]}".rstrip()


def _plain(change: Change) -> dict[str, Any]:
    return {"rule": change.rule, "article": change.article, "syllable": change.syllable}


def _pad(text: str) -> str:
    return text + " " * max(1, COLUMN - cell_len(text))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    given = _parser().parse_args(arguments)
    texts = [" ".join(given.text)] if given.text else (line for line in sys.stdin if line.strip())
    try:
        for text in texts:
            if given.said:
                print("\n".join(describe_said(text, given.said)))
                continue
            for word in pronounce(text):
                print(json.dumps(as_plain(word), ensure_ascii=False) if given.json else describe(word))
    except (SaidMeantError, ValueError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return error.exit_status if isinstance(error, SaidMeantError) else 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.korean_sounds",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("text", nargs="*", help="Korean in Hangul; punctuation is a pause; default: standard input")
    parser.add_argument(
        "--said", metavar="HANGUL", help="what was said for it, as it sounds: compares the two word by word"
    )
    parser.add_argument("--json", action="store_true", help="one object per word, with every right way to say it")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
