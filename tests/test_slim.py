"""A narrow encoder starts from what the wide one knows: exactly it at full width, nearer to it than chance below."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
import yaml
from tiny import tiny_checkpoint, tiny_model

from saidmeant.models import slim
from saidmeant.models.checkpoint import read_config, read_model, save_checkpoint
from saidmeant.models.data import FeatureStore, padded_to_chunks
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.manifest import Utterance, read_manifest
from saidmeant.models.moments import Moments, gather

CHUNK = 16


@pytest.fixture(scope="module")
def utterances(repository: Path) -> list[Utterance]:
    return read_manifest(repository / "tests" / "data" / "samples.jsonl")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    return FeatureStore(tmp_path_factory.mktemp("features"))


@pytest.fixture(scope="module")
def moments(utterances: list[Utterance], store: FeatureStore) -> dict[str, Moments]:
    return gather(tiny_model(), utterances, store, CHUNK)


def difference(one: DualEncoder, other: DualEncoder, utterance: Utterance, store: FeatureStore) -> float:
    """Mean absolute difference of the heads' log-probabilities."""
    log_mel = padded_to_chunks(torch.from_numpy(store.get(utterance))[None], CHUNK)
    with torch.inference_mode():
        first, second = one.float().eval()(log_mel, CHUNK), other.eval()(log_mel, CHUNK)
    return max(float((first[name] - second[name]).abs().mean()) for name in first)


def test_moments_are_those_of_all_frames() -> None:
    frames = torch.randn(3, 50, 4, generator=torch.Generator().manual_seed(1)) + 2.0
    counted = Moments(4)
    for part in frames:
        counted.add(part)
    flat = frames.flatten(0, 1)
    assert counted.frames == 150
    torch.testing.assert_close(counted.mean, flat.mean(dim=0).double(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(counted.second, (flat.T @ flat / 150).double(), atol=1e-4, rtol=1e-4)


def test_at_full_width_it_is_the_same_model(
    utterances: list[Utterance], store: FeatureStore, moments: dict[str, Moments]
) -> None:
    wide = tiny_model()
    same = slim.narrowed(tiny_model(), dataclasses.replace(wide.config, stem_dim=wide.config.dim), moments)
    assert difference(wide, same, utterances[0], store) < 0.05
    assert not torch.equal(same.trunk_stack()[0][1].query.weight, wide.trunk_stack()[0][1].query.weight)  # turned


def test_a_narrow_one_is_nearer_to_the_wide_one_than_chance(
    utterances: list[Utterance], store: FeatureStore, moments: dict[str, Moments]
) -> None:
    wide = tiny_model()
    config = dataclasses.replace(wide.config, dim=24, feedforward_dim=48, stem_dim=24)
    narrow = slim.narrowed(tiny_model(), config, moments)
    chance = tiny_model(dim=24, feedforward_dim=48, stem_dim=24)
    apart = difference(wide, chance, utterances[0], store)
    assert difference(wide, narrow, utterances[0], store) < 0.6 * apart


def test_refitting_makes_up_for_inputs_that_others_predict() -> None:
    generator = torch.Generator().manual_seed(1)
    kept = torch.randn(500, 2, generator=generator)
    frames = torch.cat([kept, kept @ torch.tensor([[1.0], [-2.0]]) + 3.0], dim=1)
    counted = Moments(3)
    counted.add(frames)
    weight, bias = torch.randn(4, 3, generator=generator).double(), torch.zeros(4).double()
    less, offset = slim.refitted((weight, bias), counted, torch.tensor([0, 1]))
    wanted = frames.double() @ weight.T
    torch.testing.assert_close(kept.double() @ less.T + offset, wanted, atol=0.02, rtol=0.01)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"layers": 4, "stem_dim": 24}, "layers"), ({}, "stem_dim"), ({"dim": 64, "stem_dim": 24}, "stem_dim")],
)
def test_only_widths_may_differ(changes: dict[str, int], message: str, moments: dict[str, Moments]) -> None:
    with pytest.raises(ValueError, match=message):
        slim.narrowed(tiny_model(), dataclasses.replace(tiny_model().config, **changes), moments)


def test_command(tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_checkpoint(tmp_path / "wide.safetensors", tiny_model(), tiny_checkpoint(tiny_model()))
    lines = (repository / "tests" / "data" / "samples.jsonl").read_text(encoding="utf-8").splitlines()[:2]
    rows = [json.loads(line) for line in lines]
    for row in rows:
        row["audio"] = str(repository / "tests" / "data" / row["audio"])
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    shape = {"dim": 24, "attention_heads": 4, "feedforward_dim": 48, "layers": 3, "trunk_layers": 1, "pool_layer": 1}
    recipe = {
        "name": "narrow",
        "language": "en",
        "teacher": str(tmp_path / "wide.safetensors"),
        "encoder": {**shape, "left_context": 32, "stem_dim": 24},
        "data": [{"manifest": str(tmp_path / "data.jsonl"), "licence": "ours"}],
        "dev": str(tmp_path / "data.jsonl"),
        "schedule": {"steps": 1, "warmup_steps": 1, "decay_steps": 1, "body_rate": 1e-3, "head_rate": 1e-3},
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    target = tmp_path / "start.safetensors"
    command = [str(tmp_path / "recipe.yaml"), str(target), "--features", str(tmp_path / "features")]
    assert slim.main(command) == 0
    assert read_model(target).config.dim == 24
    assert read_config(target).initialisation == str(tmp_path / "wide.safetensors")
    recipe["encoder"]["layers"] = 4  # type: ignore[index]
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    assert slim.main(command) == 1
    assert "layers" in capsys.readouterr().err
