"""``saidmeant export --target mobile``: the graph for one stream at a time, as an app has it.

With a batch of one every shape is fixed, and onnxruntime can fold away what only computes shapes: a third of the nodes
goes, though hardly any bytes, because a file is mostly weights.  Apps decode stream by stream, so nothing is
lost; what batches streams (``decode_streams`` of sherpa-onnx) needs the usual export.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import onnx
import onnxruntime

from saidmeant.streaming.bundle import MANIFEST, MODEL, read_manifest
from saidmeant.streaming.recognizer import Recognizer

from .manifest import write_manifest
from .quantize import has_small_convolutions, shrink_convolutions
from .verify import Check, Samples, final_tokens


def make_mobile(folder: Path, speech: Samples) -> Iterator[Check]:
    """Rewrite a bundle's graph in place; the checks say whether it still says the same, and what it saved."""
    before = onnx.load(folder / MODEL)
    size, said = (folder / MODEL).stat().st_size, final_tokens(Recognizer.load(folder), [speech])
    fixed = with_batch_of_one(before)
    onnx.save(fixed, folder / MODEL)
    manifest = read_manifest(folder / MANIFEST)
    digest = hashlib.sha256((folder / MODEL).read_bytes()).hexdigest()
    write_manifest(folder, dataclasses.replace(manifest, files={**manifest.files, MODEL: digest}))
    small = (folder / MODEL).stat().st_size
    same = final_tokens(Recognizer.load(folder), [speech]) == said
    yield Check("batch of one = any batch", same, f"{len(said)} tokens, times and confidences identical")
    nodes = f"{len(before.graph.node)} nodes before, {len(fixed.graph.node)} now"
    yield Check("what it saves", True, f"{nodes}; {size / 1e6:.2f} MB before, {small / 1e6:.2f} now")


def with_batch_of_one(proto: onnx.ModelProto) -> onnx.ModelProto:
    """A copy with every shape fixed and what follows from the shapes folded away; operators stay those of ONNX."""
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    for value in (*copy.graph.input, *copy.graph.output):
        for dim in value.type.tensor_type.shape.dim:
            if dim.HasField("dim_param"):
                dim.dim_value = 1
    del copy.graph.value_info[:]  # shapes in between, with the batch still open
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "fixed.onnx", Path(folder) / "folded.onnx"
        onnx.save(copy, source)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(target)
        onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
        folded = onnx.load(target)
    if has_small_convolutions(proto):
        shrink_convolutions(folded)  # folding has made them large again
    del folded.metadata_props[:]
    folded.metadata_props.extend(proto.metadata_props)
    return folded
