"""The small shipped bundle cut in two: trained models that give one line each, and together what it gives."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from saidmeant.export.convert import Exported, write_bundle
from saidmeant.export.graph import build_graph, symbols
from saidmeant.export.quantize import quantize
from saidmeant.models.checkpoint import CheckpointConfig
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.encoder_config import STEM_FRAMES_PER_SECOND
from saidmeant.models.restore import encoder_config, restore
from saidmeant.streaming.bundle import HEADS, LETTERS, LEXICON, TOKENS, Bundle, load_bundle

WHOLE = "en-tiny"


def trained_halves(folder: Path) -> dict[str, Path]:
    """A bundle's folder per head; trunk, branch, lexicon and precision are those of the whole."""
    whole = load_bundle(WHOLE)
    model = DualEncoder(encoder_config(whole))
    restore(model, whole)
    return {head: _half(whole, model, head, folder / head).folder for head in HEADS}


def _half(whole: Bundle, model: DualEncoder, name: str, folder: Path) -> Bundle:
    head = next(head for head in model.config.heads if head.name == name)
    half = DualEncoder(dataclasses.replace(model.config, heads=(head,))).eval()
    weights = model.state_dict()
    half.load_state_dict({key: weights[key] for key in half.state_dict()})
    resources = folder / "resources"
    resources.mkdir(parents=True)
    lines = [f"{symbol} {i}\n" for i, symbol in enumerate(symbols(half.config))]
    (resources / TOKENS).write_text("".join(lines), encoding="utf-8")
    for file in (LEXICON, LETTERS):
        shutil.copyfile(whole.file(file), resources / file)
    chunk = whole.manifest.chunk_ms * STEM_FRAMES_PER_SECOND // 1000
    config = CheckpointConfig(name, "en", half.config, ("cut out of a shipped bundle (ours)",), f"bundle:{WHOLE}", 0)
    graph = quantize(build_graph(half, chunk), reduce_range=True)
    return write_bundle(folder / "bundle", graph, Exported(half, config, chunk), name, "int7", resources)
