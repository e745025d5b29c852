"""The graph for one stream at a time says the same as the usual one."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from tiny import noise, tiny_bundle, tiny_model

from saidmeant.export.mobile import make_mobile, with_batch_of_one
from saidmeant.export.verify import bundle_checks
from saidmeant.streaming import Recognizer
from saidmeant.streaming.bundle import load_bundle


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_equals_the_usual_export(precision: str, tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path, tiny_model(), precision=precision).folder
    before = onnx.load(folder / "model.onnx")
    usual = Recognizer.load(folder).transcribe([noise(6.0)])
    assert all(check.passed for check in make_mobile(folder, noise(3.0)))
    assert Recognizer.load(folder).transcribe([noise(6.0)]) == usual
    assert usual[0].surface.tokens
    after = onnx.load(folder / "model.onnx")
    assert len(after.graph.node) < 0.8 * len(before.graph.node)
    assert load_bundle(folder).header.inputs[0][0] == 1
    assert {node.domain for node in after.graph.node} <= {"", "ai.onnx"}
    failed = [check.name for check in bundle_checks(load_bundle(folder), noise(4.0)) if not check.passed]
    assert failed == ["digital silence is silent"]


def test_no_dimension_is_open(tmp_path: Path) -> None:
    proto = with_batch_of_one(onnx.load(tiny_bundle(tmp_path, tiny_model()).folder / "model.onnx"))
    for value in (*proto.graph.input, *proto.graph.output):
        assert all(dim.dim_value > 0 for dim in value.type.tensor_type.shape.dim)
