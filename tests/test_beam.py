"""The beam search against brute force, and what it promises while frames come in."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saidmeant.export.language_model import arrays, trigrams
from saidmeant.streaming.beam import SHORTNESS, WHOLE_WORDS, BeamConfig, BeamSearch
from saidmeant.streaming.lanes import Run
from saidmeant.streaming.language_model import LanguageModel
from saidmeant.streaming.language_model_file import read_language_model
from saidmeant.streaming.letters import letters

SENTENCES = ["i think so", "i think not", "i sink", "we think so", "so we sink so", "i see two sinks"]
Frame = list[tuple[str, float]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    path = tmp_path_factory.mktemp("beam") / "small.npz"
    np.savez_compressed(path, **arrays(trigrams((line.split(), 1) for line in SENTENCES)))
    return read_language_model(path)


def frames(*said: dict[str, float]) -> list[Frame]:
    """Candidates by probability."""
    return [[(symbol, math.log(p)) for symbol, p in frame.items()] for frame in said]


def search(model: LanguageModel, heard: list[Frame], **changes: float) -> BeamSearch:
    beam = BeamSearch(model, BeamConfig(**changes))  # type: ignore[arg-type]
    for i, frame in enumerate(heard):
        beam.advance(i, frame)
    return beam


def text(beam: BeamSearch, final: bool = True) -> str:
    return "".join(run.symbol for run in beam.best(final)).replace("|", " ").strip()


candidates = st.dictionaries(st.sampled_from("abc"), st.floats(0.05, 0.3), max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(candidates, min_size=1, max_size=5))
def test_a_prefix_has_the_probability_of_all_its_alignments(said: list[dict[str, float]]) -> None:
    expected: dict[str, float] = defaultdict(float)
    for path in itertools.product(*([*frame, ""] for frame in said)):
        p = math.prod(
            frame[symbol] if symbol else 1 - sum(frame.values()) for symbol, frame in zip(path, said, strict=True)
        )
        collapsed = [symbol for i, symbol in enumerate(path) if symbol and (i == 0 or path[i - 1] != symbol)]
        expected["".join(collapsed)] += p
    free = BeamConfig(weight=0.0, word_bonus=0.0, unknown_letter=0.0, width=10_000, margin=1e9)
    beam = BeamSearch(NO_CONTEXT, free)
    for i, frame in enumerate(frames(*said)):
        beam.advance(i, frame)
    for prefix in beam.beam.values():
        spelled = "".join(letter.symbol for letter in letters(prefix.last))
        assert math.exp(prefix.total) == pytest.approx(expected[spelled], rel=1e-6)


class _NoContext(LanguageModel):
    """Knows next to no word."""

    def __init__(self) -> None:
        super().__init__(["<s>", "</s>", "<unk>", "zzz"], {"unigram": np.zeros(4, np.uint8)})


NO_CONTEXT = _NoContext()


def test_the_language_model_mends_a_spelling(model: LanguageModel) -> None:
    heard = frames({"i": 0.9}, {"|": 0.9}, {"t": 0.9}, {"h": 0.8}, {"i": 0.9}, {"n": 0.9}, {"c": 0.6, "k": 0.3})
    assert text(search(model, heard)) == "i think"
    assert text(search(model, heard, weight=0.0, word_bonus=0.0, unknown_letter=0.0)) == "i thinc"


def test_a_double_letter_needs_a_blank_between(model: LanguageModel) -> None:
    together = frames({"s": 0.9}, {"e": 0.9}, {"e": 0.9})
    apart = frames({"s": 0.9}, {"e": 0.9}, {}, {"e": 0.9})
    free = {"weight": 0.0, "word_bonus": 0.0, "unknown_letter": 0.0}
    assert text(search(model, together, **free)) == "se"
    assert text(search(model, apart, **free)) == "see"


def test_an_unknown_word_can_be_spelled(model: LanguageModel) -> None:
    heard = frames(
        {"i": 0.99}, {"|": 0.99}, *({letter: 0.99} for letter in "zebra"), {"|": 0.99}, {"s": 0.9}, {"o": 0.9}
    )
    assert text(search(model, heard)) == "i zebra so"


def test_letters_come_at_their_likeliest_frame(model: LanguageModel) -> None:
    beam = search(model, frames({"s": 0.1}, {"s": 0.95}, {}, {"o": 0.2}, {"o": 0.9}))
    assert [(run.symbol, run.first) for run in beam.best(final=True)] == [("s", 1), ("o", 4)]
    assert [run.level for run in beam.best(final=True)] == [15, 14]


def test_silence_changes_nothing(model: LanguageModel) -> None:
    beam = search(model, frames({"s": 0.9}, {"o": 0.8, "a": 0.1}))
    before = [(prefix.spelling.spelled, prefix.rank) for prefix in beam.beam.values()]
    for i in range(50):
        beam.advance(2 + i, [])
    assert [(prefix.spelling.spelled, prefix.rank) for prefix in beam.beam.values()] == before


def test_nothing_heard(model: LanguageModel) -> None:
    beam = search(model, [])
    assert beam.best(final=True) == []
    assert beam.stable() == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("ikno|st"), st.floats(0.01, 0.14), max_size=5), max_size=30))
def test_stable_letters_never_change(model: LanguageModel, said: list[dict[str, float]]) -> None:
    beam = BeamSearch(model, BeamConfig(width=8))
    promised: list[Run] = []
    for i, frame in enumerate(frames(*said)):
        beam.advance(i, frame)
        shown = beam.best(final=False)
        assert shown[: len(promised)] == promised
        promised = shown[: beam.stable()]
    assert beam.best(final=True)[: len(promised)] == promised


def test_what_everybody_agrees_on_becomes_stable(model: LanguageModel) -> None:
    beam = search(model, frames({"i": 0.99}, {"|": 0.99}, *({letter: 0.99} for letter in "think"), {"|": 0.99}))
    assert beam.stable() >= len("i|thin")


def test_the_beam_stays_narrow(model: LanguageModel) -> None:
    rng = np.random.default_rng(1)
    beam = BeamSearch(model, BeamConfig(width=12))
    for i in range(200):
        chosen = rng.choice(list("abcdefgik|nost"), 5, replace=False)
        beam.advance(i, [(str(symbol), math.log(0.15)) for symbol in chosen])
        assert 1 <= len(beam.beam) <= 12
        scores = [prefix.rank for prefix in beam.beam.values()]
        assert scores == sorted(scores, reverse=True)
        states = [(p.spelling.context, p.spelling.spelled, p.last and p.last.symbol) for p in beam.beam.values()]
        assert len(set(states)) == len(states)


def test_the_shipped_bundle_reads_the_model_it_names(tmp_path: Path) -> None:
    from saidmeant.streaming import Recognizer

    recognizer = Recognizer.load()
    assert (recognizer.language_model is None) == (not recognizer.bundle.manifest.language_model)
    assert Recognizer.load(language_model=None).language_model is None


def test_a_line_looks_finished_where_sentences_end(model: LanguageModel) -> None:
    def look(line: str) -> float:
        beam = search(model, frames(*({letter: 0.98} for letter in line.replace(" ", "|"))))
        assert text(beam, final=False) == line
        return beam.finished()

    assert look("i think so") > 2 * look("i think")
    assert look("i think so") > 2 * look("i")
    ended = math.exp(model.score((model.words.index("think"), model.words.index("so")), model.end))
    assert look("i think so") == pytest.approx(ended * math.exp(-SHORTNESS * (WHOLE_WORDS - 3)), rel=0.2)
    assert 0 < search(model, []).finished() < 0.1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("ikno|stzc"), st.floats(0.001, 0.1), max_size=5), max_size=25))
def test_what_is_not_made_would_not_have_been_kept(model: LanguageModel, said: list[dict[str, float]]) -> None:
    class Patient(BeamSearch):
        def _floor(self, blank: float) -> float:
            return -1e9

        def _extend(self, *arguments: object) -> float:
            super()._extend(*arguments)  # type: ignore[arg-type]
            return -1e9

    quick, patient = (kind(model, BeamConfig(width=8, margin=6.0)) for kind in (BeamSearch, Patient))
    for i, frame in enumerate(frames(*said)):
        quick.advance(i, frame)
        patient.advance(i, frame)
    found, wanted = (
        [(letters(p.last) and [(x.symbol, x.frame) for x in letters(p.last)], p.rank) for p in beam.beam.values()]
        for beam in (quick, patient)
    )
    assert found == wanted
