"""What depends on the language: text of the lines, spans, renderings; a Korean bundle in the whole runtime."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from korean import CLOCK, SCALE, runs, update_of
from tiny import korean_model, noise, tiny_bundle

from saidmeant.streaming import Bundle, Recognizer, Token, Update, UsageError, Word
from saidmeant.streaming.alignment import divergence
from saidmeant.streaming.display import render
from saidmeant.streaming.growing import GrowingSurface
from saidmeant.streaming.jamo import MEANING_UNITS, SURFACE_UNITS, WORD_BOUNDARY, join, named, split
from saidmeant.streaming.jamo_distance import unify
from saidmeant.streaming.korean_comparison import PATTERNS
from saidmeant.streaming.korean_pronunciation import GLIDE_RULE, VOWEL_RULE, pronounce
from saidmeant.streaming.korean_rules import RULES
from saidmeant.streaming.language import ENGLISH, KOREAN, language_of
from saidmeant.streaming.lexicon import Lexicon
from saidmeant.streaming.lines import meaning_line, surface_line
from saidmeant.streaming.reading_graph import reading_graph
from saidmeant.streaming.reading_tracker import ReadingTracker
from saidmeant.streaming.verdict import Calibration, judged


def spans_of(text: str, said: str) -> list[tuple[str, str, str]]:
    spans = update_of(text, said).spans
    return [(span.word, join(span.surface), span.explanation.kind if span.explanation else "") for span in spans]


def test_languages_by_code() -> None:
    assert (language_of("ko"), language_of("en")) == (KOREAN, ENGLISH)
    assert language_of("xx") is ENGLISH


def test_korean_lines_are_hangul_and_their_tokens_units() -> None:
    surface = surface_line(runs("가치머거써요"), CLOCK, SCALE, final=False)
    assert surface.text == "가치머거써요"
    assert [token.text for token in surface.tokens[:4]] == list(named("ㄱ ㅏ ㅊ ㅣ"))
    assert surface.stable == len(surface.tokens) - 1
    meaning = meaning_line(runs("같이 먹었어요"), CLOCK, SCALE, final=True)
    assert meaning.text == "같이 먹었어요"
    assert [word.text for word in meaning.words] == ["같이", "먹었어요"]
    assert meaning.tokens[4].text == " "
    assert (meaning.words[1].start, meaning.stable) == (0.4, len(meaning.tokens))


def test_the_growing_line_is_the_line() -> None:
    growing, some = GrowingSurface(SCALE), runs("국물")
    for count in range(len(some) + 1):
        assert growing.line(some[:count], CLOCK) == surface_line(some[:count], CLOCK, SCALE, final=False)


def test_every_span_says_why_it_sounds_as_it_does() -> None:
    assert spans_of("나무 국물 같이", "나무 국물 가치") == [
        ("나무", "나무", "as spelled"),
        ("국물", "국물", "deviant"),
        ("같이", "가치", "lawful"),
    ]
    assert spans_of("맛있다", "마싣따")[0][2] == spans_of("맛있다", "마딛따")[0][2] == "lawful"


def test_merged_vowels_are_nothing_to_remark_on() -> None:
    words = [Word("내일", 0.0, 0.3, 1.0)]
    units = [Token(unit, 0.05 * i, 0.05 * i + 0.04, 1.0) for i, unit in enumerate(split("네일"))]
    (span,) = KOREAN.spans(words, units, Lexicon({}))
    assert (join(span.canonical), join(span.surface), span.edits) == ("내일", "네일", ())
    assert span.explanation is not None
    assert (span.explanation.kind, span.explanation.changes) == ("as spelled", ())
    assert divergence([span], KOREAN.alike).distance == 0
    assert divergence([span]).distance == 1


def test_a_model_without_merged_vowels_is_asked_for_those_it_has() -> None:
    unified = unify(SURFACE_UNITS)
    assert join(KOREAN.as_heard(split("내일"), unified)) == "네일"
    assert join(KOREAN.as_heard(split("내일"), SURFACE_UNITS)) == "내일"
    assert ENGLISH.as_heard(("TH",), ()) == ("TH",)


def test_a_lawful_word_is_never_called_different() -> None:
    words = meaning_line(runs("국물"), CLOCK, SCALE, final=True).words
    for said, expected in (("궁물", "correct"), ("국물", "different")):
        units = surface_line(runs(said), CLOCK, SCALE, final=True).tokens
        (span,) = KOREAN.spans(words, units, Lexicon({}))
        doubted = [dataclasses.replace(span, goodness=(-5.0,) * 6)]
        calibration = Calibration(different=0.0, correct=0.1)
        assert judged(doubted, units, [1.0], calibration)[0].verdict == expected


def test_the_page_shows_what_the_screen_shows_and_names_every_rule(repository: Path) -> None:
    page = (repository / "docs" / "korean.md").read_text(encoding="utf-8")
    update = update_of("저는 같이 국물을 책 먹었어요", "저는 가치 국무를 채크 머거써요")
    assert f"```text\n{render(update).plain}\n```" in page
    names = {rule.name for rule in RULES} | {VOWEL_RULE, GLIDE_RULE}
    assert {f"{name} " for name in names} <= {line.partition("| ")[2].partition("|")[0] for line in page.splitlines()}
    assert all(f"| `{pattern}` |" in page for pattern in PATTERNS)


def test_renderings() -> None:
    assert KOREAN.rendering("arpabet") == "hangul"
    assert ENGLISH.rendering("ipa") == "ipa"
    with pytest.raises(UsageError, match="leave the rendering out"):
        KOREAN.rendering("ipa")
    with pytest.raises(UsageError, match="unknown rendering 'x'; there are arpabet, ipa"):
        ENGLISH.rendering("x")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return tiny_bundle(tmp_path_factory.mktemp("korean"), korean_model(), language="ko")


def test_a_korean_bundle_has_no_lexicon_and_takes_none(bundle: Bundle, tmp_path: Path) -> None:
    assert set(bundle.manifest.files) == {"model.onnx", "tokens.txt"}
    assert bundle.manifest.language_model == "ko"  # one of letters, shared like that of words
    with pytest.raises(UsageError, match="takes no lexicon"):
        Recognizer.load(bundle.folder, lexicon=tmp_path / "own.txt")


def test_a_korean_bundle_from_audio_to_json(bundle: Bundle) -> None:
    recognizer = Recognizer.load(bundle.folder)
    updates = list(recognizer.stream([noise(6.0)]))
    finals = [update for update in updates if update.final]
    assert {update.language for update in updates} == {"ko"}
    assert any(update.spans for update in finals)
    for update in updates:
        assert update.surface.text == join(token.text for token in update.surface.tokens)
        assert {token.text for token in update.surface.tokens} <= set(SURFACE_UNITS)
        assert {token.text for token in update.meaning.tokens} <= {*MEANING_UNITS, " "} - {WORD_BOUNDARY}
        assert update.meaning.text == " ".join(word.text for word in update.meaning.words)
    for update in finals:
        assert [unit for span in update.spans for unit in span.surface] == [t.text for t in update.surface.tokens]
        assert all(span.explanation is not None for span in update.spans)
        assert all(math.isfinite(value) for span in update.spans for value in span.goodness)
        again = Update.from_dict(update.as_dict())
        assert again.as_dict() == update.as_dict()
        assert [span.explanation for span in again.spans] == [span.explanation for span in update.spans]


def read(text: str, said: str) -> list[str]:
    """The words of a text that were read, every unit heard for sure."""
    tracker = ReadingTracker(reading_graph(text, Lexicon({}), KOREAN))
    units = [unit for word in pronounce(said) for unit in (*word.variants[0].units, "")]
    for number, unit in enumerate(units):
        tracker.hear(2 * number, {"surface": [(unit, -0.01)] if unit else []})
        tracker.hear(2 * number + 1, {"surface": []})
    tracker.close()
    return ["*" if step.word is None else tracker.graph.words[step.word] for step in tracker.passed]


def test_a_korean_text_is_followed() -> None:
    text = "저는 같이 국물을 먹었어요. 정말 맛있다!"
    assert read(text, "저는 같이 국물을 먹었어요 정말 맛있다") == [
        "저는",
        "같이",
        "국물을",
        "먹었어요",
        "정말",
        "맛있다",
    ]
    assert read(text, "저는 국물을 먹었어요 정말") == ["저는", "국물을", "먹었어요", "정말"]
    assert KOREAN.letters("국물") == split("국물")
    with pytest.raises(UsageError, match="no words"):
        reading_graph("...", Lexicon({}), KOREAN)
    with pytest.raises(UsageError, match="'3월' is not Hangul"):
        reading_graph("3월", Lexicon({}), KOREAN)


def test_reading_in_a_session_has_spans_of_the_text(bundle: Bundle) -> None:
    recognizer = Recognizer.load(bundle.folder)
    updates = list(recognizer.stream([noise(6.0)], reference="같이 국물을 먹었어요"))
    assert updates[-1].reading is not None
    assert [word.text for word in updates[-1].reading.words] == ["같이", "국물을", "먹었어요"]
    assert all(span.explanation is not None for update in updates for span in update.spans)
