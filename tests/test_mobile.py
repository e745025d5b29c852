"""The graph for one stream at a time says the same as the usual one."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import onnx
import pytest
from tiny import noise, tiny_bundle, tiny_checkpoint, tiny_model

from saidmeant.export.mobile import make_mobile, with_batch_of_one
from saidmeant.export.verify import bundle_checks
from saidmeant.models.checkpoint import save_checkpoint
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.restore import encoder_config, restore
from saidmeant.streaming import AudioFile, Recognizer
from saidmeant.streaming.bundle import load_bundle
from saidmeant.streaming.cli import main


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


def test_the_command_from_a_checkpoint(tmp_path: Path, sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The small bundle's weights as a checkpoint, and back: the same lines, fewer nodes, no more bytes."""
    shipped = load_bundle("en-tiny")
    model = DualEncoder(encoder_config(shipped))
    restore(model, shipped)
    save_checkpoint(tmp_path / "again.safetensors", model, dataclasses.replace(tiny_checkpoint(model), name="again"))
    command = ["export", str(tmp_path / "again.safetensors"), str(tmp_path / "app")]
    assert main([*command, "--precision", "int7", "--target", "mobile"]) == 0
    printed = " ".join(capsys.readouterr().out.replace("│", " ").split())
    before, now = map(int, re.findall(r"(\d+) nodes before, (\d+) now", printed)[0])
    assert now < 0.8 * before
    large, small = map(float, re.findall(r"([\d.]+) MB before, ([\d.]+) now", printed)[0])
    assert small <= large
    assert load_bundle(tmp_path / "app").header.inputs[0][0] == 1
    lines = [
        [(final.surface.text, final.meaning.text) for final in Recognizer.load(name).transcribe(AudioFile(sample))]
        for name in (tmp_path / "app", "en-tiny")
    ]
    assert lines[0] == lines[1]


def test_no_dimension_is_open(tmp_path: Path) -> None:
    proto = with_batch_of_one(onnx.load(tiny_bundle(tmp_path, tiny_model()).folder / "model.onnx"))
    for value in (*proto.graph.input, *proto.graph.output):
        assert all(dim.dim_value > 0 for dim in value.type.tensor_type.shape.dim)
