"""Training recipes: strict YAML in, frozen dataclasses out.  An unknown key is an error that lists the valid ones."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from .data import MEANING_TOKENS, SURFACE_TOKENS, AugmentConfig
from .dual_encoder import EncoderConfig, HeadConfig

T = TypeVar("T")
TOKENS = {"surface": SURFACE_TOKENS, "meaning": MEANING_TOKENS}


class RecipeError(ValueError):
    """A recipe cannot be used; the message names the key and what is allowed."""


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """The free numbers of :class:`EncoderConfig`; the heads are named in the recipe's ``heads``."""

    dim: int = 512
    attention_heads: int = 8
    feedforward_dim: int = 2048
    layers: int = 6
    trunk_layers: int = 3
    pool_layer: int = 3
    pool: int = 2
    left_context: int = 160
    look_ahead: int = 4


@dataclass(frozen=True, slots=True)
class DataSource:
    """A manifest and how often an epoch visits it."""

    manifest: str
    licence: str
    weight: float = 1.0
    surface: bool = True
    """False = train the meaning only."""


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


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a training run needs besides the data."""

    name: str
    language: str
    data: tuple[DataSource, ...]
    dev: str
    schedule: Schedule
    init: str = "whisper-base"
    """``whisper-base``, an OpenAI or Hugging Face checkpoint file, or ``bundle:NAME``."""
    heads: tuple[str, ...] = ("surface", "meaning")
    encoder: EncoderRecipe = EncoderRecipe()
    augment: AugmentConfig = AugmentConfig()
    seed: int = 1
    checkpoint_steps: int = 100
    dev_steps: int = 250
    dev_utterances: int = 120

    def encoder_config(self) -> EncoderConfig:
        heads = tuple(HeadConfig(name, TOKENS[name]) for name in self.heads)
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
        for head in recipe.heads:
            if head not in TOKENS:
                raise RecipeError(f"heads: {head!r} is not one of {', '.join(TOKENS)}")
        recipe.encoder_config()
    except ValueError as error:
        raise RecipeError(f"{path}: {error}") from error
    return recipe


def build(kind: type[T], content: Any, where: str = "") -> T:
    """A dataclass from plain YAML or JSON values, strictly: no unknown keys, no missing ones, no wrong types."""
    if not isinstance(content, dict):
        raise RecipeError(f"{where or 'recipe'}: expected keys and values, found {content!r}")
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if unknown := [str(key) for key in content if key not in fields]:
        raise RecipeError(f"{where or 'recipe'}: unknown key {unknown[0]!r}; valid keys: {', '.join(fields)}")
    required = {
        name
        for name, f in fields.items()
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    }
    if missing := sorted(required - set(content)):
        raise RecipeError(f"{where or 'recipe'}: missing key {missing[0]!r}")
    prefix = f"{where}." if where else ""
    return kind(**{key: convert(hints[key], value, prefix + key) for key, value in content.items()})


def convert(hint: Any, value: Any, where: str) -> Any:
    """One value to its annotated type.  Raises :class:`RecipeError` where it is of another."""
    if dataclasses.is_dataclass(hint):
        return build(hint, value, where)  # type: ignore[arg-type]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple and isinstance(value, list):
        return tuple(convert(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {
            convert(arguments[0], key, where): convert(arguments[1], item, f"{where}.{key}")
            for key, item in value.items()
        }
    if origin is types.UnionType and value is None and type(None) in arguments:
        return None
    if origin is types.UnionType:
        return convert(arguments[0], value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint in (int, float, str, bool) and type(value) is hint:
        return value
    raise RecipeError(f"{where}: expected {getattr(hint, '__name__', hint)}, found {value!r}")
