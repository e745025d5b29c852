"""Where a training run's first weights come from: Whisper, an earlier run, or a bundle that was shipped before."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from saidmeant.streaming.bundle import HEADS, Bundle, load_bundle
from saidmeant.streaming.errors import BundleError

from . import whisper
from .checkpoint import is_checkpoint, read_config, read_model
from .dual_encoder import DualEncoder
from .encoder_config import EncoderConfig, HeadConfig
from .restore import restore

BUNDLE_PREFIX = "bundle:"
RANDOM = "random"


def initialise(model: DualEncoder, source: str) -> None:
    """Fill a model from ``whisper-base``, a Whisper checkpoint file, one of ours, or ``bundle:NAME_OR_FOLDER``.

    ``random`` leaves it as it was built.  A model of ours may have been made for another language, and be deeper: see
    :func:`transplant`.  Raises ValueError if it does not fit.
    """
    if source == RANDOM:
        return
    if source.startswith(BUNDLE_PREFIX) or is_checkpoint(Path(source).expanduser()):
        transplant(model, trained_model(source))
    else:
        whisper.initialise(model, source)


def first_weights(source: str) -> str:
    """What a source of weights itself began with: an earlier run of ours says so, anything else is a beginning."""
    path = Path(source).expanduser()
    return read_config(path).initialisation if is_checkpoint(path) else source


def transplant(model: DualEncoder, source: DualEncoder) -> None:
    """Fill a model from a trained one of the same widths: layer by layer, as far as the model's branches go.

    An output layer for other symbols stays as it was built.  Raises ValueError if more than layers and symbols differ.
    """
    for field in fields(EncoderConfig):
        ours, theirs = getattr(model.config, field.name), getattr(source.config, field.name)
        if ours != theirs and field.name not in ("heads", "layers"):
            raise ValueError(f"{field.name} is {theirs} in what the weights come from, {ours} in the recipe")
    if model.config.layers > source.config.layers or not set(model.head_names) <= set(source.head_names):
        raise ValueError("what the weights come from has fewer layers or heads than the recipe")
    weights = source.state_dict()
    for head in model.config.heads:
        if head not in source.config.heads:
            weights = {
                name: value for name, value in weights.items() if not name.startswith(f"heads.{head.name}.output")
            }
    wanted = model.state_dict()
    model.load_state_dict(wanted | {name: value for name, value in weights.items() if name in wanted})


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
