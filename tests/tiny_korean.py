"""A small untrained Korean encoder and its bundle, as tiny.py has them for English."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from tiny import tiny_bundle, tiny_model

from saidmeant.export.manifest import write_manifest
from saidmeant.models.dual_encoder import DualEncoder, HeadConfig
from saidmeant.streaming import Bundle
from saidmeant.streaming.bundle import load_bundle
from saidmeant.streaming.jamo import MEANING_UNITS, SURFACE_UNITS


def korean_model() -> DualEncoder:
    """Both heads over jamo."""
    heads = (HeadConfig("surface", SURFACE_UNITS), HeadConfig("meaning", MEANING_UNITS))
    torch.manual_seed(7)
    model = DualEncoder(dataclasses.replace(tiny_model().config, heads=heads)).eval()
    for head in model.heads.values():
        torch.nn.init.normal_(head.output.weight, std=0.6)
    return model


def korean_bundle(folder: Path) -> Bundle:
    """The model exported and loaded; its language is Korean."""
    bundle = tiny_bundle(folder, korean_model())
    write_manifest(bundle.folder, dataclasses.replace(bundle.manifest, language="ko"))
    return load_bundle(bundle.folder)
