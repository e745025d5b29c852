"""A small untrained encoder and its bundle: random weights say something on nearly every frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from saidmeant.export.convert import Exported, write_bundle
from saidmeant.export.graph import build_graph, symbols
from saidmeant.export.quantize import quantize
from saidmeant.models.checkpoint import CheckpointConfig
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.encoder_config import EncoderConfig, HeadConfig
from saidmeant.models.labels import MEANING_TOKENS, SURFACE_TOKENS
from saidmeant.streaming import Bundle
from saidmeant.streaming.jamo import MEANING_UNITS, SURFACE_UNITS
from saidmeant.streaming.jamo_distance import unify

CHUNK = 16


def tiny_model(**changes: object) -> DualEncoder:
    """32 dimensions, 3 layers, one of them shared; two heads unless ``heads`` says otherwise; ``tokens``: theirs."""
    heads = changes.pop("heads", ("surface", "meaning"))
    tokens = changes.pop("tokens", {"surface": SURFACE_TOKENS, "meaning": MEANING_TOKENS})
    numbers = {"dim": 32, "attention_heads": 4, "feedforward_dim": 64, "layers": 3, "trunk_layers": 1, "pool_layer": 1}
    torch.manual_seed(7)
    config = EncoderConfig(
        heads=tuple(HeadConfig(name, tokens[name]) for name in heads),  # type: ignore[attr-defined, index]
        **{**numbers, "left_context": 32, **changes},  # type: ignore[arg-type]
    )
    model = DualEncoder(config).eval()
    for head in model.heads.values():
        torch.nn.init.normal_(head.output.weight, std=0.6)
    return model


def korean_model(**changes: object) -> DualEncoder:
    """The same with the units of Korean, the surface's without the vowels that Seoul has merged."""
    surface = tuple(dict.fromkeys(unify(SURFACE_UNITS)))
    return tiny_model(tokens={"surface": surface, "meaning": MEANING_UNITS}, **changes)


def tiny_checkpoint(model: DualEncoder, language: str = "en") -> CheckpointConfig:
    return CheckpointConfig("tiny", language, model.config, ("noise (none)",), "random", 0)


def tiny_bundle(
    folder: Path,
    model: DualEncoder,
    *,
    precision: str = "float32",
    chunk: int = CHUNK,
    language: str = "en",
    preview: str = "",
) -> Bundle:
    """The model exported and loaded, in English with a lexicon of two words."""
    resources = folder / "resources"
    resources.mkdir(parents=True)
    lines = [f"{symbol} {i}\n" for i, symbol in enumerate(symbols(model.config))]
    (resources / "tokens.txt").write_text("".join(lines), encoding="utf-8")
    import gzip

    if language == "en":
        (resources / "lexicon.txt.gz").write_bytes(gzip.compress(b"think TH IH NG K\na AH\n", mtime=0))
    graph = build_graph(model, chunk)
    if precision == "int8":
        graph = quantize(graph)
    exported = Exported(model, tiny_checkpoint(model, language), chunk, preview)
    return write_bundle(folder / precision, graph, exported, "tiny", precision, resources)


def noise(seconds: float, seed: int = 0, rate: int = 16_000) -> NDArray[np.float32]:
    """Noise whose loudness and colour change, so that an untrained model's output changes too."""
    rng = np.random.default_rng(seed)
    count = int(seconds * rate)
    envelope = np.repeat(rng.uniform(0.01, 0.5, count // 800 + 1), 800)[:count]
    tone = np.sin(np.cumsum(np.repeat(rng.uniform(0.05, 1.5, count // 1600 + 1), 1600)[:count]))
    return ((tone + rng.standard_normal(count) * 0.3) * envelope * 0.5).astype(np.float32)
