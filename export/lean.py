"""Data movement taken out of an exported graph.  What is computed stays the same to the last bit.

The tracer packs the caches of all layers into the host's states layer by layer: each layer's keys and values are cut
to length, all of them are joined, and the whole is transposed.  The frames that are kept, nine of ten, were in the old
state already, in the right order.  Here the old state is cut once and only the new frames are joined and transposed.

And the tracer computes every shape at run time because the batch is dynamic.  Shapes that are the same for any batch,
or the same but for one dimension, become constants.

``python -m saidmeant.export.lean BUNDLE TARGET`` does this to a bundle that was exported before.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from saidmeant.streaming.bundle import MANIFEST, MODEL, load_bundle, read_manifest

from .manifest import write_manifest
from .verify import verify_bundle

TIME_FIRST = [1, 0, 2]


def lean(proto: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of the graph that moves less data; one that does not look as expected comes back as it is."""
    smaller = onnx.ModelProto()
    smaller.CopyFrom(proto)
    graph = _Graph(smaller.graph)
    for output in [entry.name for entry in smaller.graph.output]:
        graph.keep_in_place(output)
    graph.fold_shapes(smaller)
    graph.prune()
    graph = _Graph(smaller.graph)
    graph.read_in_place()
    graph.prune()
    onnx.checker.check_model(smaller)
    return smaller


class _Graph:
    """A graph with an index: who makes what."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.maker = {name: node for node in graph.node for name in node.output}
        self.stored = {entry.name: entry for entry in graph.initializer}
        self.inputs = {entry.name: entry for entry in graph.input}

    def keep_in_place(self, output: str) -> None:
        """Rewrite one new state, if it is made as the tracer makes it."""
        found = self._packed(output)
        if found is None:
            return
        state, start, news = found
        name = f"{output}_lean"
        left = self.inputs[state].type.tensor_type.shape.dim[0].dim_value
        constants = {"start": [start], "left": [left], "zero": [0], "one": [1]}
        for key, value in constants.items():
            self.graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), f"{name}_{key}"))
        nodes = [helper.make_node("Slice", [state, f"{name}_start", f"{name}_left", f"{name}_zero"], [f"{name}_old"])]
        for i, new in enumerate(news):
            cut = [new, f"{name}_zero", f"{name}_start", f"{name}_one"]
            nodes.append(helper.make_node("Slice", cut, [f"{name}_{i}"]))
        joined = [f"{name}_{i}" for i in range(len(news))]
        nodes.append(helper.make_node("Concat", joined, [f"{name}_joined"], axis=2))
        nodes.append(helper.make_node("Transpose", [f"{name}_joined"], [f"{name}_new"], perm=TIME_FIRST))
        nodes.append(helper.make_node("Concat", [f"{name}_old", f"{name}_new"], [output], axis=0))
        self.graph.node.remove(self.maker[output])
        self.graph.node.extend(nodes)

    def _packed(self, output: str) -> tuple[str, int, list[str]] | None:
        """The old state, how many frames it loses, and the tensors (batch, frames, dim) whose first frames follow."""
        joined = self._made_by(output, "Transpose")
        joined = joined and self._made_by(joined.input[0], "Concat")
        if joined is None:
            return None
        parts = [self._part(name, i) for i, name in enumerate(joined.input)]
        known = [part for part in parts if part is not None]
        if len(known) != len(parts) or len({part[:2] for part in known}) != 1:
            return None
        return known[0][0], known[0][1], [part[2] for part in known]

    def _part(self, name: str, position: int) -> tuple[str, int, str] | None:
        """One layer's cache: state, start, new frames; None if it is not old and new frames, cut to length."""
        cut = self._made_by(name, "Slice")
        whole = cut and self._made_by(cut.input[0], "Concat")
        piece = whole and len(whole.input) == 2 and self._made_by(whole.input[0], "Split")
        turned = piece and self._made_by(piece.input[0], "Transpose")
        if not cut or not whole or not piece or not turned or turned.input[0] not in self.inputs:
            return None
        bounds = [self._value(entry) for entry in cut.input[1:]]
        left = self.inputs[turned.input[0]].type.tensor_type.shape.dim[0].dim_value
        start, end, axis = (int(bound[0]) if bound is not None else -1 for bound in bounds[:3])
        if axis != 1 or not 0 < start <= left or end - start != left or whole.input[0] != piece.output[position]:
            return None
        return turned.input[0], start, whole.input[1]

    def fold_shapes(self, proto: onnx.ModelProto) -> None:
        """Shapes of Reshape nodes that do not depend on the batch, or in one dimension alone, become constants."""
        reshapes = [
            node for node in self.graph.node if node.op_type == "Reshape" and self._value(node.input[1]) is None
        ]
        if not reshapes:
            return
        two, three = (values_at(proto, [node.input[1] for node in reshapes], batch) for batch in (2, 3))
        for i, (node, a, b) in enumerate(zip(reshapes, two, three, strict=True)):
            if len(a) == len(b) and int((a != b).sum()) <= 1 and (a > 0).all():
                name = f"lean_shape_{i}"
                self.graph.initializer.append(numpy_helper.from_array(np.where(a == b, a, -1).astype(np.int64), name))
                node.input[1] = name

    def read_in_place(self) -> None:
        """Old and new frames are joined as the host keeps them, time first, and turned once, for the attention."""
        users: dict[str, list[onnx.NodeProto]] = {}
        for node in self.graph.node:
            for name in node.input:
                users.setdefault(name, []).append(node)
        for split in [node for node in self.graph.node if node.op_type == "Split"]:
            turned = self._made_by(split.input[0], "Transpose")
            if turned is None or turned.input[0] not in self.inputs or len(users[turned.output[0]]) != 1:
                continue
            joined = [users[name][0] for name in split.output if len(users[name]) == 1]
            heads = [self._heads(node, users) for node in joined]
            if len(joined) == len(split.output) and all(heads):
                split.input[0] = turned.input[0]
                self.graph.node.remove(turned)
                for concat, (reshape, transpose, shape) in zip(joined, filter(None, heads), strict=True):
                    self._time_first(concat, reshape, transpose, shape)

    def _heads(
        self, concat: onnx.NodeProto, users: dict[str, list[onnx.NodeProto]]
    ) -> tuple[onnx.NodeProto, onnx.NodeProto, NDArray[np.int64]] | None:
        """What follows old and new frames: into heads (batch, time, heads, dim), and turned; None if anything else."""
        own = users.get(concat.output[0], [])
        if concat.op_type != "Concat" or concat.attribute[0].i != 1 or [node.op_type for node in own] != ["Reshape"]:
            return None
        following, shape = users.get(own[0].output[0], []), self._value(own[0].input[1])
        if shape is None or len(shape) != 4 or [node.op_type for node in following] != ["Transpose"]:
            return None
        return own[0], following[0], shape

    def _time_first(
        self, concat: onnx.NodeProto, reshape: onnx.NodeProto, transpose: onnx.NodeProto, shape: NDArray[np.int64]
    ) -> None:
        name, new = f"{concat.output[0]}_lean", concat.input[1]
        turn = helper.make_node("Transpose", [new], [f"{name}_new"], perm=TIME_FIRST)
        self.graph.node.insert(list(self.graph.node).index(concat), turn)
        concat.input[1] = f"{name}_new"
        concat.attribute[0].i = 0
        swapped = shape[[1, 0, 2, 3]]
        self.graph.initializer.append(numpy_helper.from_array(swapped.astype(np.int64), f"{name}_shape"))
        reshape.input[1] = f"{name}_shape"
        order = [{0: 1, 1: 0}.get(axis, axis) for axis in transpose.attribute[0].ints]
        del transpose.attribute[0].ints[:]
        transpose.attribute[0].ints.extend(order)

    def prune(self) -> None:
        """Remove what nobody uses, and bring the rest into an order in which everything is made before it is used."""
        maker = {name: node for node in self.graph.node for name in node.output}
        ordered: list[onnx.NodeProto] = []
        done: set[str] = set()
        stack = [entry.name for entry in reversed(self.graph.output)]
        while stack:
            name = stack[-1]
            node = maker.get(name)
            waiting = [each for each in node.input if each in maker and each not in done] if node is not None else []
            if name not in done and waiting:
                stack += waiting
                continue
            stack.pop()
            if node is not None and name not in done:
                ordered.append(node)
                done.update(node.output)
        used = {name for node in ordered for name in node.input}
        kept = [entry for entry in self.graph.initializer if entry.name in used]
        nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in ordered]
        del self.graph.node[:], self.graph.initializer[:], self.graph.value_info[:]  # hints, some of them outdated now
        self.graph.node.extend(nodes)
        self.graph.initializer.extend(kept)

    def _made_by(self, name: str, kind: str) -> onnx.NodeProto | None:
        node = self.maker.get(name)
        return node if node is not None and node.op_type == kind else None

    def _value(self, name: str) -> NDArray[np.int64] | None:
        """A constant; None if it is computed."""
        if name in self.stored:
            return np.asarray(numpy_helper.to_array(self.stored[name])).reshape(-1)
        node = self._made_by(name, "Constant")
        return None if node is None else np.asarray(numpy_helper.to_array(node.attribute[0].t)).reshape(-1)


def values_at(proto: onnx.ModelProto, names: Sequence[str], batch: int) -> list[NDArray[np.int64]]:
    """What some inner tensors are for a batch of this size, by running the graph on silence."""
    import onnxruntime

    watched = onnx.ModelProto()
    watched.CopyFrom(proto)
    for name in dict.fromkeys(names):
        watched.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.INT64, None))
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {
        entry.name: np.zeros(
            [batch if isinstance(size, str) else size for size in entry.shape],
            np.int64 if "int64" in entry.type else np.float32,
        )
        for entry in session.get_inputs()
    }
    found = dict(zip(dict.fromkeys(names), session.run(list(dict.fromkeys(names)), feeds), strict=True))
    return [np.asarray(found[name]).reshape(-1) for name in names]


def lean_bundle(source: Path, target: Path) -> bool:
    """A bundle with its graph made lean, and verified.  Raises BundleError, or FileExistsError."""
    load_bundle(source)
    shutil.copytree(source, target)
    onnx.save(lean(onnx.load(source / MODEL)), target / MODEL)
    manifest = read_manifest(source / MANIFEST)
    manifest.files[MODEL] = hashlib.sha256((target / MODEL).read_bytes()).hexdigest()
    write_manifest(target, manifest)
    return verify_bundle(target)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m saidmeant.export.lean", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("target", type=Path, help="a folder that does not exist yet")
    options = parser.parse_args(arguments)
    return 0 if lean_bundle(options.bundle, options.target) else 1


if __name__ == "__main__":
    raise SystemExit(main())
