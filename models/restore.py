"""Weights back out of a bundle's ONNX graph: a restart point when the checkpoint is gone.

Parameters that the exporter keeps under their own names (convolutions, norms, biases) are read by name.  Linear weights
lose theirs; they are known by the order in which the encoder runs its linear layers, which a hook observes.  int8
weights are multiplied by their scales, so what comes back differs from what was trained by the rounding alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from saidmeant.streaming.bundle import MODEL, Bundle

from .dual_encoder import DualEncoder
from .encoder_config import MEL_BINS, STEM_OVERLAP, STEM_STRIDE, EncoderConfig, HeadConfig

Arrays = dict[str, NDArray[np.generic]]
PARAMETER_PREFIX = "model."  # of parameter names in the exported graph
SHARED_PARAMETERS = "shared_parameters"  # metadata key: JSON, parameter that is not in the graph -> its equal that is


def encoder_config(bundle: Bundle) -> EncoderConfig:
    """The architecture of a bundle's model, from its manifest."""
    inventory = bundle.manifest.token_inventory
    heads = tuple(HeadConfig(name, tuple(inventory[name])) for name in bundle.heads)
    return EncoderConfig(heads=heads, **bundle.manifest.encoder)


def restore(model: DualEncoder, bundle: Bundle) -> None:
    """Fill ``model`` from a bundle of the same architecture.  Raises ValueError if they differ."""
    if model.config != encoder_config(bundle):
        raise ValueError(f"bundle {bundle.manifest.name} has another architecture than the recipe")
    graph = onnx.load(bundle.file(MODEL)).graph
    arrays: Arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    twins = json.loads(bundle.header.metadata.get(SHARED_PARAMETERS, "{}"))
    weights = {}
    for name in model.state_dict():
        kept = PARAMETER_PREFIX + twins.get(name, name)
        if kept in arrays:
            weights[name] = torch.from_numpy(arrays[kept].astype(np.float32))
        elif kept + "_quantized" in arrays:  # of a convolution
            whole, scale = arrays[kept + "_quantized"], arrays[kept + "_scale"]
            weights[name] = torch.from_numpy(whole.astype(np.float32) * scale.astype(np.float32))
    for name, matrix in linear_weights(graph, arrays, linear_order(model)):
        weights[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(matrix.T))
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(f"bundle {bundle.manifest.name}: {error}") from error


def linear_order(model: DualEncoder) -> list[str]:
    """Names of the linear layers in the order in which one streaming step runs them."""
    order: list[str] = []
    handles = []
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):

            def note(_module: nn.Module, _inputs: tuple[Tensor, ...], _output: Tensor, name: str = name) -> None:
                order.append(name)

            handles.append(module.register_forward_hook(note))
    chunk = model.config.pool * max(1, model.config.look_ahead)
    with torch.inference_mode():
        model.step(torch.zeros(1, STEM_STRIDE * chunk + STEM_OVERLAP, MEL_BINS), model.initial_state(1))
    for handle in handles:
        handle.remove()
    return order


def linear_weights(
    graph: onnx.GraphProto, arrays: Arrays, order: Sequence[str]
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """(layer name, dequantised (in, out) weights) of every linear layer.

    The tracer names nodes after the layer and numbers those of one name as they run: /key/MatMul, /key_1/MatMul …
    """
    by_kind: dict[str, list[str]] = {}
    for name in order:
        by_kind.setdefault(name.rsplit(".", 1)[1], []).append(name)
    for node in graph.node:
        matrix = node.input[1] if len(node.input) > 1 else ""
        found = re.fullmatch(r"(?:/.*)?/([a-z]+)(?:_(\d+))?/MatMul(?:_quant)?", node.name)
        if node.op_type not in ("MatMul", "MatMulInteger") or matrix not in arrays or found is None:
            continue
        kind, number = found.groups()
        if kind == "output":  # one per head, named /surface/output, /meaning/output
            name = next(name for name in by_kind[kind] if f"/{name.split('.')[1]}/" in node.name)
        else:
            name = by_kind[kind][int(number or 0)]
        weights = arrays[matrix].astype(np.float32)
        if node.op_type == "MatMulInteger":
            weights = weights * arrays[matrix.removesuffix("_quantized") + "_scale"].astype(np.float32)
        yield name, weights
