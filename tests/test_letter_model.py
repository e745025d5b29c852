"""The model of letters: estimated here, read back by the runtime, searched by the beam."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest

from saidmeant.export.kneser_ney import Estimate
from saidmeant.export.letter_model import arrays, letter_ngrams, main, sentence_letters
from saidmeant.models.prompts import split_of
from saidmeant.streaming import BundleError
from saidmeant.streaming.beam import BeamConfig, BeamSearch
from saidmeant.streaming.jamo import MEANING_UNITS, WORD_BOUNDARY, join, split
from saidmeant.streaming.language_model import LOG_STEP
from saidmeant.streaming.language_model_file import read_language_model
from saidmeant.streaming.letter_model import LetterModel
from saidmeant.streaming.letter_spelling import LetterSpelling
from saidmeant.streaming.spelling import Spelling

SENTENCES = ["나는 집에 갑니다", "너는 집에 갑니까", "우리는 학교에 갑니다", "나는 밥을 먹습니다", "집이 큽니다"]
ORDER = 6
FREE = BeamConfig(weight=0.0, word_bonus=0.0)


@pytest.fixture(scope="module")
def estimate() -> Estimate:
    return letter_ngrams([split(line) for line in SENTENCES], ORDER)


@pytest.fixture(scope="module")
def file(estimate: Estimate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("letter_model") / "small.npz"
    np.savez_compressed(path, **arrays(estimate))
    return path


@pytest.fixture(scope="module")
def model(file: Path) -> LetterModel:
    found = read_language_model(file)
    assert isinstance(found, LetterModel)
    return found


@pytest.mark.parametrize("context", ["", "<", "집에", "갑니", "먹습니", "칡칡"])
def test_probabilities_of_every_context_sum_to_one(model: LetterModel, context: str) -> None:
    letters = context if context == "<" else "".join(split(context))
    scores = [model.score(model.context(letters), letter) for letter in (*MEANING_UNITS, model.end)]
    assert math.fsum(math.exp(score) for score in scores) == pytest.approx(1.0, abs=LOG_STEP)


def test_the_runtime_reads_what_was_estimated(estimate: Estimate, model: LetterModel) -> None:
    assert max(len(ngram) for ngram in estimate.log_prob) == ORDER
    for ngram, log_prob in estimate.log_prob.items():
        expected = pytest.approx(max(log_prob, -255 * LOG_STEP), abs=LOG_STEP / 2 + 1e-9)
        assert model.score("".join(ngram[:-1]), ngram[-1]) == expected, ngram


def test_what_was_seen_once_is_foretold_by_less(estimate: Estimate) -> None:
    assert all(len(ngram) < ORDER or ngram[-1] != "ᆫ" for ngram in estimate.log_prob if "ᄏ" in ngram)
    assert tuple(split("갑니다"))[-ORDER:] in estimate.log_prob, "seen twice"
    assert tuple(split("나는 밥을"))[-ORDER:] not in estimate.log_prob, "seen once"


def test_a_letter_that_nobody_wrote_is_possible_and_another_script_is_not(model: LetterModel) -> None:
    assert -255 * LOG_STEP < model.score("", "ᆳ") < model.score("", "ᄂ")
    with pytest.raises(KeyError):
        model.score("", "a")


def frames(line: str, sure: float = 0.9) -> list[list[tuple[str, float]]]:
    """Each letter on a frame of its own, and silence between them."""
    return [heard for letter in split(line) for heard in ([(letter, math.log(sure))], [])]


def search(model: LetterModel, heard: list[list[tuple[str, float]]], config: BeamConfig) -> str:
    beam = BeamSearch(model, config)
    for i, frame in enumerate(heard):
        beam.advance(i, frame)
    return join(run.symbol for run in beam.best(final=True))


def test_the_beam_mends_a_spelling(model: LetterModel) -> None:
    heard = frames("나는 집에 갑니다")
    unclear = 2 * split("나는 집에 갑").index("ᄀ")
    assert heard[unclear][0][0] == "ᄀ"
    heard[unclear] = [("ᄏ", math.log(0.5)), ("ᄀ", math.log(0.4))]
    assert search(model, heard, FREE) == "나는 집에 캅니다"
    assert search(model, heard, BeamConfig(weight=1.0, word_bonus=0.0)) == "나는 집에 갑니다"


def test_a_word_that_nobody_wrote_can_be_heard(model: LetterModel) -> None:
    assert search(model, frames("토끼를 봤어요", 0.98), BeamConfig(weight=0.5, word_bonus=1.0)) == "토끼를 봤어요"


def test_a_bonus_for_every_letter_keeps_what_is_unlikely(model: LetterModel) -> None:
    heard = [*frames("집에", 0.98), [("ᆷ", math.log(0.4))], []]
    assert search(model, heard, BeamConfig(weight=1.0, word_bonus=1.0)) == "집에"
    assert search(model, heard, BeamConfig(weight=1.0, word_bonus=6.0)) == "집엠"


def test_there_are_no_empty_words(model: LetterModel) -> None:
    root = LetterSpelling(model, FREE)
    assert root.score(WORD_BOUNDARY) == -math.inf
    spelling = root.grow("ᄂ").grow("ᅡ").grow(WORD_BOUNDARY)
    assert (spelling.words, spelling.spelled, spelling.score(WORD_BOUNDARY)) == (1, "", -math.inf)


def test_a_line_looks_finished_where_sentences_end(model: LetterModel) -> None:
    def look(line: str) -> float:
        beam = BeamSearch(model, BeamConfig())
        for i, frame in enumerate(frames(line, 0.98)):
            beam.advance(i, frame)
        return beam.finished()

    assert look("나는 집에 갑니다") > 5 * look("나는 집에 갑니")


def test_what_only_matters_long_ago_is_forgotten(model: LetterModel) -> None:
    def state(line: str) -> int:
        spelling: Spelling = LetterSpelling(model, FREE)
        for letter in split(line):
            spelling = spelling.grow(letter)
        return spelling.state

    assert state("나는 집에") == state("우리는 집에") != state("나는 집이")


@pytest.mark.parametrize(
    ("line", "expected"),
    [("그럼, 가요!", "그럼 가요"), ("2022년에", None), ("PC를 샀다", None), ("…", None), ("", None)],
)
def test_what_of_a_line_counts(line: str, expected: str | None) -> None:
    found = sentence_letters(line)
    assert (None if found is None else join(found)) == expected


def test_sentences_that_are_held_out_do_not_count() -> None:
    lines = [
        f"{word} 가요" for word in ("집에", "산에", "강에", "들에", "숲에", "섬에", "논에", "절에", "역에", "방에")
    ]
    lines += [f"{line} {also}" for line in lines for also in ("자주", "가끔", "매일", "혼자", "같이")]
    for line in lines:
        assert (sentence_letters(line) is None) == (split_of(line) == "held-out")
    assert {split_of(line) for line in lines} == {"train", "held-out"}


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.txt.gz"
    text.write_bytes(gzip.compress("\n".join(SENTENCES).encode()))
    assert main([str(tmp_path / "ko.npz"), "--sentences", str(text)]) == 0
    assert f"{sum(split_of(line) == 'train' for line in SENTENCES)} sentences" in capsys.readouterr().out
    assert isinstance(read_language_model(tmp_path / "ko.npz"), LetterModel)
    assert main([str(tmp_path / "ko.npz"), "--sentences", str(tmp_path / "none.txt")]) == 1
    assert "none.txt" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("letters", lambda letters: letters[1:]),
        ("keys_2", lambda keys: keys * 0),
        ("keys_3", lambda keys: keys | 0x80),
        ("keys_3", lambda keys: keys.astype(np.float64)),
        ("keys_3", lambda keys: keys[1:]),
        ("log_prob_1", lambda steps: steps[:-1]),
        ("backoff_2", lambda steps: steps.astype(np.int32)),
    ],
)
def test_a_damaged_file(file: Path, tmp_path: Path, name: str, change: object) -> None:
    with np.load(file) as found:
        odd = dict(found)
    odd[name] = change(odd[name])  # type: ignore[operator]
    np.savez_compressed(tmp_path / "odd.npz", **odd)
    with pytest.raises(BundleError, match=r"odd\.npz"):
        read_language_model(tmp_path / "odd.npz")
