"""Dynamic int8 of the linear layers, per output channel; convolutions, norms and attention products stay in float."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic


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
    del result.metadata_props[:]
    result.metadata_props.extend(proto.metadata_props)
    return result
