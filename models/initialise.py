"""Where a training run's first weights come from: Whisper, an earlier run, or a bundle that was shipped before."""

from __future__ import annotations

from pathlib import Path

from saidmeant.streaming.bundle import HEADS, Bundle, load_bundle
from saidmeant.streaming.errors import BundleError

from . import whisper
from .checkpoint import is_checkpoint, read_model, restore_checkpoint
from .dual_encoder import DualEncoder, EncoderConfig, HeadConfig
from .restore import restore

BUNDLE_PREFIX = "bundle:"
RANDOM = "random"


def initialise(model: DualEncoder, source: str) -> None:
    """Fill a model from ``whisper-base``, a Whisper checkpoint file, one of ours, or ``bundle:NAME_OR_FOLDER``.

    ``random`` leaves it as it was built.
    """
    if source == RANDOM:
        return
    if source.startswith(BUNDLE_PREFIX):
        restore(model, single_graph(source))
    elif is_checkpoint(Path(source).expanduser()):
        restore_checkpoint(model, Path(source).expanduser())
    else:
        whisper.initialise(model, source)


def trained_model(source: str) -> DualEncoder:
    """A trained model in its own architecture, to be used: one of our checkpoints, or ``bundle:NAME_OR_FOLDER``.

    Raises ValueError or BundleError if it cannot be read.
    """
    if not source.startswith(BUNDLE_PREFIX):
        return read_model(Path(source).expanduser())
    bundle = single_graph(source)
    heads = tuple(HeadConfig(name, tuple(tokens)) for name, tokens in bundle.manifest.token_inventory.items())
    model = DualEncoder(EncoderConfig(heads=heads, **bundle.manifest.encoder))
    restore(model, bundle)
    return model.eval()


def single_graph(source: str) -> Bundle:
    """The bundle of ``bundle:NAME_OR_FOLDER``.  Raises BundleError if it is a pair, which has no weights of its own."""
    bundle = load_bundle(source.removeprefix(BUNDLE_PREFIX))
    if bundle.halves:
        raise BundleError(f"{bundle.folder} is a pair; name one of its halves, {bundle.folder / HEADS[0]} for example")
    return bundle
