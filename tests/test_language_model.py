"""The trigram model: estimated here, read back by the runtime."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from saidmeant.export.kneser_ney import Estimate
from saidmeant.export.language_model import arrays, main, sentence_words, trigrams
from saidmeant.streaming import BundleError, language_model
from saidmeant.streaming.language_model import (
    LOG_STEP,
    LanguageModel,
    Prefix,
)
from saidmeant.streaming.language_model_file import read_language_model, shipped_language_model

SENTENCES = ["i think so", "i think not", "i sink", "we think so", "so we sink so"]


@pytest.fixture(scope="module")
def estimate() -> Estimate:
    return trigrams((line.split(), 1) for line in SENTENCES)


@pytest.fixture(scope="module")
def small(estimate: Estimate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("language_model") / "small.npz"
    np.savez_compressed(path, **arrays(estimate))
    return path


@pytest.fixture(scope="module")
def model(small: Path) -> LanguageModel:
    return read_language_model(small)


@pytest.fixture
def fresh(small: Path) -> LanguageModel:
    """With empty caches."""
    return read_language_model(small)


def test_probabilities_of_every_context_sum_to_one(estimate: Estimate) -> None:
    words = [ngram[0] for ngram in estimate.log_prob if len(ngram) == 1]

    def score(context: tuple[str, ...], word: str) -> float:
        found = estimate.log_prob.get((*context, word))
        if found is not None or not context:
            return estimate.log_prob[(word,)] if found is None else found
        return estimate.backoff.get(context, 0.0) + score(context[1:], word)

    contexts = [(), ("i",), ("i", "think"), ("<s>",), ("<s>", "i"), ("so", "never"), ("think", "so")]
    for context in contexts:
        total = sum(math.exp(score(context, word)) for word in words)
        assert total == pytest.approx(1.0, abs=1e-6), context


def test_the_runtime_reads_what_was_estimated(estimate: Estimate, model: LanguageModel) -> None:
    ids = {word: i for i, word in enumerate(model.words)}
    for ngram, log_prob in estimate.log_prob.items():
        context = tuple(ids[word] for word in ngram[:-1])
        assert model.score(context, ids[ngram[-1]]) == pytest.approx(log_prob, abs=LOG_STEP / 2 + 1e-9), ngram


def test_an_unseen_trigram_backs_off(estimate: Estimate, model: LanguageModel) -> None:
    we, sink, not_ = (model.words.index(word) for word in ("we", "sink", "not"))
    assert ("we", "sink", "not") not in estimate.log_prob
    assert ("sink", "not") not in estimate.log_prob
    expected = estimate.backoff["we", "sink"] + estimate.backoff["sink",] + estimate.log_prob["not",]
    assert model.score((we, sink), not_) == pytest.approx(expected, abs=2 * LOG_STEP)


def test_prefixes(model: LanguageModel) -> None:
    assert model.prefix("thx") is None
    assert model.prefix("thxyz") is None
    prefix = model.prefix("s")
    assert prefix is not None
    assert model.words[prefix.low : prefix.high] == ["sink", "so"]
    assert prefix.word is None
    assert prefix.best == max(model.score((), i) for i in range(prefix.low, prefix.high))
    whole = model.prefix("so")
    assert whole is not None
    assert whole.word == model.words.index("so")


@pytest.mark.parametrize("most", [8_192, 3])
def test_every_prefix_of_every_word(fresh: LanguageModel, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Also if the cache is emptied all the time."""
    model = fresh
    monkeypatch.setattr(language_model, "MOST_CACHED", most)
    words = model.words[3:]
    for letters in {word[:length] for word in words for length in range(len(word) + 1)}:
        found = model.prefix(letters)
        assert found is not None
        assert model.words[found.low : found.high] == [word for word in words if word.startswith(letters)]
        longer = {word[len(letters)] for word in words if word.startswith(letters) and word != letters}
        assert {*model.longer(found, letters)} == longer


def test_the_cache_of_prefixes_is_bounded(fresh: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model, "MOST_CACHED", 8)
    for word in fresh.words[3:]:
        fresh.prefix(word)
        assert cached(fresh.prefix("")) <= 8
    assert len({word[:length] for word in fresh.words[3:] for length in range(1, len(word) + 1)}) > 8


def cached(prefix: Prefix | None) -> int:
    """How many prefixes hang on one."""
    return sum(1 + cached(each) for each in ((prefix and prefix.longer) or {}).values())


@pytest.mark.parametrize("words", [["so", "i"], ["i", "i"], ["", "i"]])
def test_words_out_of_order_twice_or_empty(tmp_path: Path, words: list[str]) -> None:
    odd = arrays(trigrams([(["i", "so"], 1)]))
    odd["words"] = np.frombuffer("\n".join(["<s>", "</s>", "<unk>", *words]).encode(), np.uint8)
    np.savez_compressed(tmp_path / "odd.npz", **odd)
    with pytest.raises(BundleError, match="sorted"):
        read_language_model(tmp_path / "odd.npz")


def test_words_of_a_sentence() -> None:
    assert sentence_words("\"I don\N{RIGHT SINGLE QUOTATION MARK}t,\" she said: 'No!'") == [
        "i",
        "don't",
        "she",
        "said",
        "no",
    ]
    assert sentence_words("Well-known things") == ["well", "known", "things"]
    assert sentence_words("Call 911") is None
    assert sentence_words("façade") is None
    assert sentence_words("?!") is None


def test_shipped_model_prefers_english(tmp_path: Path) -> None:
    path = shipped_language_model("en")
    assert path.stat().st_size < 8e6
    model = read_language_model(path)

    def score(sentence: str) -> float:
        ids = [model.start, *(model.words.index(word) for word in sentence.split()), model.end]
        return sum(model.score(tuple(ids[max(0, i - 2) : i]), ids[i]) for i in range(1, len(ids)))

    assert score("i want to go home") > score("i want two go home") > score("home go two want i")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "sentences.txt"
    text.write_text("\n".join(SENTENCES), encoding="utf-8")
    target = tmp_path / "deep" / "small.npz"
    assert main([str(target), "--sentences", str(text), "--transcripts"]) == 0
    assert "5 sentences" in capsys.readouterr().out
    assert "think" in read_language_model(target).words
    assert main([str(target), "--sentences", str(tmp_path / "none.txt"), "--transcripts"]) == 1
    assert "none.txt" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"text"])
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"broken\.npz"):
        read_language_model(path)
    with pytest.raises(BundleError, match=r"missing\.npz"):
        read_language_model(tmp_path / "missing.npz")
