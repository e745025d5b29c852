"""A lean graph computes the same to the last bit, for any batch and any states, with less data moved."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from tiny import CHUNK, tiny_bundle, tiny_model

from saidmeant.export.graph import build_graph
from saidmeant.export.lean import lean, lean_bundle
from saidmeant.export.quantize import quantize
from saidmeant.streaming.bundle import MODEL, load_bundle


def outputs(proto: onnx.ModelProto, batch: int, steps: int = 3) -> list[np.ndarray]:
    """Everything that comes out of some steps from random states: rows and states."""
    rng = np.random.default_rng(batch)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feeds = {}
    for entry in session.get_inputs():
        shape = [batch if isinstance(size, str) else size for size in entry.shape]
        random = rng.standard_normal(shape).astype(np.float32)
        feeds[entry.name] = np.full(shape, 64, np.int64) if "int64" in entry.type else random
    found: list[np.ndarray] = []
    for _ in range(steps):
        feeds["x"] = rng.standard_normal(feeds["x"].shape).astype(np.float32)
        result = session.run(None, feeds)
        found += result
        feeds.update(zip(list(feeds)[1:], result[1:], strict=True))
    return found


@pytest.mark.parametrize("pool_layer", [1, 2])
@pytest.mark.parametrize("quantized", [False, True])
def test_nothing_that_comes_out_changes(quantized: bool, pool_layer: int) -> None:
    graph = build_graph(tiny_model(pool_layer=pool_layer), CHUNK)
    if quantized:
        graph = quantize(graph)
    smaller = lean(graph)
    for batch in (1, 3):
        before, after = outputs(graph, batch), outputs(smaller, batch)
        assert len(before) == len(after)
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert {entry.key: entry.value for entry in smaller.metadata_props} == {
        entry.key: entry.value for entry in graph.metadata_props
    }


def test_states_are_neither_turned_nor_cut_layer_by_layer() -> None:
    graph = build_graph(tiny_model(), CHUNK)
    before, after = (Counter(node.op_type for node in proto.graph.node) for proto in (graph, lean(graph)))
    for kind in ("Slice", "Shape", "Gather", "Unsqueeze", "Constant"):
        assert after[kind] < before[kind], kind
    turned = {node.input[0] for node in lean(graph).graph.node if node.op_type == "Transpose"}
    assert not turned & {"state_0", "state_6"}


def test_the_shipped_graph_can_be_made_lean(bundle: str) -> None:
    graph = onnx.load(load_bundle(bundle).file(MODEL))
    assert all(np.array_equal(a, b) for a, b in zip(outputs(graph, 2, 1), outputs(lean(graph), 2, 1), strict=True))


def test_a_lean_graph_stays_as_it_is() -> None:
    once = lean(build_graph(tiny_model(), CHUNK))
    assert [node.op_type for node in lean(once).graph.node] == [node.op_type for node in once.graph.node]


def test_a_bundle_is_made_lean_and_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tiny_bundle(tmp_path, tiny_model())
    lean_bundle(old.folder, tmp_path / "lean")
    new = load_bundle(tmp_path / "lean")
    assert new.manifest.files[MODEL] != old.manifest.files[MODEL]
    assert {**new.manifest.files, MODEL: ""} == {**old.manifest.files, MODEL: ""}
    assert "onnxruntime, batch of three" in capsys.readouterr().out
