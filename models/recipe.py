"""Training recipes: strict YAML in, frozen dataclasses out.  An unknown key is an error that lists the valid ones."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from saidmeant.streaming.strict import build

from .augment import WaveAugment
from .data import AugmentConfig
from .encoder_config import EncoderConfig, EncoderShape, HeadConfig
from .labels import TOKENS


class RecipeError(ValueError):
    """A recipe cannot be used; the message names the key and what is allowed."""


@dataclass(frozen=True, slots=True)
class DataSource:
    """A manifest and how often an epoch visits it."""

    manifest: str
    licence: str
    weight: float = 1.0
    babble: bool = True
    """Whether its voices are heard behind others'.  Features kept on disk are made anew when these sources change."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Steps and learning rates: linear warm-up, constant, linear decay to zero over the last ``decay_steps``."""

    steps: int
    warmup_steps: int
    decay_steps: int
    body_rate: float
    head_rate: float
    batch_seconds: float = 70.0
    weight_decay: float = 0.01
    clip: float = 5.0
    chunk_ms: dict[int, float] = field(default_factory=lambda: {320: 1.0})
    """Probability of each chunk length; 0 ms = the whole utterance."""
    freeze_trunk_step: int | None = None
    """From this step on stem and trunk stay as they are, which makes a step about a third cheaper."""
    dropout: float = 0.0
    skip: float = 0.0
    """See :class:`.encoder_layers.EncoderLayer`."""
    consistency: float = 0.0
    """Weight of the agreement of two views of each utterance (models/consistency.py); 0 = one view.  A batch still
    takes ``batch_seconds`` of audio, so that it holds half as many utterances."""
    distillation: float = 0.0
    """Weight of the divergence from the recipe's teacher, per frame."""
    taught: float = 1.0
    """Share of each batch that the teacher is asked about: it may cost more than all the rest of a step."""
    orthogonality: float = 0.0
    """Weight of the overlap of the directions that the two heads read (``head_overlap`` of models/trainer.py)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a training run needs besides the data."""

    name: str
    language: str
    data: tuple[DataSource, ...]
    dev: str
    schedule: Schedule
    init: str = "whisper-base"
    """``whisper-base``, an OpenAI or Hugging Face checkpoint file, one of ours, ``bundle:NAME``, or ``random``."""
    teacher: str = ""
    """A trained model to learn from, beside the labels: one of our checkpoints, or ``bundle:NAME``."""
    heads: tuple[str, ...] = ("surface", "meaning")
    encoder: EncoderShape = field(default_factory=EncoderShape)
    wave: WaveAugment = field(default_factory=WaveAugment)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    seed: int = 1
    checkpoint_steps: int = 100
    dev_steps: int = 250
    dev_utterances: int = 120

    def encoder_config(self) -> EncoderConfig:
        heads = tuple(HeadConfig(name, TOKENS[self.language][name]) for name in self.heads)
        numbers = {f.name: getattr(self.encoder, f.name) for f in dataclasses.fields(self.encoder)}
        return EncoderConfig(heads=heads, **numbers)


def load_recipe(path: str | Path) -> Recipe:
    """Read a recipe.  Raises :class:`RecipeError` naming the key at fault, or OSError."""
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not YAML: {error}") from error
    try:
        recipe = build(Recipe, content)
        if recipe.language not in TOKENS:
            raise RecipeError(f"language: {recipe.language!r} is not one of {', '.join(TOKENS)}")
        for head in recipe.heads:
            if head not in TOKENS[recipe.language]:
                raise RecipeError(f"heads: {head!r} is not one of {', '.join(TOKENS[recipe.language])}")
        recipe.encoder_config()
    except ValueError as error:
        raise RecipeError(f"{path}: {error}") from error
    return recipe
