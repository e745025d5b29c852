"""Does the exported model say what the checkpoint says?  Torch = ONNX = sherpa-onnx, frame by frame.

Used by ``saidmeant export`` on the float graph, where equality is exact but for rounding; ``saidmeant verify``
(verify.py) repeats what needs no checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.encoder_config import STEM_STRIDE
from saidmeant.streaming.bundle import MODEL, Bundle
from saidmeant.streaming.endpoint import EndpointConfig
from saidmeant.streaming.inlet import MODEL_RATE
from saidmeant.streaming.lanes import LaneSplitter
from saidmeant.streaming.lines import WORD_BOUNDARY
from saidmeant.streaming.recognizer import Recognizer

from .graph import lanes
from .reference import (
    Runs,
    Samples,
    comparable,
    features,
    onnx_streaming,
    torch_offline,
    until,
    until_start,
)
from .verify import Check

LOG_PROB_TOLERANCE = 2e-3
CANDIDATE_TOLERANCE = 0.005
"""Share of candidates that rounding may move to the next level."""


def float_checks(model: DualEncoder, bundle: Bundle, speech: Samples, chunk: int) -> Iterator[Check]:
    """Every equality that must hold in float32.  speech: 16 kHz; chunk: stem frames."""
    log_mel = features(padded(speech))
    offline = torch_offline(model, log_mel, chunk)
    streamed = onnx_streaming(model, bundle.file(MODEL), log_mel, chunk)
    count = len(lanes(model.config))
    pairs = [rows.reshape(-1, count, rows.shape[1]) for rows in (offline.rows, streamed.rows)]
    first, second = (rows[: min(map(len, pairs)) - model.config.look_ahead] for rows in pairs)
    heads = 2 * len(model.head_names)
    yield _log_probs(first[:, :heads], second[:, :heads])
    if count > heads:
        yield _candidates(first[:, heads:], second[:, heads:])
    valid = len(speech) // frame_samples(model)
    wanted = until(offline.runs, valid)
    recognizer = Recognizer.load(bundle.folder, language_model=None)
    look_ahead = model.config.look_ahead
    for name, found in (
        ("torch = ONNX, tokens and times", streamed.runs),
        ("torch = sherpa-onnx, tokens and times", _single(recognizer, speech, look_ahead)),
        ("torch = sherpa-onnx, two streams in a batch", _batched(recognizer, speech, look_ahead)),
    ):
        yield _same(name, wanted, until(found, valid))
    yield _after_reset(model, recognizer, speech, chunk)
    yield _mid_stream(model, recognizer, speech, chunk)


def _log_probs(first: NDArray[np.float32], second: NDArray[np.float32]) -> Check:
    worst = float(np.abs(np.exp(first) - np.exp(second)).max())
    visible = np.maximum(first, second) > -15.0  # below that, float32 rounding rules
    worst_log = float(np.abs(first - second)[visible].max(initial=0.0))
    detail = f"largest difference {worst_log:.1e} (log), {worst:.1e} (probability)"
    return Check("torch = ONNX, log-probabilities", worst_log <= LOG_PROB_TOLERANCE, detail)


def _candidates(first: NDArray[np.float32], second: NDArray[np.float32]) -> Check:
    """Rounded values on the border between two levels may fall on either side."""
    equal = float((first.argmax(axis=2) == second.argmax(axis=2)).mean())
    return Check("torch = ONNX, candidates", equal >= 1 - CANDIDATE_TOLERANCE, f"{equal:.2%} identical")


def _same(name: str, wanted: Runs, found: Runs) -> Check:
    count = sum(len(runs) for runs in wanted.values())
    if wanted == found:
        return Check(name, count > 0, f"{count} tokens identical" if count else "the sample gave no token")
    for head, runs in wanted.items():
        for a, b in zip([*runs, None], [*found[head], None], strict=False):
            if a != b:
                return Check(name, False, f"{head}: expected {a}, found {b}")
    return Check(name, False, "different lengths")


def _single(recognizer: Recognizer, speech: Samples, look_ahead: int) -> Runs:
    host = recognizer.host
    stream = host.create_stream()
    stream.accept_waveform(MODEL_RATE, padded(speech))
    while host.is_ready(stream):
        host.decode_stream(stream)
    return _runs(recognizer, stream, look_ahead)


def _batched(recognizer: Recognizer, speech: Samples, look_ahead: int) -> Runs:
    """Decode beside another stream that started one chunk earlier with other audio."""
    host = recognizer.host
    other, stream = host.create_stream(), host.create_stream()
    other.accept_waveform(MODEL_RATE, padded(speech[::-1].copy()))
    host.decode_stream(other)
    stream.accept_waveform(MODEL_RATE, padded(speech))
    while host.is_ready(stream):
        host.decode_streams([s for s in (other, stream) if host.is_ready(s)])
    return _runs(recognizer, stream, look_ahead)


def _after_reset(model: DualEncoder, recognizer: Recognizer, speech: Samples, chunk: int) -> Check:
    """sherpa-onnx's own reset clears every cache: what follows equals a pass over the rest of the features."""
    host = recognizer.host
    stream = host.create_stream()
    stream.accept_waveform(MODEL_RATE, padded(speech))
    for _ in range(3):
        host.decode_stream(stream)
    host.reset(stream)
    while host.is_ready(stream):
        host.decode_stream(stream)
    consumed = 3 * STEM_STRIDE * chunk
    wanted = torch_offline(model, features(padded(speech))[consumed:], chunk).runs
    valid = len(speech) // frame_samples(model) - 3 * chunk // model.config.pool
    found = _runs(recognizer, stream, model.config.look_ahead)
    return _same("torch = sherpa-onnx after a reset", until(wanted, valid), until(found, valid))


def _mid_stream(model: DualEncoder, recognizer: Recognizer, speech: Samples, chunk: int) -> Check:
    """A session that must cut in mid-speech goes on at the first frame that has not come out, losing none."""
    cut_seconds, frame = 1.5, frame_samples(model)
    session = recognizer.session(endpoint=EndpointConfig(float("inf"), hard_limit_ms=1000 * cut_seconds))
    updates = [*session.accept(speech), *session.finish()]
    found = [
        (token.text, round(token.start * MODEL_RATE / frame))
        for update in updates
        if update.final
        for token in update.surface.tokens + update.meaning.tokens
    ]
    segment = -model.config.look_ahead
    while segment * frame < cut_seconds * MODEL_RATE:
        segment += chunk // model.config.pool
    end = len(speech) // frame
    wanted = []
    for start in range(0, end, segment):
        runs = torch_offline(model, features(padded(speech[start * frame :])), chunk).runs
        for head in model.head_names:
            inside = until_start(runs[head], segment)
            wanted += [(" " if symbol == WORD_BOUNDARY else symbol, start + first) for symbol, first in inside]
    wanted, found = [pair for pair in wanted if pair[1] < end], [pair for pair in found if pair[1] < end]
    detail = f"{len(wanted)} tokens identical" if wanted == found else f"expected {wanted}, found {found}"
    return Check("torch = session, cold start in mid-stream", wanted == found, detail)


def frame_samples(model: DualEncoder) -> int:
    """Samples per output frame."""
    return model.config.frame_ms * MODEL_RATE // 1000


def padded(speech: Samples) -> Samples:
    """A second of silence behind, so that every frame of speech comes out."""
    return np.concatenate([speech, np.zeros(MODEL_RATE, np.float32)])


def _runs(recognizer: Recognizer, stream: object, look_ahead: int) -> Runs:
    result = recognizer.host.recognizer.get_result(stream)
    splitter = LaneSplitter(recognizer.bundle.manifest.lanes)
    splitter.feed(result.tokens, result.timestamps)
    return comparable(splitter.runs, look_ahead)
