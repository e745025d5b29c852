"""A trained encoder as an ONNX graph that stock sherpa-onnx streams.

sherpa-onnx knows the interface of a streaming ``zipformer2_ctc`` model: feature chunks and states in, log-probabilities
and states out, the shapes of the states computed from metadata.  Our caches travel in that interface: each *stack* of
the metadata is a fake with one layer whose two convolution states are as large as we need (keys and values of one of
our layers, or delay lines).  These states have the batch first, so the graph uses them as they come, without a copy.
What the interface demands besides is as small as it can be and passes through unchanged.

Output frames are interleaved in time, for each encoder frame one per *lane*: the head's log-probabilities, then the
head's confidence level as a one-hot row, for every head in turn (s, cs, m, cm).  Confidence lanes must not be
neighbours: sherpa-onnx drops an output frame that equals the one before.  Candidate lanes follow, one-hot rows too: the
likeliest labels of each head with their rounded log-probabilities, for what the runtime weighs by itself.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from saidmeant.models.dual_encoder import MASKED, DualEncoder, StreamState
from saidmeant.models.encoder_config import MEL_BINS, STEM_OVERLAP, STEM_STRIDE, EncoderConfig
from saidmeant.models.encoder_layers import LayerCache
from saidmeant.models.restore import PARAMETER_PREFIX, SHARED_PARAMETERS
from saidmeant.streaming.bundle import FIRST_CONV, STATES_PER_STACK
from saidmeant.streaming.errors import ExportError
from saidmeant.streaming.lanes import CANDIDATE_PREFIX, CONFIDENCE_PREFIX, candidate_lane

BLANK = "<blk>"
CONFIDENCE_LEVELS = 16
CANDIDATES = {"surface": 3, "meaning": 5}
"""Labels of each head per frame that the runtime weighs (streaming/goodness.py, streaming/beam.py)."""
LETTERS, CANDIDATES_OF_MORE = 40, 9
"""Of more letters than an alphabet has, such as the jamo, more are plausible at a time."""
CANDIDATE_LEVELS, CANDIDATE_STEP = 24, 0.3
"""Their log-probabilities in steps of 0.3 nats; what is less likely than 24 steps (0.1 %) is not emitted."""
LANE_PREFIXES = {"surface": "S:", "meaning": "M:"}
OPSET = 17
UNUSED = 1  # size of the states that we do not use
LINES_PER_STACK = 2
DELAY_ROWS = 4  # as which a delay line travels
EMBED_SHAPE = (128, 3, 19)
LINEAR_LAYERS = ("project", "query", "key", "value", "out", "expand", "contract", "output")
LINEAR_WEIGHTS = tuple(f".{name}.weight" for name in LINEAR_LAYERS)
"""These come out transposed and under names of the tracer's own."""


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
        names += [candidate_lane(head.name, i) for i in range(candidate_count(head.name, len(head.tokens)))]
    return tuple(names)


def candidate_count(head: str, labels: int) -> int:
    """The lanes of candidates of a head with so many labels."""
    return min(CANDIDATES_OF_MORE if head == "meaning" and labels > LETTERS else CANDIDATES[head], labels)


class Stack(NamedTuple):
    """A fake stack: its two convolution states are (batch, rows, columns)."""

    rows: int
    columns: int


def stacks(model: DualEncoder) -> list[Stack]:
    """One per layer, for its keys and its values, then one for each pair of delay lines (if there is look-ahead)."""
    config, state = model.config, model.initial_state(1)
    if config.attention_heads < 2:
        raise ExportError(
            "a layer must have at least two attention heads: sherpa-onnx derives a state's size from them"
        )
    result = [Stack(*cache.key.shape[1:]) for cache in state.caches]
    if config.look_ahead:
        result += [Stack(DELAY_ROWS, lines[0][0].numel() // DELAY_ROWS) for lines in paired(state.delays)]
    return result


def paired(lines: Sequence[Tensor]) -> list[list[Tensor]]:
    """Delay lines, (batch, frames, dim), by the stack that carries them: neighbours of one length together."""
    groups: list[list[Tensor]] = []
    for line in lines:
        if groups and len(groups[-1]) < LINES_PER_STACK and groups[-1][0].shape[1] == line.shape[1]:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def metadata(model: DualEncoder, chunk: int) -> dict[str, str]:
    """What sherpa-onnx must read in the graph.  chunk: stem frames per chunk."""
    fakes = stacks(model)

    def per_stack(values: Iterable[int]) -> str:
        return ",".join(map(str, values))

    ones = per_stack([UNUSED] * len(fakes))
    return {
        "model_type": "zipformer2",
        "feature": "whisper",
        "T": str(STEM_STRIDE * chunk + STEM_OVERLAP),
        "decode_chunk_len": str(STEM_STRIDE * chunk),
        "num_encoder_layers": ones,
        "num_heads": ones,
        "left_context_len": ones,
        "query_head_dims": ones,
        "value_head_dims": ones,
        "encoder_dims": per_stack(stack.rows for stack in fakes),
        "cnn_module_kernels": per_stack(2 * stack.columns + 1 for stack in fakes),  # a state has half of it as columns
    }


class HostGraph(nn.Module):
    """One chunk in sherpa-onnx's interface: features and host states in, interleaved rows and host states out."""

    def __init__(self, model: DualEncoder) -> None:
        super().__init__()
        self.model = model
        self.stacks = stacks(model)

    def forward(self, features: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """features: (batch, 2 chunk + 3, 80); returns (batch, rows, symbols), then the states in the same order."""
        log_probs, state = self.model.step(features, self.unpack(states))
        rows = interleave(log_probs)
        return rows, *self.pack(state, states)

    def initial(self, batch: int) -> list[Tensor]:
        """Host states of a new stream: all zero."""
        shapes: list[tuple[int, ...]] = []
        for stack in self.stacks:
            key = value = (UNUSED, batch, UNUSED)
            conv = (batch, *stack)
            shapes += [key, (1, batch, UNUSED, 3 * stack.rows // 4), value, value, conv, conv]
        zeros = [torch.zeros(shape) for shape in [*shapes, (batch, *EMBED_SHAPE)]]
        return [*zeros, torch.zeros(batch, dtype=torch.long)]

    def unpack(self, states: Sequence[Tensor]) -> StreamState:
        """Host states to the encoder's own."""
        config, like = self.model.config, self.model.initial_state(1)
        first, second = (states[FIRST_CONV + i :: STATES_PER_STACK] for i in range(2))
        caches = tuple(LayerCache(*pair) for pair in zip(first, second, strict=False))[: len(like.caches)]
        if config.look_ahead:
            start = STATES_PER_STACK * len(caches) + FIRST_CONV
            delays = tuple(
                states[start + STATES_PER_STACK * i + j].reshape(-1, *line.shape[1:])
                for i, lines in enumerate(paired(like.delays))
                for j, line in enumerate(lines)
            )
        else:
            delays = tuple(torch.zeros(states[-1].shape[0], 0, config.dim) for _ in like.delays)
        return StreamState(caches, delays, states[-1])

    def pack(self, state: StreamState, old: Sequence[Tensor]) -> Iterator[Tensor]:
        """The encoder's states to the host's; what we do not use is handed back."""
        contents: list[Sequence[Tensor]] = [*state.caches, *paired(state.delays)]
        for i, (stack, content) in enumerate(zip(self.stacks, contents, strict=False)):
            before = old[STATES_PER_STACK * i : STATES_PER_STACK * (i + 1)]
            used = content if i < len(state.caches) else [line.reshape(-1, *stack) for line in content]
            for unused in before[:FIRST_CONV]:
                yield unused + 0
            yield from used
            for unused in before[FIRST_CONV + len(used) :]:
                yield unused + 0
        yield old[-2] + 0
        yield state.frames


def interleave(log_probs: Mapping[str, Tensor]) -> Tensor:
    """Rows of all lanes over the joint vocabulary, in time order.

    log_probs: per head (batch, frames, labels); returns (batch, frames * lanes, symbols).
    """
    own = {name: int(head.shape[2]) - 1 for name, head in log_probs.items()}
    labels = sum(own.values())
    columns = 1 + labels + CONFIDENCE_LEVELS + labels * CANDIDATE_LEVELS
    lanes_in_order, candidates, before = [], [], 0
    for name, head in log_probs.items():
        ahead = 1 + labels + CONFIDENCE_LEVELS + before * CANDIDATE_LEVELS
        lanes_in_order += [spread(head, before, columns - 1 - before - own[name])[:, :, None]]
        lanes_in_order += [one_hot(confidence_column(head, 1 + labels), columns)]
        candidates.append(candidate_columns(head, candidate_count(name, own[name]), ahead))
        before += own[name]
    rows = torch.cat([*lanes_in_order, one_hot(torch.cat(candidates, dim=2), columns)], dim=2)
    _, frames, count, _ = rows.shape
    return rows.reshape(-1, int(frames) * int(count), columns)


def spread(row: Tensor, before: int, after: int) -> Tensor:
    """Keep the blank's column first and put masked columns of the other lanes around the rest."""
    padded = functional.pad(row[:, :, 1:], (before, after), value=MASKED)
    return torch.cat([row[:, :, :1], padded], dim=2)


def confidence_column(log_probs: Tensor, first: int) -> Tensor:
    """(batch, frames, 1): 0 where the head's best label is the blank, else ``first`` and its probability's level."""
    best, label = log_probs.max(dim=2, keepdim=True)
    level = (best.exp() * CONFIDENCE_LEVELS).floor().clamp(max=CONFIDENCE_LEVELS - 1)
    return torch.where(label == 0, 0.0, first + level)


def candidate_columns(log_probs: Tensor, count: int, first: int) -> Tensor:
    """(batch, frames, count): the likeliest labels with their levels, counted from ``first``, else 0."""
    spoken = log_probs[:, :, 1:]
    values, labels = spoken.topk(min(count, int(spoken.shape[2])), dim=2)
    level = (values / -CANDIDATE_STEP).round()
    return torch.where(level < CANDIDATE_LEVELS, first + labels.to(level.dtype) * CANDIDATE_LEVELS + level, 0.0)


def one_hot(column: Tensor, columns: int) -> Tensor:
    """Zero at the column, masked elsewhere: (batch, frames, n) -> (batch, frames, n, columns)"""
    hit = column[..., None] == torch.arange(columns, dtype=column.dtype, device=column.device)
    return torch.where(hit, 0.0, MASKED)


def build_graph(model: DualEncoder, chunk: int) -> onnx.ModelProto:
    """The float32 graph of one chunk length (stem frames), metadata included, checked by onnx."""
    graph = HostGraph(model.eval()).eval()
    states = graph.initial(2)
    features = torch.zeros(2, STEM_STRIDE * chunk + STEM_OVERLAP, MEL_BINS)
    names = [f"state_{i}" for i in range(len(states))]
    outputs = [f"new_{name}" for name in names]
    axes = {"x": {0: "N"}, "log_probs": {0: "N"}}
    for i, (name, new) in enumerate(zip(names, outputs, strict=True)):
        axes[name] = axes[new] = {batch_axis(i, len(states)): "N"}
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
        if PARAMETER_PREFIX + name not in kept and not name.endswith(LINEAR_WEIGHTS):
            twins = (other for other, array in kept.items() if np.array_equal(array, value))
            shared[name] = next(twins).removeprefix(PARAMETER_PREFIX)
    return {SHARED_PARAMETERS: json.dumps(shared)} if shared else {}


def batch_axis(index: int, states: int) -> int:
    """Which axis of a host state is the batch: in each stack the convolutions have it first, the others second."""
    return 0 if index >= states - 2 or index % STATES_PER_STACK >= FIRST_CONV else 1


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
