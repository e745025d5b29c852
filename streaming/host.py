"""What a session talks to: sherpa-onnx's recogniser of a bundle, or two of them side by side (pair_host.py)."""

from __future__ import annotations

from typing import Any

import sherpa_onnx

from .bundle import MODEL, TOKENS, Bundle
from .foreign import CTC, FILES, ForeignModel
from .pair_host import Half, PairHost


def open_host(bundle: Bundle, threads: int) -> Any:
    """Load the models of a bundle, each with so many threads of its own."""
    if not bundle.halves:
        return open_ctc(str(bundle.file(TOKENS)), str(bundle.file(MODEL)), threads)
    return PairHost(bundle.manifest, [_half(half, threads) for half in bundle.halves])


def open_ctc(tokens: str, model: str, threads: int) -> Any:
    """sherpa-onnx's recogniser of a model in the interface of ``zipformer2_ctc``."""
    return sherpa_onnx.OnlineRecognizer.from_zipformer2_ctc(
        tokens=tokens, model=model, num_threads=threads, provider="cpu"
    )


def open_foreign(model: ForeignModel, threads: int) -> Any:
    """sherpa-onnx's recogniser of a model from elsewhere."""
    tokens = str(model.folder / TOKENS)
    paths = [str(model.folder / name) for name in FILES[model.described.kind]]
    if model.described.kind == CTC:
        return open_ctc(tokens, paths[0], threads)
    encoder, decoder, joiner = paths
    return sherpa_onnx.OnlineRecognizer.from_transducer(
        tokens=tokens, encoder=encoder, decoder=decoder, joiner=joiner, num_threads=threads, provider="cpu"
    )


def _half(half: Bundle | ForeignModel, threads: int) -> Half:
    if isinstance(half, ForeignModel):
        told = half.described
        return Half(open_foreign(half, threads), told.chunk_ms, 0, told.frame_ms, (told.head,), foreign=True)
    manifest = half.manifest
    host = open_host(half, threads)
    return Half(host, manifest.chunk_ms, manifest.look_ahead_ms, manifest.frame_ms, manifest.lanes, foreign=False)
