"""Reference decodings that the exported model is held against: torch over the whole utterance, ONNX chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from saidmeant.models.data import DIGITAL_SILENCE, mel_energies, padded_to_chunks
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.encoder_config import MEL_BINS, STEM_OVERLAP, STEM_STRIDE
from saidmeant.models.encoder_input import normalise
from saidmeant.streaming.lanes import CONFIDENCE_PREFIX, Run

from .graph import HostGraph, interleave, lanes, symbols

Samples = NDArray[np.float32]
Runs = dict[str, list[tuple[str, int, int, int]]]
"""Per head (symbol, first frame, last frame, confidence level)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Interleaved rows over the joint vocabulary, (rows, symbols), and what they decode to."""

    rows: NDArray[np.float32]
    runs: Runs


def torch_offline(model: DualEncoder, log_mel: NDArray[np.float32], chunk: int) -> Decoded:
    """One masked pass over whole chunks of log10 mel, (frames, 80).  Frames start at the first feature frame."""
    padded = padded_to_chunks(torch.from_numpy(log_mel)[None], chunk)
    with torch.inference_mode():
        outputs = model(padded, chunk)
        rows = interleave(outputs)[0].numpy()
    return Decoded(rows, decode(rows, model))


def onnx_streaming(model: DualEncoder, path: Path, log_mel: NDArray[np.float32], chunk: int) -> Decoded:
    """The same frames from the graph, chunk by chunk in onnxruntime; the look-ahead's delay is taken off."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    states = [state.numpy() for state in HostGraph(model).initial(1)]
    rows = []
    delay = STEM_STRIDE * model.config.pool * model.config.look_ahead
    flushed = np.pad(log_mel, ((0, delay), (0, 0)), constant_values=DIGITAL_SILENCE)
    for window in windows(flushed, STEM_STRIDE * chunk + STEM_OVERLAP):
        values = session.run(None, dict(zip(names, [window, *states], strict=True)))
        rows.append(values[0][0])
        states = values[1:]
    skipped = model.config.look_ahead * len(lanes(model.config))
    joined = np.concatenate(rows)[skipped:]
    return Decoded(joined, decode(joined, model))


def windows(log_mel: NDArray[np.float32], length: int) -> Iterator[NDArray[np.float32]]:
    """Windows of ``length`` frames as sherpa-onnx feeds them, silence appended to fill the last: (1, length, 80)"""
    hop = length - STEM_OVERLAP
    padded = padded_to_chunks(torch.from_numpy(log_mel)[None], hop // STEM_STRIDE)
    for start in range(0, padded.shape[1] - hop, hop):
        yield normalise(padded[:, start : start + length]).numpy()


def decode(rows: NDArray[np.float32], model: DualEncoder) -> Runs:
    """An independent greedy CTC decode per head, straight from the rows."""
    by_lane = rows.reshape(-1, len(lanes(model.config)), rows.shape[1])
    first_level = symbols(model.config).index(f"{CONFIDENCE_PREFIX}0")
    runs: Runs = {}
    first_label = 1
    for i, head in enumerate(model.config.heads):
        labels = by_lane[:, 2 * i].argmax(axis=1)
        levels = by_lane[:, 2 * i + 1].argmax(axis=1) - first_level
        found: list[list[int]] = []
        for frame, label in enumerate(labels):
            if label and frame and labels[frame - 1] == label:
                found[-1][2:] = [frame, max(found[-1][3], int(levels[frame]))]
            elif label:
                found.append([int(label), frame, frame, int(levels[frame])])
        runs[head.name] = [(head.tokens[label - first_label], a, b, level) for label, a, b, level in found]
        first_label += len(head.tokens)
    return runs


def comparable(runs: dict[str, list[Run]], look_ahead: int) -> Runs:
    """What the lane splitter found, in the reference's form: the look-ahead's delay taken off."""
    return {
        name: [(run.symbol, run.first - look_ahead, run.last - look_ahead, run.level) for run in found]
        for name, found in runs.items()
    }


def features(samples: Samples) -> NDArray[np.float32]:
    """log10 mel of 16 kHz samples, (frames, 80)."""
    if not len(samples):
        return np.zeros((0, MEL_BINS), np.float32)
    return mel_energies(samples)


def until(runs: Runs, frames: int) -> Runs:
    """The runs that end before ``frames``: what comes later depends on how the end is padded."""
    return {name: [run for run in found if run[2] < frames] for name, found in runs.items()}


def until_start(runs: Sequence[tuple[str, int, int, int]], frames: int) -> list[tuple[str, int]]:
    """(symbol, first frame) of the runs that begin before ``frames``."""
    return [(symbol, first) for symbol, first, _, _ in runs if first < frames]
