"""Tiny untrained models as sherpa-onnx takes them from elsewhere: a zipformer2 CTC and an LSTM transducer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WINDOW, ADVANCE, BINS, WIDTH = 45, 32, 80, 4
SYMBOLS = (
    "<blk>",
    "<unk>",
    "\N{LOWER ONE EIGHTH BLOCK}TH",
    "INK",
    "\N{LOWER ONE EIGHTH BLOCK}I",
    "S",
    "\N{LOWER ONE EIGHTH BLOCK}A",
)
PHONES = ("<blk>", "TH", "IH1", "NG", "K", "AY1", "SIL")


def write_ctc(folder: Path, symbols: tuple[str, ...] = SYMBOLS) -> Path:
    """A linear layer on every fourth feature frame; its states pass through."""
    states = [("key", [1, "N", 1]), ("nonlin", [1, "N", 1, 3]), ("v1", [1, "N", 1]), ("v2", [1, "N", 1])]
    states += [("conv1", ["N", 4, 1]), ("conv2", ["N", 4, 1]), ("embed", ["N", 128, 3, 19])]
    nodes, weights = _linear("x", "logits", len(symbols))
    nodes.append(helper.make_node("LogSoftmax", ["logits"], ["log_probs"], axis=-1))
    values = [_value(name, shape) for name, shape in states]
    values.append(helper.make_tensor_value_info("lens", TensorProto.INT64, ["N"]))
    new = []
    for value in values:
        nodes.append(helper.make_node("Identity", [value.name], [f"new_{value.name}"]))
        new.append(onnx.ValueInfoProto.FromString(value.SerializeToString()))
        new[-1].name = f"new_{value.name}"
    ones = dict.fromkeys(("query_head_dims", "value_head_dims", "num_heads", "num_encoder_layers"), "1")
    told = {**ones, "encoder_dims": "4", "cnn_module_kernels": "3", "left_context_len": "1"}
    inputs, outputs = [_value("x", ["N", WINDOW, BINS]), *values], [_value("log_probs", ["N", 8, len(symbols)]), *new]
    folder.mkdir(parents=True)
    _save(folder / "ctc.onnx", nodes, inputs, outputs, weights, {"model_type": "zipformer2", **_times(), **told})
    _write_symbols(folder, symbols)
    return folder


def write_transducer(folder: Path, symbols: tuple[str, ...] = SYMBOLS) -> Path:
    """An encoder, a decoder and a joiner whose sizes are all that they have of an LSTM transducer."""
    folder.mkdir(parents=True)
    count = len(symbols)
    nodes, weights = _linear("x", "out", WIDTH)
    nodes += [helper.make_node("Identity", [name], [f"new_{name}"]) for name in ("h", "c")]
    state = [1, "N", WIDTH]
    told = {"model_type": "lstm", "num_encoder_layers": "1", "rnn_hidden_size": str(WIDTH), "d_model": str(WIDTH)}
    inputs = [_value("x", ["N", WINDOW, BINS]), _value("h", state), _value("c", state)]
    outputs = [_value("out", ["N", 8, WIDTH]), _value("new_h", state), _value("new_c", state)]
    _save(folder / "encoder-1.int8.onnx", nodes, inputs, outputs, weights, {**told, **_times()})
    table = numpy_helper.from_array(_random(count, WIDTH, seed=2), "table")
    nodes = [
        helper.make_node("Gather", ["table", "y"], ["rows"]),
        helper.make_node("ReduceMean", ["rows"], ["out"], axes=[1], keepdims=0),
    ]
    y = helper.make_tensor_value_info("y", TensorProto.INT64, ["N", 2])
    told = {"vocab_size": str(count), "context_size": "2"}
    _save(folder / "decoder-1.onnx", nodes, [y], [_value("out", ["N", WIDTH])], [table], told)
    weight = numpy_helper.from_array(_random(WIDTH, count, seed=3), "weight")
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("MatMul", ["sum", "weight"], ["logit"])]
    both = [_value("a", ["N", WIDTH]), _value("b", ["N", WIDTH])]
    told = {"joiner_dim": str(WIDTH)}
    _save(folder / "joiner-1.int8.onnx", nodes, both, [_value("logit", ["N", count])], [weight], told)
    _write_symbols(folder, symbols)
    return folder


def _linear(source: str, target: str, columns: int) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    numbers = {"from": [0], "to": [ADVANCE], "axis": [1], "step": [4]}
    weights = [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in numbers.items()]
    weights.append(numpy_helper.from_array(_random(BINS, columns, seed=1), "w"))
    return [
        helper.make_node("Slice", [source, *numbers], ["frames"]),
        helper.make_node("MatMul", ["frames", "w"], [target]),
    ], weights


def _random(rows: int, columns: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, columns)).astype(np.float32)


def _times() -> dict[str, str]:
    return {"T": str(WINDOW), "decode_chunk_len": str(ADVANCE)}


def _value(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    weights: list[onnx.TensorProto],
    told: dict[str, str],
) -> None:
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, told)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _write_symbols(folder: Path, symbols: tuple[str, ...]) -> None:
    (folder / "tokens.txt").write_text("".join(f"{s} {i}\n" for i, s in enumerate(symbols)), encoding="utf-8")
