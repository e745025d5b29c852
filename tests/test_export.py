"""Export: torch = ONNX = sherpa-onnx for every shape of the Y, int8, foreign and hostile checkpoints, the command."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save_file
from tiny import CHUNK, korean_model, noise, tiny_bundle, tiny_checkpoint, tiny_model

from saidmeant.export import precision
from saidmeant.export.checkpoint import load_checkpoint
from saidmeant.export.convert import Exported, export_bundle, manifest_of, with_figures, write_resources
from saidmeant.export.graph import build_graph, interleave
from saidmeant.export.parity import float_checks
from saidmeant.export.precision import layers_of
from saidmeant.export.quantize import linear_nodes, quantize
from saidmeant.export.verify import bundle_checks, sample_speech
from saidmeant.models.checkpoint import save_checkpoint
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.restore import encoder_config, restore
from saidmeant.streaming import Bundle, ExportError
from saidmeant.streaming.bundle import load_bundle

SHAPES = [
    {"trunk_layers": 1, "pool_layer": 1},
    {"trunk_layers": 3, "pool_layer": 1},  # fully shared
    {"trunk_layers": 0, "pool_layer": 1},  # nothing shared
    {"trunk_layers": 1, "pool_layer": 2, "look_ahead": 2},  # pools inside the branches
    {"trunk_layers": 1, "pool_layer": 1, "look_ahead": 0},
    {"trunk_layers": 1, "pool_layer": 1, "pool": 4, "look_ahead": 2},  # 80 ms frames
    {"trunk_layers": 1, "pool_layer": 1, "pool": 1},  # 20 ms frames
    {"layers": 3, "trunk_layers": 2, "pool_layer": 2, "convolution_dim": 16},  # branches of convolution
    {"layers": 4, "trunk_layers": 3, "pool_layer": 3, "look_ahead_layer": 1},
    {"layers": 4, "trunk_layers": 3, "pool_layer": 3, "look_ahead_layer": 1, "convolution_dim": 16},
    {"heads": ("surface",)},
    {"heads": ("meaning",)},
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_float_graph_equals_the_checkpoint(shape: dict[str, object], tmp_path: Path) -> None:
    model = tiny_model(**shape)
    bundle = tiny_bundle(tmp_path, model)
    failed = [check for check in float_checks(model, bundle, noise(6.0), CHUNK) if not check.passed]
    assert failed == []


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ("whisper-base", "whisper-base"),
        ("random", "random"),
        ("bundle:en-base", "bundle:en-base"),
        ("bundle:/home/somebody/exports/mine/", "bundle:mine"),
        ("~/runs/first/model.safetensors", "model.safetensors"),
        (r"C:\Users\somebody\whisper.pt", "whisper.pt"),
        ("/home/bundle:somebody/x.safetensors", "x.safetensors"),
    ],
)
def test_the_manifest_names_the_start_without_its_folder(recipe: str, told: str) -> None:
    model = tiny_model()
    config = dataclasses.replace(tiny_checkpoint(model), initialisation=recipe)
    assert manifest_of(Exported(model, config, CHUNK), "tiny", "float32", {}).initialisation == told


@pytest.mark.parametrize("chunk", [8, 16, 32])
def test_every_chunk_length(chunk: int, tmp_path: Path) -> None:
    model = tiny_model()
    bundle = tiny_bundle(tmp_path, model, chunk=chunk)
    assert bundle.manifest.chunk_ms == chunk * 20
    assert [check for check in float_checks(model, bundle, noise(6.0), chunk) if not check.passed] == []


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_invariances(precision: str, tmp_path: Path) -> None:
    """Everything but silence, of which an untrained model knows nothing."""
    bundle = tiny_bundle(tmp_path, tiny_model(), precision=precision)
    failed = [check.name for check in bundle_checks(bundle, noise(6.0)) if not check.passed]
    assert failed == ["digital silence is silent"]


def test_parity_notices_a_wrong_weight(tmp_path: Path) -> None:
    model = tiny_model()
    bundle = tiny_bundle(tmp_path, model)
    with torch.no_grad():
        model.trunk[0].out.weight[3, 4] += 0.5
    assert not all(check.passed for check in float_checks(model, bundle, noise(4.0), CHUNK))


def test_interleaved_rows_decode_to_both_heads() -> None:
    surface = torch.tensor([[[0.1, 0.8, 0.1], [0.9, 0.05, 0.05]]]).log()
    meaning = torch.tensor([[[0.6, 0.4], [0.02, 0.98]]]).log()
    best = interleave({"surface": surface, "meaning": meaning})[0].argmax(dim=1).tolist()
    # ids: 0 blank, 1-2 surface, 3 meaning, 4-19 confidence levels, then 24 levels of each label as a candidate
    first, second, letter = 20, 44, 68
    #               s  cs      m  cm ks1        ks2         km
    heard_surface = [1, 4 + 12, 0, 0, first + 1, second + 8, letter + 3]
    heard_meaning = [0, 0, 3, 4 + 15, first + 10, second + 10, letter + 0]
    assert best == heard_surface + heard_meaning


def test_int8_touches_linear_layers_alone() -> None:
    graph = build_graph(tiny_model(), CHUNK)
    names = linear_nodes(graph)
    small = quantize(graph, keep_float=names[:2])
    kinds = [node.op_type for node in small.graph.node]
    assert kinds.count("MatMulInteger") == len(names) - 2
    assert {"Conv", "LayerNormalization"} <= set(kinds)
    assert small.metadata_props == graph.metadata_props
    onnx.checker.check_model(small)


def test_convolutions_are_kept_in_a_quarter_of_the_room() -> None:
    model = tiny_model()
    tensors = quantize(build_graph(model, CHUNK)).graph.initializer
    kept = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in tensors}
    for name in ("stem.conv1.weight", "stem.conv2.weight"):
        whole, scale = kept[f"model.{name}_quantized"], kept[f"model.{name}_scale"]
        assert f"model.{name}" not in kept
        assert whole.dtype == np.int8
        assert np.abs(whole * scale - model.state_dict()[name].numpy()).max() <= scale.max() / 2 + 1e-7


def test_seven_bits_stay_in_seven_bits() -> None:
    """Two products of a 7-bit weight and an 8-bit activation fit 16 bits, in which CPUs without VNNI add them."""
    graph = build_graph(tiny_model(), CHUNK)

    def largest(reduce_range: bool) -> int:
        weights = quantize(graph, reduce_range=reduce_range).graph.initializer
        linear = [w for w in weights if w.name.endswith("_quantized") and "conv" not in w.name]
        return max(abs(int(onnx.numpy_helper.to_array(weight).min())) for weight in linear)

    assert largest(reduce_range=True) <= 64 < largest(reduce_range=False)


def test_layers_of_groups_projections() -> None:
    names = ["/key/MatMul", "/value/MatMul", "/key_1/MatMul", "/surface/output/MatMul", "/meaning/output/MatMul"]
    assert layers_of(names) == [names[:2], [names[2]], [names[3]], [names[4]]]


def test_a_korean_checkpoint_is_checked_on_korean_and_has_no_lexicon(tmp_path: Path) -> None:
    assert len(sample_speech("ko")) != len(sample_speech("en")) == len(sample_speech("xx"))
    model = korean_model()
    bundle = tiny_bundle(tmp_path, model, language="ko")
    checks = [*float_checks(model, bundle, sample_speech("ko"), CHUNK), *bundle_checks(bundle, sample_speech("ko"))]
    assert [check.name for check in checks if not check.passed] == ["digital silence is silent"]
    resources = write_resources(tmp_path / "ko", Exported(model, tiny_checkpoint(model, "ko"), CHUNK))
    assert [file.name for file in resources.iterdir()] == ["tokens.txt"]


def test_checkpoint_round_trip(tmp_path: Path) -> None:
    model = tiny_model()
    save_checkpoint(tmp_path / "a.safetensors", model, tiny_checkpoint(model))
    again, config = load_checkpoint(tmp_path / "a.safetensors")
    assert config == tiny_checkpoint(model)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))


def test_foreign_checkpoint(tmp_path: Path) -> None:
    """A plain torch.save of config and tensors is as good."""
    model = tiny_model(heads=("surface",))
    config = json.loads(json.dumps(dataclasses.asdict(tiny_checkpoint(model))))
    torch.save({"config": config, "model": model.state_dict()}, tmp_path / "a.pt")
    assert load_checkpoint(tmp_path / "a.pt")[0].config == model.config


class Bomb:
    """Writes a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.touch, (self.path,))


def test_pickle_with_code_is_refused_unexecuted(tmp_path: Path) -> None:
    crater = tmp_path / "crater"
    (tmp_path / "bomb.pt").write_bytes(pickle.dumps(Bomb(crater)))
    torch.save({"config": Bomb(crater), "model": {}}, tmp_path / "zip.pt")
    for name in ("bomb.pt", "zip.pt"):
        with pytest.raises(ExportError, match="without running code"):
            load_checkpoint(tmp_path / name)
    assert not crater.exists()


def test_bad_checkpoints(tmp_path: Path) -> None:
    model = tiny_model()
    config = json.loads(json.dumps(dataclasses.asdict(tiny_checkpoint(model))))
    save_file({"x": torch.zeros(1)}, tmp_path / "bare.safetensors")
    (tmp_path / "text.safetensors").write_text("not a checkpoint")
    (tmp_path / "text.pt").write_text("not a checkpoint")
    torch.save({"config": {**config, "colour": "red"}, "model": {}}, tmp_path / "unknown.pt")
    torch.save({"config": config, "model": {}}, tmp_path / "empty.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    cases = {
        "missing.pt": "not found",
        "bare.safetensors": "no saidmeant-checkpoint-1 configuration",
        "text.safetensors": "not a readable safetensors file",
        "text.pt": "without running code",
        "unknown.pt": "unknown key 'colour'; valid keys: name",
        "empty.pt": "disagree",
        "list.pt": "expected a dict",
    }
    for name, message in cases.items():
        with pytest.raises(ExportError, match=message):
            load_checkpoint(tmp_path / name)
    with pytest.raises(ExportError, match="is not a file"):
        load_checkpoint(tmp_path)


def test_nan_weights_are_refused(tmp_path: Path) -> None:
    model = tiny_model()
    with torch.no_grad():
        model.stem.conv1.weight[0, 0, 0] = float("nan")
    save_checkpoint(tmp_path / "a.safetensors", model, tiny_checkpoint(model))
    with pytest.raises(ExportError, match="NaN"):
        load_checkpoint(tmp_path / "a.safetensors")


def test_target_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(ExportError, match="already exists"):
        export_bundle(tmp_path / "any.safetensors", tmp_path / "there")


def test_unwritable_target(tmp_path: Path) -> None:
    model = tiny_model()
    save_checkpoint(tmp_path / "a.safetensors", model, tiny_checkpoint(model))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="cannot write"):
        export_bundle(tmp_path / "a.safetensors", tmp_path / "file" / "bundle")


def test_failed_export_leaves_nothing(tmp_path: Path) -> None:
    """An untrained model babbles in silence; the export says so and cleans up."""
    model = tiny_model()
    save_checkpoint(tmp_path / "a.safetensors", model, tiny_checkpoint(model))
    with pytest.raises(ExportError, match="nothing was written"):
        export_bundle(tmp_path / "a.safetensors", tmp_path / "out" / "bundle")
    assert list((tmp_path / "out").iterdir()) == []


def test_restore_gives_the_trained_weights_back(tmp_path: Path) -> None:
    model = tiny_model(trunk_layers=2)
    bundle = tiny_bundle(tmp_path, model)
    assert encoder_config(bundle) == model.config
    other = tiny_model(trunk_layers=2)
    for parameter in other.parameters():
        torch.nn.init.zeros_(parameter)
    restore(other, bundle)
    for (name, a), b in zip(model.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


@pytest.mark.parametrize("shape", [{}, {"layers": 2, "convolution_dim": 16}])
def test_restore_from_int8_is_close(shape: dict[str, object], tmp_path: Path) -> None:
    model = tiny_model(**shape)
    bundle = tiny_bundle(tmp_path, model, precision="int8")
    other = tiny_model(**shape)
    for parameter in other.parameters():
        torch.nn.init.zeros_(parameter)
    restore(other, bundle)
    for (name, a), b in zip(model.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.allclose(a, b, atol=float(a.abs().max()) / 100 + 1e-6), name
    with pytest.raises(ValueError, match="another architecture"):
        restore(tiny_model(trunk_layers=2), bundle)


def test_figures_are_recorded(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path, tiny_model())
    with_figures(bundle.folder, {"meaning_wer": 0.51239}, "dev")
    manifest = load_bundle(bundle.folder).manifest
    assert (manifest.figures, manifest.measured_on) == ({"meaning_wer": 0.5124}, "dev")


def test_shipped_bundle_is_a_restart_point(bundle: str, repository: Path, tmp_path: Path) -> None:
    """The shipped weights, dequantised, saved as a checkpoint, exported at 640 ms and calibrated: the whole command."""
    shipped = load_bundle(bundle)
    model = DualEncoder(encoder_config(shipped))
    restore(model, shipped)
    save_checkpoint(tmp_path / "again.safetensors", model, dataclasses.replace(tiny_checkpoint(model), name="again"))
    clips = repository / "tests" / "data" / "samples.jsonl"
    exported = export_bundle(
        tmp_path / "again.safetensors", tmp_path / "again", chunk_ms=640, calibrate=clips, preview="a\n test"
    )
    assert exported.manifest.preview == "a test"
    assert exported.manifest.chunk_ms == 640
    assert exported.manifest.name == "again"
    assert exported.size_bytes < 34e6
    figures = exported.manifest.figures
    assert set(figures) == {"surface_per", "meaning_wer", "float32_surface_per", "float32_meaning_wer"}
    assert figures["surface_per"] < 0.6  # it hears these clips


def test_costly_int8_keeps_layers_in_float_or_is_refused(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a tolerance that nothing meets, every step of the remedy is taken, worst layer first, then the refusal."""
    monkeypatch.setattr(precision, "TOLERANCE", -1.0)
    model = tiny_model()
    float_bundle = tiny_bundle(tmp_path, model)
    graph = build_graph(model, CHUNK)
    kept: list[list[str]] = []

    def requantize(names: Sequence[str]) -> Bundle:
        kept.append(list(names))
        return float_bundle

    clips = repository / "tests" / "data" / "samples.jsonl"
    with pytest.raises(ExportError, match="use --precision float32"):
        precision.compare_precisions(clips, float_bundle, requantize, graph)
    assert [len(names) for names in kept] == sorted({len(names) for names in kept})
    assert kept[0] == []
    assert len(kept) == precision.MOST_FLOAT_LAYERS + 1
    assert set(kept[-1]) <= set(linear_nodes(graph))
