"""Layers are recorded where they are, compared depth by depth, and printed for any checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_checkpoint, tiny_model

from saidmeant.models import entanglement
from saidmeant.models.activations import layer_activations, layers, path
from saidmeant.models.checkpoint import save_checkpoint
from saidmeant.models.data import FeatureStore, padded_to_chunks
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.manifest import Utterance, read_manifest

CHUNK = 16


@pytest.fixture(scope="module")
def utterances(repository: Path) -> list[Utterance]:
    return read_manifest(repository / "tests" / "data" / "samples.jsonl")[:3]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    return FeatureStore(tmp_path_factory.mktemp("features"))


def saved(model: DualEncoder, file: Path) -> Path:
    save_checkpoint(file, model, tiny_checkpoint(model))
    return file


def test_places_are_the_ways_to_the_heads() -> None:
    model = tiny_model()  # 3 layers, 1 shared
    assert path(model, "meaning") == [("trunk", 0), ("meaning", 1), ("meaning", 2)]
    assert list(layers(model)) == [("trunk", 0), *(("surface", d) for d in (1, 2)), *(("meaning", d) for d in (1, 2))]


def test_the_last_layers_are_what_the_heads_read(utterances: list[Utterance], store: FeatureStore) -> None:
    model = tiny_model()
    found = layer_activations(model, utterances[:1], store, CHUNK)
    log_mel = padded_to_chunks(torch.from_numpy(store.get(utterances[0]))[None], CHUNK)
    with torch.inference_mode():
        outputs = model(log_mel, CHUNK)
        for head in model.head_names:
            again = model.head(head)(torch.from_numpy(found[head, 2])[None])
            torch.testing.assert_close(again, outputs[head])
    assert {len(activations) for activations in found.values()} == {outputs["surface"].shape[1]}  # one frame rate


def test_equal_branches_align_and_others_less(utterances: list[Utterance], store: FeatureStore) -> None:
    model = tiny_model()
    before = entanglement.between_branches(model, layer_activations(model, utterances, store, CHUNK))
    assert [(row.one, row.other, row.depth) for row in before] == [("surface", "meaning", d) for d in (2, 3)]
    assert all(row.cka < 0.999 for row in before)
    model.branches["meaning"].load_state_dict(model.branches["surface"].state_dict())
    after = entanglement.between_branches(model, layer_activations(model, utterances, store, CHUNK))
    assert [row.cka for row in after] == pytest.approx([1.0, 1.0])


def test_a_twin_of_the_same_weights_is_the_same(utterances: list[Utterance], store: FeatureStore) -> None:
    model, twin = tiny_model(), tiny_model(heads=("surface",))
    twin.load_state_dict({k: v for k, v in model.state_dict().items() if "meaning" not in k})
    found = layer_activations(model, utterances, store, CHUNK)
    rows = entanglement.with_twin(model, found, twin, layer_activations(twin, utterances, store, CHUNK))
    assert [row.depth for row in rows] == [1, 2, 3]
    assert [row.cka for row in rows] == pytest.approx([1.0, 1.0, 1.0])


def test_the_command_prints_any_checkpoint(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dual = saved(tiny_model(), tmp_path / "dual.safetensors")
    single = saved(tiny_model(heads=("meaning",)), tmp_path / "single.safetensors")
    manifest = str(repository / "tests" / "data" / "samples.jsonl")
    common = ["--manifest", manifest, "--limit", "2", "--features", str(tmp_path / "features")]
    assert entanglement.main([str(dual), "--twin", str(single), *common]) == 0
    shown = capsys.readouterr().out
    assert "surface / meaning" in shown
    assert "shared" in shown
    assert entanglement.main([str(dual), "--twin", str(single), *common, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["depth"] for row in rows] == [2, 3, 1, 2, 3]
    assert all(np.isfinite(row["cka"]) for row in rows)
    assert entanglement.main([str(single), *common]) == 0
    assert "nothing to compare" in capsys.readouterr().out


def test_wrong_twins_are_one_line(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dual = saved(tiny_model(), tmp_path / "dual.safetensors")
    deep = saved(tiny_model(heads=("meaning",), layers=4), tmp_path / "deep.safetensors")
    manifest = ["--manifest", str(repository / "tests" / "data" / "samples.jsonl"), "--limit", "1"]
    manifest += ["--features", str(tmp_path / "features")]
    assert entanglement.main([str(dual), "--twin", str(dual), *manifest]) == 1
    assert "not a single-output model" in capsys.readouterr().err
    assert entanglement.main([str(dual), "--twin", str(deep), *manifest]) == 1
    assert "has 4 layers, not 3" in capsys.readouterr().err
    assert entanglement.main([str(tmp_path / "none.safetensors"), *manifest]) == 1
    assert "is not a checkpoint" in capsys.readouterr().err
