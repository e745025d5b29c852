"""Does int8 cost accuracy?  Both precisions on the same recordings, and what to do if it does.

If int8 costs more than :data:`TOLERANCE` on either head, the layers that suffer most from it are kept in float, worst
first, until it does not; if three are not enough, the export is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from saidmeant.models.evaluate import Report, evaluate, load, spoken_in, with_progress
from saidmeant.models.manifest import ManifestError
from saidmeant.models.scoring import scoring
from saidmeant.streaming.bundle import Bundle
from saidmeant.streaming.errors import ExportError
from saidmeant.streaming.recognizer import Recognizer

from .quantize import linear_nodes, quantize
from .verify import Samples, sample_speech

TOLERANCE = 0.005
MOST_FLOAT_LAYERS = 3
Rates = dict[str, float]


def compare_precisions(
    manifest: Path, float_bundle: Bundle, requantize: Callable[[Sequence[str]], Bundle] | None, graph: onnx.ModelProto
) -> Rates:
    """Error rates in float32 and int8 on a manifest, printed side by side.

    requantize: writes the int8 bundle anew with these MatMul nodes in float; None = only float is exported.  Returns
    the error rates of what is shipped by their names in JSON (``surface_per``, ``meaning_wer``; of Korean
    ``surface_jer``, ``meaning_cer``), and the float ones as ``float32_…``.  Raises ExportError if int8 costs too much.
    """
    exact = measure(float_bundle, manifest, "float32")
    if requantize is None:
        show(exact, {})
        return exact
    kept: list[str] = []
    suffering: list[list[str]] | None = None
    for layers in range(MOST_FLOAT_LAYERS + 1):
        rates = measure(requantize(kept), manifest, f"int8, {layers} layers in float" if layers else "int8")
        show(exact, rates)
        if all(rates[name] - exact[name] <= TOLERANCE for name in exact):
            return {**rates, **{f"float32_{name}": rate for name, rate in exact.items()}}
        if suffering is None:
            suffering = rank_layers(graph, sample_speech(float_bundle.manifest.language))
        if layers == MOST_FLOAT_LAYERS or not suffering:
            break
        kept += suffering.pop(0)
    raise ExportError(
        f"int8 costs more than {TOLERANCE:.1%} even with {layers} layers in float; use --precision float32"
    )


def measure(bundle: Bundle, manifest: Path, label: str) -> Rates:
    """The error rates that the manifest can tell, as fractions."""
    try:
        utterances = spoken_in(load(manifest), bundle, manifest)
    except ManifestError as error:
        raise ExportError(str(error)) from error
    scores = evaluate(Recognizer.load(bundle.folder), utterances, manifest)
    how = scoring(bundle.manifest.language)
    report = Report(tuple(with_progress(scores, len(utterances), label)), how=how).as_dict()
    meaning, surface, _ = how.keys
    return {name: report[name] for name in (surface, meaning) if report[name] is not None}


def show(exact: Rates, rates: Rates) -> None:
    """A table of both precisions."""
    table = Table("", "float32", "int8", "cost", title="calibration", title_justify="left")
    for name, rate in exact.items():
        cells = (f"{rates[name]:.2%}", f"{(rates[name] - rate) * 100:+.2f} points") if rates else ("-", "-")
        table.add_row(name, f"{rate:.2%}", *cells)
    Console().print(table)


def rank_layers(graph: onnx.ModelProto, speech: Samples) -> list[list[str]]:
    """Layers (their MatMul nodes), the one first whose quantisation alone moves the outputs most."""
    exact = _probabilities(graph, speech)
    names = linear_nodes(graph)
    moved = []
    for layer in layers_of(names):
        alone = quantize(graph, keep_float=[name for name in names if name not in layer])
        moved.append((float(np.abs(_probabilities(alone, speech) - exact).mean()), layer))
    return [layer for _, layer in sorted(moved, reverse=True)]


def layers_of(names: Sequence[str]) -> list[list[str]]:
    """MatMul nodes by encoder layer, which begins with its key projection; each head is a layer of its own."""
    layers: list[list[str]] = []
    for name in names:
        if not layers or "/key" in name or "/output" in name:
            layers.append([])
        layers[-1].append(name)
    return layers


def _probabilities(graph: onnx.ModelProto, speech: Samples) -> NDArray[np.float32]:
    """Output probabilities of every row on some speech, chunk by chunk."""
    import onnxruntime

    from .reference import features, windows

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        onnx.save(graph, path)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    states = [
        np.zeros(
            [1 if isinstance(size, str) else size for size in entry.shape],
            np.int64 if "int64" in entry.type else np.float32,
        )
        for entry in inputs[1:]
    ]
    rows = []
    for window in windows(features(speech), inputs[0].shape[1]):
        outputs = session.run(None, dict(zip([entry.name for entry in inputs], [window, *states], strict=True)))
        rows.append(np.exp(outputs[0][0]))
        states = outputs[1:]
    return np.concatenate(rows)
