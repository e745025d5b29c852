"""A trained encoder as an ONNX graph that stock sherpa-onnx streams.

sherpa-onnx knows the interface of a streaming ``zipformer2_ctc`` model: feature chunks and states in, log-probabilities
and states out, the shapes of the states computed from metadata.  Our caches travel in that interface: each *stack* of
the metadata is a fake with one layer whose key state is as large as we need (keys and values of all layers of one
frame rate, or a delay line).  What the interface demands besides passes through unchanged.

Output frames are interleaved in time, for each encoder frame one per *lane*: the head's log-probabilities, then the
head's confidence level as a one-hot row, for every head in turn (s, cs, m, cm).  Confidence lanes must not be
neighbours: sherpa-onnx drops an output frame that equals the one before.  Candidate lanes follow, one-hot rows too: the
likeliest labels of each head with their rounded log-probabilities, for what the runtime weighs by itself.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from saidmeant.models.dual_encoder import (
    MASKED,
    MEL_BINS,
    STEM_OVERLAP,
    STEM_STRIDE,
    DualEncoder,
    EncoderConfig,
    LayerCache,
    StreamState,
)
from saidmeant.models.restore import PARAMETER_PREFIX, SHARED_PARAMETERS
from saidmeant.streaming.bundle import STATES_PER_STACK
from saidmeant.streaming.lanes import CANDIDATE_PREFIX, CONFIDENCE_PREFIX, candidate_lane

BLANK = "<blk>"
CONFIDENCE_LEVELS = 16
CANDIDATES = {"surface": 3, "meaning": 5}
"""Labels of each head per frame that the runtime weighs (streaming/goodness.py, streaming/beam.py)."""
CANDIDATE_LEVELS, CANDIDATE_STEP = 24, 0.3
"""Their log-probabilities in steps of 0.3 nats; what is less likely than 24 steps (0.1 %) is not emitted."""
LANE_PREFIXES = {"surface": "S:", "meaning": "M:"}
OPSET = 17
# the smallest sizes that sherpa-onnx accepts for what we do not use
FAKE_DIM, FAKE_VALUE_DIM, FAKE_KERNEL = 4, 1, 3
EMBED_SHAPE = (128, 3, 19)
LINEAR_WEIGHTS = [f".{name}.weight" for name in ("query", "key", "value", "out", "expand", "contract", "output")]
"""These come out transposed and under names of the tracer's own."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A fake stack: its key state is (left, batch, width)."""

    left: int
    width: int


def symbols(config: EncoderConfig) -> list[str]:
    """The joint vocabulary in id order: blank, each head's tokens with its prefix, confidence levels, candidates."""
    names = [BLANK]
    for head in config.heads:
        names += [LANE_PREFIXES[head.name] + token for token in head.tokens]
    names += [f"{CONFIDENCE_PREFIX}{level}" for level in range(CONFIDENCE_LEVELS)]
    for head in config.heads:
        names += [f"{CANDIDATE_PREFIX}{token}:{i}" for token in head.tokens for i in range(CANDIDATE_LEVELS)]
    return names


def lanes(config: EncoderConfig) -> tuple[str, ...]:
    """The interleaved output streams in their order."""
    names = [lane for head in config.heads for lane in (head.name, f"{head.name}_confidence")]
    for head in config.heads:
        names += [candidate_lane(head.name, i) for i in range(min(CANDIDATES[head.name], len(head.tokens)))]
    return tuple(names)


def stacks(model: DualEncoder) -> list[Stack]:
    """Caches at the stem's frame rate, caches at the output's, delay lines (if there is look-ahead)."""
    config = model.config
    stem_rate = sum(depth < config.pool_layer for depth, _ in model.all_layers())
    output_rate = len(model.all_layers()) - stem_rate
    result = [
        Stack(config.left_context, stem_rate * 2 * config.dim),
        Stack(config.left_context // config.pool, output_rate * 2 * config.dim),
    ]
    if config.look_ahead:
        lines = len(model.initial_state(1).delays)
        result.append(Stack(config.look_ahead, lines * config.dim))
    return result


def metadata(model: DualEncoder, chunk: int) -> dict[str, str]:
    """What sherpa-onnx must read in the graph.  chunk: stem frames per chunk."""
    fakes = stacks(model)

    def per_stack(value: int) -> str:
        return ",".join([str(value)] * len(fakes))

    return {
        "model_type": "zipformer2",
        "feature": "whisper",
        "T": str(STEM_STRIDE * chunk + STEM_OVERLAP),
        "decode_chunk_len": str(STEM_STRIDE * chunk),
        "num_encoder_layers": per_stack(1),
        "num_heads": per_stack(1),
        "encoder_dims": per_stack(FAKE_DIM),
        "value_head_dims": per_stack(FAKE_VALUE_DIM),
        "cnn_module_kernels": per_stack(FAKE_KERNEL),
        "left_context_len": ",".join(str(stack.left) for stack in fakes),
        "query_head_dims": ",".join(str(stack.width) for stack in fakes),
    }


class HostGraph(nn.Module):
    """One chunk in sherpa-onnx's interface: features and host states in, interleaved rows and host states out."""

    def __init__(self, model: DualEncoder) -> None:
        super().__init__()
        self.model = model
        self.stacks = stacks(model)
        self.rates = [depth < model.config.pool_layer for depth, _ in model.all_layers()]

    def forward(self, features: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """features: (batch, 2 chunk + 3, 80); returns (batch, rows, symbols), then the states in the same order."""
        log_probs, state = self.model.step(features, self.unpack(states))
        rows = interleave(log_probs)
        return rows, *self.pack(state, states)

    def initial(self, batch: int) -> list[Tensor]:
        """Host states of a new stream: all zero."""
        shapes: list[tuple[int, ...]] = []
        for stack in self.stacks:
            value = (stack.left, batch, FAKE_VALUE_DIM)
            conv = (batch, FAKE_DIM, FAKE_KERNEL // 2)
            nonlin = (1, batch, stack.left, 3 * FAKE_DIM // 4)
            shapes += [(stack.left, batch, stack.width), nonlin, value, value, conv, conv]
        zeros = [torch.zeros(shape) for shape in [*shapes, (batch, *EMBED_SHAPE)]]
        return [*zeros, torch.zeros(batch, dtype=torch.long)]

    def unpack(self, states: Sequence[Tensor]) -> StreamState:
        """Host states to the encoder's own."""
        dim = self.model.config.dim
        pieces = [iter(states[STATES_PER_STACK * i].transpose(0, 1).split(dim, dim=2)) for i in range(len(self.stacks))]
        caches = []
        for is_stem_rate in self.rates:
            source = pieces[0 if is_stem_rate else 1]
            caches.append(LayerCache(next(source), next(source)))
        empty = torch.zeros(states[-1].shape[0], 0, dim)
        delays = tuple(pieces[2]) if len(pieces) > 2 else (empty,) * len(self.model.initial_state(1).delays)
        return StreamState(tuple(caches), delays, states[-1])

    def pack(self, state: StreamState, old: Sequence[Tensor]) -> Iterator[Tensor]:
        """The encoder's states to the host's; what we do not use is handed back."""
        keyed = list(zip(self.rates, state.caches, strict=True))
        contents = [
            [tensor for rate, cache in keyed if rate is is_stem_rate for tensor in cache]
            for is_stem_rate in (True, False)
        ]
        contents.append(list(state.delays))
        for i, content in zip(range(len(self.stacks)), contents, strict=False):
            yield torch.cat(content, dim=2).transpose(0, 1)
            for unused in old[STATES_PER_STACK * i + 1 : STATES_PER_STACK * (i + 1)]:
                yield unused + 0
        yield old[-2] + 0
        yield state.frames


def interleave(log_probs: Mapping[str, Tensor]) -> Tensor:
    """Rows of all lanes over the joint vocabulary, in time order.

    log_probs: per head (batch, frames, labels); returns (batch, frames * lanes, symbols).
    """
    labels = sum(head.shape[2] - 1 for head in log_probs.values())
    after = labels * CANDIDATE_LEVELS  # columns of all candidates
    rows, candidates, before = [], [], 0
    for name, head in log_probs.items():
        own = head.shape[2] - 1
        rows.append(spread(head, before, labels - before - own + CONFIDENCE_LEVELS + after))
        rows.append(spread(confidence_rows(head), labels, after))
        ahead = labels + CONFIDENCE_LEVELS + before * CANDIDATE_LEVELS
        behind = (labels - before - own) * CANDIDATE_LEVELS
        candidates += [spread(row, ahead, behind) for row in candidate_rows(head, CANDIDATES[name]).unbind(dim=2)]
        before += own
    return torch.stack(rows + candidates, dim=2).flatten(1, 2)  # (batch, frames, lanes, symbols) before


def spread(row: Tensor, before: int, after: int) -> Tensor:
    """Keep the blank's column first and put masked columns of the other lanes around the rest."""
    blank, labels = row[:, :, :1], row[:, :, 1:]
    return torch.cat([blank, functional.pad(labels, (before, after), value=MASKED)], dim=2)


def confidence_rows(log_probs: Tensor) -> Tensor:
    """(batch, frames, 1 + levels): the blank where the head's best label is the blank, else its probability's level."""
    best, label = log_probs.max(dim=2, keepdim=True)
    level = (best.exp() * CONFIDENCE_LEVELS).floor().clamp(max=CONFIDENCE_LEVELS - 1)
    return one_hot(torch.where(label == 0, torch.zeros_like(level), level + 1), 1 + CONFIDENCE_LEVELS)


def candidate_rows(log_probs: Tensor, count: int) -> Tensor:
    """(batch, frames, count, 1 + labels * levels): the likeliest labels with their levels, else the blank."""
    spoken = log_probs[:, :, 1:]
    values, labels = spoken.topk(min(count, spoken.shape[2]), dim=2)
    level = (values / -CANDIDATE_STEP).round()
    column = 1 + labels.to(level.dtype) * CANDIDATE_LEVELS + level
    column = torch.where(level < CANDIDATE_LEVELS, column, torch.zeros_like(column))
    return one_hot(column[..., None], 1 + (log_probs.shape[2] - 1) * CANDIDATE_LEVELS)


def one_hot(column: Tensor, columns: int) -> Tensor:
    """Zero at the column, masked elsewhere; (..., 1) -> (..., columns)"""
    hit = column == torch.arange(columns, dtype=column.dtype, device=column.device)
    return torch.where(hit, torch.zeros_like(column), torch.full_like(column, MASKED))


def build_graph(model: DualEncoder, chunk: int) -> onnx.ModelProto:
    """The float32 graph of one chunk length (stem frames), metadata included, checked by onnx."""
    graph = HostGraph(model.eval()).eval()
    states = graph.initial(2)
    features = torch.zeros(2, STEM_STRIDE * chunk + STEM_OVERLAP, MEL_BINS)
    names = [f"state_{i}" for i in range(len(states))]
    outputs = [f"new_{name}" for name in names]
    axes = {"x": {0: "N"}, "log_probs": {0: "N"}}
    for name, new, state in zip(names, outputs, states, strict=True):
        axes[name] = axes[new] = {batch_axis(state): "N"}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns at every shape that is fixed on purpose
        torch.onnx.export(
            graph,
            (features, *states),
            path := Path(folder) / "model.onnx",
            input_names=["x", *names],
            output_names=["log_probs", *outputs],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        proto = onnx.load(path)
    rows = chunk // model.config.pool * len(lanes(model.config))
    declare_shape(proto.graph.output[0], ("N", rows, len(symbols(model.config))))
    set_metadata(proto, {**metadata(model, chunk), **shared_parameters(proto, model)})
    onnx.checker.check_model(proto)
    return proto


def shared_parameters(proto: onnx.ModelProto, model: DualEncoder) -> dict[str, str]:
    """The tracer keeps one of several parameters with equal values; say which stands for which (models/restore.py)."""
    kept = {entry.name: onnx.numpy_helper.to_array(entry) for entry in proto.graph.initializer}
    shared = {}
    for name, parameter in model.state_dict().items():
        value = parameter.numpy()
        if PARAMETER_PREFIX + name not in kept and not name.endswith(tuple(LINEAR_WEIGHTS)):
            twins = (other for other, array in kept.items() if np.array_equal(array, value))
            shared[name] = next(twins).removeprefix(PARAMETER_PREFIX)
    return {SHARED_PARAMETERS: json.dumps(shared)} if shared else {}


def batch_axis(state: Tensor) -> int:
    """Which axis of a host state is the batch: keys, values and nonlin have it second, the others first."""
    first_is_batch = state.dim() == 1 or tuple(state.shape[1:]) in (EMBED_SHAPE, (FAKE_DIM, FAKE_KERNEL // 2))
    return 0 if first_is_batch else 1


def declare_shape(value: onnx.ValueInfoProto, shape: Sequence[int | str]) -> None:
    """Write down a shape that tracing left open, so that the runtime can check it without running the graph."""
    dims = value.type.tensor_type.shape.dim
    del dims[:]
    for size in shape:
        dim = dims.add()
        if isinstance(size, str):
            dim.dim_param = size
        else:
            dim.dim_value = size


def set_metadata(proto: onnx.ModelProto, values: dict[str, str]) -> None:
    """Replace a graph's metadata."""
    del proto.metadata_props[:]
    onnx.helper.set_model_props(proto, values)
