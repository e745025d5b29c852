"""``saidmeant verify``: what can be checked of a bundle without its checkpoint, as a table.

Needs the runtime alone; where onnxruntime is installed, the graph is also run outside sherpa-onnx.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from saidmeant.streaming.bundle import HEADS, MODEL, Bundle, load_bundle
from saidmeant.streaming.foreign import ForeignModel, labels
from saidmeant.streaming.host import open_foreign
from saidmeant.streaming.hypothesis import Token, Update
from saidmeant.streaming.inlet import MODEL_RATE
from saidmeant.streaming.lanes import INDEX_SECONDS
from saidmeant.streaming.lines import shown
from saidmeant.streaming.profiler import shipped_sample
from saidmeant.streaming.recognizer import Recognizer

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table."""

    name: str
    passed: bool
    detail: str


def verify_bundle(name_or_folder: str | Path) -> bool:
    """Check a bundle and print the table.  True if everything held; raises BundleError if it cannot even be loaded."""
    bundle = load_bundle(name_or_folder)
    return verify_pair(bundle) if bundle.halves else verify_single(bundle)


def verify_single(bundle: Bundle) -> bool:
    """One model: its files, and the invariances."""
    checks = [
        Check("files, sha256, tokens, graph interface", True, f"{len(bundle.manifest.files)} files"),
        *bundle_checks(bundle, sample_speech(bundle.manifest.language)),
    ]
    size = bundle.size_bytes / 1e6
    return print_checks(f"{bundle.manifest.name}, {bundle.manifest.precision}, {size:.1f} MB", checks)


def verify_pair(pair: Bundle) -> bool:
    """Each bundle in it, a table of its own, then what they are together."""
    passed = [verify_single(half) for half in pair.halves if isinstance(half, Bundle)]
    title = f"{pair.manifest.name}, a pair, {pair.size_bytes / 1e6:.1f} MB"
    return print_checks(title, pair_checks(pair, sample_speech(pair.manifest.language))) and all(passed)


def print_checks(title: str, checks: Iterable[Check]) -> bool:
    """Print a table of checks; True if all passed."""
    table = Table("check", "", "detail", title=title, title_justify="left")
    passed = True
    for check in checks:
        table.add_row(check.name, "ok" if check.passed else "FAILED", check.detail)
        passed = passed and check.passed
    Console().print(table)
    return passed


def sample_speech(language: str = "en") -> Samples:
    """A few seconds of synthetic speech in a language that ship with the package (16 kHz)."""
    samples, rate = soundfile.read(shipped_sample(language), dtype="float32")
    if rate != MODEL_RATE:
        raise ValueError(f"{shipped_sample(language)} must be at {MODEL_RATE} Hz")
    return np.asarray(samples, np.float32)


def bundle_checks(bundle: Bundle, speech: Samples) -> Iterator[Check]:
    """Invariances that hold in any precision."""
    recognizer = Recognizer.load(bundle.folder)
    yield from session_checks(recognizer, speech)
    yield _reset(recognizer, speech)
    yield _silence(recognizer)
    if importlib.util.find_spec("onnxruntime"):
        yield _onnxruntime(bundle)


def session_checks(recognizer: Recognizer, speech: Samples) -> Iterator[Check]:
    """That sessions neither depend on slicing nor on one another."""
    whole = final_tokens(recognizer, [speech])
    yield Check("the sample is heard", bool(whole), f"{len(whole)} tokens")
    for name, pieces in slicings(speech):
        found = final_tokens(recognizer, pieces)
        yield Check(f"sliced: {name}", found == whole, "tokens, times and confidences identical")
    yield Check("a second session", final_tokens(recognizer, [speech]) == whole, "nothing leaks from the first")
    yield Check("two sessions in turn", _in_turn(recognizer, speech) == whole, "nothing leaks between them")


def pair_checks(pair: Bundle, speech: Samples) -> Iterator[Check]:
    """That a pair is sound and says what its two models say alone."""
    recognizer = Recognizer.load(pair.folder, language_model=None)
    yield from session_checks(recognizer, speech)
    padded = np.concatenate([speech, np.zeros(MODEL_RATE, np.float32)])
    updates = recognizer.transcribe([padded], endpoint=None)
    for head, half in zip(HEADS, pair.halves, strict=True):
        together = _spoken([(t.text, t.start) for update in updates for t in getattr(update, head).tokens], speech)
        alone = _foreign_alone(half, padded) if isinstance(half, ForeignModel) else _half_alone(half, head, padded)
        detail = f"{len(together)} tokens, the same at the same times"
        yield Check(f"as the {head} alone", together == _spoken(alone, speech), detail)


def _spoken(tokens: Sequence[tuple[str, float]], speech: Samples) -> list[tuple[str, float]]:
    """Those that begin within the audio: what comes later depends on how the end is padded."""
    return [(text, round(start, 3)) for text, start in tokens if start < len(speech) / MODEL_RATE]


def _half_alone(half: Bundle, head: str, speech: Samples) -> list[tuple[str, float]]:
    updates = Recognizer.load(half.folder, language_model=None).transcribe([speech], endpoint=None)
    return [(token.text, token.start) for update in updates for token in getattr(update, head).tokens]


def _foreign_alone(model: ForeignModel, speech: Samples) -> list[tuple[str, float]]:
    """Texts and times (seconds) of a model from elsewhere in sherpa-onnx, without a session."""
    host, told = open_foreign(model, 1), model.described
    stream = host.create_stream()
    stream.accept_waveform(MODEL_RATE, speech)
    while host.is_ready(stream):
        host.decode_stream(stream)
    result = host.recognizer.get_result(stream)
    return [
        (shown(label), round(time / INDEX_SECONDS) * told.frame_ms / 1000)
        for token, time in zip(result.tokens, result.timestamps, strict=True)
        for label in labels(token, told.head)
    ]


def slicings(speech: Samples) -> list[tuple[str, Sequence[Samples]]]:
    """Ways to cut the same audio."""
    rng = np.random.default_rng(5)
    cuts = np.sort(rng.integers(0, len(speech), 40)).repeat(2)  # every second piece is empty
    return [
        ("10 ms", np.array_split(speech, len(speech) // 160)),
        ("320 ms", np.array_split(speech, len(speech) // 5120)),
        ("at random, half of them empty", np.split(speech, cuts)),
    ]


def final_tokens(recognizer: Recognizer, pieces: Iterable[Samples]) -> list[Token]:
    """All tokens of both lines that a session ends with."""
    with recognizer.session() as session:
        updates = [update for piece in pieces for update in session.accept(piece)]
        return _tokens([*updates, *session.finish()])


def _tokens(updates: Iterable[Update]) -> list[Token]:
    return [token for u in updates if u.final for token in u.surface.tokens + u.meaning.tokens]


def _in_turn(recognizer: Recognizer, speech: Samples) -> list[Token]:
    """The tokens of a session fed alternately with one that hears something else."""
    updates: list[Update] = []
    with recognizer.session() as session, recognizer.session() as other:
        for piece, noise in zip(np.array_split(speech, 50), np.array_split(speech[::-1].copy(), 50), strict=True):
            updates += session.accept(piece)
            other.accept(noise)
        return _tokens([*updates, *session.finish()])


def _reset(recognizer: Recognizer, speech: Samples) -> Check:
    """sherpa-onnx's reset leaves nothing behind: after whole chunks of audio the same tokens come again.

    The first of three rounds is left out: its first feature frame has no past.
    """
    host = recognizer.host
    advance = int(recognizer.bundle.header.metadata["decode_chunk_len"]) * 160
    silence = np.zeros(2 * MODEL_RATE, np.float32)
    loop = np.concatenate([speech, silence])
    loop = loop[: len(loop) // advance * advance]
    steps = len(loop) // advance
    stream = host.create_stream()
    results = []
    for _ in range(4):
        stream.accept_waveform(MODEL_RATE, loop)
    for _ in range(3):
        for _ in range(steps):
            host.decode_stream(stream)
        result = host.recognizer.get_result(stream)
        results.append((list(result.tokens), list(result.timestamps)))
        host.reset(stream)
    return Check("after a reset", results[1] == results[2], f"{len(results[1][0]) // 2} tokens identical")


def _silence(recognizer: Recognizer) -> Check:
    tokens = final_tokens(recognizer, [np.zeros(5 * MODEL_RATE, np.float32)])
    return Check("digital silence is silent", not tokens, f"{len(tokens)} tokens in 5 s")


def _onnxruntime(bundle: Bundle) -> Check:
    """The graph alone, on a batch of three where it takes one: shapes as declared, states back as they came."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(bundle.file(MODEL)), providers=["CPUExecutionProvider"])
    feeds = {}
    for entry in session.get_inputs():
        shape = [3 if isinstance(size, str) else size for size in entry.shape]
        feeds[entry.name] = np.zeros(shape, np.int64 if "int64" in entry.type else np.float32)
    outputs = session.run(None, feeds)
    kept = [value.shape for value in list(feeds.values())[1:]] == [value.shape for value in outputs[1:]]
    batch = bundle.header.inputs[0][0] or 3
    rows = outputs[0].shape == (batch, *bundle.header.outputs[0][1:])
    finite = bool(np.isfinite(outputs[0]).all())
    name = f"onnxruntime, batch of {'one' if batch == 1 else 'three'}"
    return Check(name, kept and rows and finite, f"output {outputs[0].shape}")
