"""A Korean bundle in the whole runtime: an untrained one writes nonsense, but every rule of the lines holds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny import noise
from tiny_korean import korean_bundle

from saidmeant.streaming import Recognizer, Update, UsageError
from saidmeant.streaming.hypothesis import Token, Word
from saidmeant.streaming.jamo import join, named, split
from saidmeant.streaming.korean_comparison import AS_SPELLED, DEVIANT, LAWFUL, as_expected
from saidmeant.streaming.languages import ENGLISH, KOREAN, language_of
from saidmeant.streaming.lexicon import Lexicon


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return Recognizer.load(korean_bundle(tmp_path_factory.mktemp("korean") / "bundle").folder)


@pytest.fixture(scope="module")
def final(recognizer: Recognizer) -> Update:
    updates = recognizer.transcribe([noise(3.0)], endpoint=None)
    assert len(updates) == 1
    return updates[0]


def test_lines_are_hangul(final: Update) -> None:
    assert final.language == "ko"
    assert final.surface.text == join(token.text for token in final.surface.tokens) != ""
    letters = "".join(token.text for token in final.meaning.tokens)
    assert [word.text for word in final.meaning.words] == [join(word) for word in letters.split()]
    assert final.meaning.text == " ".join(word.text for word in final.meaning.words) != ""


def test_spans_hold_the_surface_line_and_explain_every_word(final: Update) -> None:
    assert [unit for span in final.spans for unit in span.surface] == [token.text for token in final.surface.tokens]
    assert [span.word for span in final.spans if span.word] == [word.text for word in final.meaning.words]
    assert all(span.explanation is not None for span in final.spans)


def test_json_has_the_explanations(final: Update) -> None:
    again = Update.from_dict(json.loads(json.dumps(final.as_dict(), ensure_ascii=False)))
    assert [span.explanation for span in again.spans] == [span.explanation for span in final.spans]


def test_partial_lines_grow_into_the_final_one(recognizer: Recognizer, final: Update) -> None:
    updates = list(recognizer.stream(np.array_split(noise(3.0), 30), endpoint=None))
    assert updates[-1] == final
    partials = [update.surface for update in updates if not update.final]
    assert partials
    for line in partials:
        assert line.text == join(token.text for token in line.tokens)
        assert line.tokens[: line.stable] == final.surface.tokens[: line.stable]


def test_what_needs_a_lexicon_is_refused(recognizer: Recognizer, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot follow a text"):
        recognizer.session(reference="국물이 맛있다")
    own = tmp_path / "words.txt"
    own.write_text("saidmeant S EH D\n", encoding="utf-8")
    with pytest.raises(UsageError, match="by rule"):
        Recognizer.load(recognizer.bundle.folder, lexicon=own)


@pytest.mark.parametrize(
    ("text", "said", "kind", "reason"),
    [
        ("나무", "나무", AS_SPELLED, ""),
        ("국물", "궁물", LAWFUL, "비음화"),
        ("같이", "가치", LAWFUL, "구개음화"),
        ("내일", "네일", AS_SPELLED, ""),  # a model of unified vowels writes no ㅐ
        ("국물", "국물", DEVIANT, "rule not followed"),
        ("카드", "가드", DEVIANT, "lax/tense/aspirated"),
    ],
)
def test_words_are_spelled_lawful_or_deviant(text: str, said: str, kind: str, reason: str) -> None:
    units = [Token(unit, 0.1 * i, 0.1 * i + 0.1, 0.9) for i, unit in enumerate(split(said))]
    (span,) = KOREAN.spans([Word(text, 0.0, 0.1 * len(units), 0.9)], units, Lexicon({}))
    assert span.explanation is not None
    assert span.explanation.kind == kind
    reasons = [change.rule for change in span.explanation.changes] + [d.pattern for d in span.explanation.deviations]
    assert reasons == ([reason] if reason else [])


def test_sounds_that_belong_to_no_word_are_deviant() -> None:
    (span,) = KOREAN.spans([], [Token(named("ㅏ")[0], 0.0, 0.1, 0.9)], Lexicon({}))
    assert span.word == ""
    assert span.explanation is not None
    assert span.explanation.kind == DEVIANT


def test_a_unified_vowel_is_taken_for_the_words_own() -> None:
    assert as_expected(named("ㄱ ㅐ"), named("ㄱ ㅔ")) == named("ㄱ ㅐ")
    assert as_expected(named("ㄱ ㅐ"), named("ㅋ ㅓ")) == named("ㅋ ㅓ")


def test_english_is_as_it_was() -> None:
    assert language_of("en") is ENGLISH
    assert language_of("ko") is KOREAN
    assert ENGLISH.sounds(("TH", "IH")) == "TH IH"
    assert ENGLISH.word("i'm") == "I'm"
