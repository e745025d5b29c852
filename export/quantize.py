"""Dynamic int8 of the linear layers, per output channel; norms and attention products stay in float.

The weights of convolutions are kept in int8 too and become float when the model is loaded (onnxruntime folds what is
computed from constants alone), so that they take a quarter of the room and are as fast as before.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

QUANTIZED, SCALE = "_quantized", "_scale"
"""Ends of the names of a weight's integers and of what they are multiplied by; onnxruntime names them so too."""
LARGEST = 127


def linear_nodes(proto: onnx.ModelProto) -> list[str]:
    """Names of the MatMul nodes with a constant weight, in graph order."""
    constants = {tensor.name for tensor in proto.graph.initializer}
    return [node.name for node in proto.graph.node if node.op_type == "MatMul" and node.input[1] in constants]


def quantize(
    proto: onnx.ModelProto, *, keep_float: Collection[str] = (), reduce_range: bool = False
) -> onnx.ModelProto:
    """An int8 copy of a float graph.

    keep_float: MatMul nodes left alone.  reduce_range: 7-bit weights, which cannot saturate on x86 CPUs without VNNI
    (there, products of unsigned activations and signed weights are added in 16 bits).
    """
    logging.getLogger().setLevel(logging.ERROR)  # onnxruntime recommends its pre-processing on the root logger
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        onnx.save(proto, source)
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=list(keep_float),
            per_channel=True,
            reduce_range=reduce_range,
            weight_type=QuantType.QInt8,
        )
        result = onnx.load(target)
    shrink_convolutions(result)
    del result.metadata_props[:]
    result.metadata_props.extend(proto.metadata_props)
    return result


def has_small_convolutions(proto: onnx.ModelProto) -> bool:
    """Whether weights of convolutions are computed, as :func:`shrink_convolutions` leaves them."""
    constants = {tensor.name for tensor in proto.graph.initializer}
    return any(node.op_type == "Conv" and node.input[1] not in constants for node in proto.graph.node)


def shrink_convolutions(proto: onnx.ModelProto) -> None:
    """Weights of convolutions as int8 times a scale per output channel, multiplied where the graph begins."""
    graph = proto.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    names = dict.fromkeys(node.input[1] for node in graph.node if node.op_type == "Conv" and node.input[1] in constants)
    made: list[onnx.NodeProto] = []
    for name in names:
        weight = numpy_helper.to_array(constants[name])
        peaks = np.abs(weight).max(axis=tuple(range(1, weight.ndim)), keepdims=True)
        scale = np.where(peaks > 0, peaks / LARGEST, 1.0).astype(np.float32)
        whole = np.rint(weight / scale).astype(np.int8)
        graph.initializer.remove(constants[name])
        graph.initializer.append(numpy_helper.from_array(whole, name + QUANTIZED))
        graph.initializer.append(numpy_helper.from_array(scale, name + SCALE))
        made.append(helper.make_node("Cast", [name + QUANTIZED], [name + "_cast"], to=onnx.TensorProto.FLOAT))
        made.append(helper.make_node("Mul", [name + "_cast", name + SCALE], [name]))
    nodes = [*made, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
