"""The offline pass: greedy lines of whole utterances, scored as evaluate scores them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from rapidfuzz.distance import Levenshtein
from tiny import korean_model, tiny_checkpoint, tiny_model

from saidmeant.models.checkpoint import save_checkpoint
from saidmeant.models.data import FeatureStore, padded_to_chunks
from saidmeant.models.labels import MEANING_TOKENS, SURFACE_TOKENS
from saidmeant.models.manifest import ReferenceWord, read_manifest
from saidmeant.models.metrics import ErrorRate, nearest_errors
from saidmeant.models.offline import error_rates, greedy, main, scores, spell
from saidmeant.streaming.jamo import MEANING_UNITS, join, named
from saidmeant.streaming.jamo_distance import unify
from saidmeant.streaming.korean_pronunciation import pronounce


def one_hot(labels: list[int], size: int) -> torch.Tensor:
    return torch.nn.functional.one_hot(torch.tensor(labels), size).float()


def test_greedy_collapses_and_drops_blanks() -> None:
    assert greedy(one_hot([0, 1, 1, 0, 1, 2, 2, 0], 3)) == [1, 1, 2]


def test_phones_are_phones_and_letters_are_words() -> None:
    s, ih = (SURFACE_TOKENS.index(phone) + 1 for phone in ("S", "IH"))
    assert spell("surface", SURFACE_TOKENS, one_hot([0, s, s, 0, ih], 40)) == ["S", "IH"]
    a, space = MEANING_TOKENS.index("a") + 1, 1
    assert spell("meaning", MEANING_TOKENS, one_hot([a, space, space, a, 0, a, space], 29)) == ["a", "aa"]


def test_what_the_model_says_has_no_errors(repository: Path, tmp_path: Path) -> None:
    model, store = tiny_model(), FeatureStore(tmp_path)
    utterance = read_manifest(repository / "tests" / "data" / "samples.jsonl")[0]
    with torch.inference_mode():
        outputs = model(padded_to_chunks(torch.from_numpy(store.get(utterance))[None], 16), 16)
    said = spell("surface", SURFACE_TOKENS, outputs["surface"][0])
    meant = spell("meaning", MEANING_TOKENS, outputs["meaning"][0])
    words = (ReferenceWord("anything", tuple(said[1:]), tuple(said), ()),)
    told = dataclasses.replace(utterance, text=" ".join(meant), words=words)
    (score,) = scores(model, [told], store, 16)
    assert (score.surface.edits, score.surface.length) == (0, len(said))  # type: ignore[union-attr]
    assert (score.meaning.edits, score.canonical.edits) == (0, 1)  # type: ignore[union-attr]
    wrong = dataclasses.replace(told, text=told.text + " more")
    assert error_rates(model, [told, wrong], store, 16) == {
        "surface": 0.0,
        "meaning": pytest.approx(1 / (2 * len(meant) + 1)),
    }


def test_jamo_are_written_as_words_of_hangul() -> None:
    labels = [MEANING_UNITS.index(unit) + 1 for unit in ("|", *named("ㅁ ㅜ -ㄹ"), "|", *named("ㅏ ㄴ ㅏ"))]
    assert spell("meaning", MEANING_UNITS, one_hot(labels, 68)) == ["물", "아나"]


def test_a_korean_model_is_scored_by_jamo_and_syllables(repository: Path, tmp_path: Path) -> None:
    model, store = korean_model(), FeatureStore(tmp_path)
    english = read_manifest(repository / "tests" / "data" / "samples.jsonl")[0]
    korean = dataclasses.replace(english, text="같이 오세요", words=None, fields={"language": "ko"})
    numbers = dataclasses.replace(korean, text="8년 동안")
    with torch.inference_mode():
        outputs = model(padded_to_chunks(torch.from_numpy(store.get(korean))[None], 16), 16)
    sounds, _ = (head.tokens for head in model.config.heads)
    said = spell("surface", sounds, outputs["surface"][0])
    meant = spell("meaning", MEANING_UNITS, outputs["meaning"][0])
    usual = [unit for word in pronounce(korean.text) for unit in word.variants[0].units]
    by_rule, unread = scores(model, [korean, numbers], store, 16)
    assert by_rule.surface == nearest_errors([[unify(usual)]], unify(said))
    assert by_rule.meaning == ErrorRate(Levenshtein.distance("같이오세요", "".join(meant)), 5)
    assert (by_rule.canonical, by_rule.bin) == (None, None)
    assert (unread.surface, unread.meaning) == (None, None), "nobody knows how the number was read"
    words = (ReferenceWord("같이", tuple(said[1:]), tuple(said), ()),)
    told = dataclasses.replace(korean, text=join(named("ㄱ ㅏ")), words=words)
    assert error_rates(model, [told, numbers], store, 16)["surface"] == 0.0


def test_a_single_output_has_one_rate(repository: Path, tmp_path: Path) -> None:
    utterances = read_manifest(repository / "tests" / "data" / "samples.jsonl")[:1]
    rates = error_rates(tiny_model(heads=("meaning",)), utterances, FeatureStore(tmp_path), 16)
    assert list(rates) == ["meaning"]


def test_the_command_prints_a_line_per_checkpoint(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model()
    save_checkpoint(tmp_path / "one.safetensors", model, tiny_checkpoint(model))
    manifest = repository / "tests" / "data" / "samples.jsonl"
    common = ["--manifest", str(manifest), "--features", str(tmp_path / "features")]
    assert main([str(tmp_path / "one.safetensors"), *common]) == 0
    rates = error_rates(model, read_manifest(manifest), FeatureStore(tmp_path / "features"), 16)
    shown = f"one.safetensors surface {rates['surface']:.1%}  meaning {rates['meaning']:.1%}"
    assert shown in capsys.readouterr().out
    assert main([str(tmp_path / "none.safetensors"), *common]) == 1
    assert "is not a checkpoint" in capsys.readouterr().err
