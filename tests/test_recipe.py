"""Recipes are strict: whatever does not fit is refused with the key at fault and what is allowed."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from saidmeant.models.labels import MEANING_TOKENS, SURFACE_TOKENS
from saidmeant.models.recipe import RecipeError, load_recipe

MINIMAL: dict[str, Any] = {
    "name": "toy",
    "language": "en",
    "data": [{"manifest": "train.jsonl", "licence": "CC0 1.0"}],
    "dev": "dev.jsonl",
    "schedule": {"steps": 10, "warmup_steps": 1, "decay_steps": 5, "body_rate": 1.0e-4, "head_rate": 1.0e-3},
}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """The minimal recipe with one value set."""
    content = copy.deepcopy(MINIMAL)
    place: Any = content
    for key in path[:-1]:
        place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
    place[path[-1]] = to
    return content


def written(folder: Path, content: object) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


def test_the_shipped_recipe_loads(repository: Path) -> None:
    recipe = load_recipe(repository / "models" / "recipes" / "en-base.yaml")
    config = recipe.encoder_config()
    assert recipe.name == "en-base"
    assert [head.name for head in config.heads] == ["surface", "meaning"]
    assert config.frame_ms == 40
    assert 320 in recipe.schedule.chunk_ms
    assert all(source.licence for source in recipe.data)


def test_a_minimal_recipe_gets_the_defaults(tmp_path: Path) -> None:
    recipe = load_recipe(written(tmp_path, MINIMAL))
    assert recipe.init == "whisper-base"
    assert recipe.data[0].weight == 1.0
    assert recipe.schedule.chunk_ms == {320: 1.0}
    surface, meaning = recipe.encoder_config().heads
    assert surface.tokens == SURFACE_TOKENS
    assert meaning.tokens == MEANING_TOKENS


def test_one_head_is_enough(tmp_path: Path) -> None:
    recipe = load_recipe(written(tmp_path, changed("heads", to=["meaning"])))
    assert [head.name for head in recipe.encoder_config().heads] == ["meaning"]


def test_whole_numbers_pass_for_fractions(tmp_path: Path) -> None:
    recipe = load_recipe(written(tmp_path, changed("schedule", "chunk_ms", to={320: 1, 160: 0.5})))
    assert recipe.schedule.chunk_ms == {320: 1.0, 160: 0.5}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (changed("colour", to="red"), r"unknown key 'colour'; valid keys: name, language, data, dev, schedule, init"),
        (changed("encoder", "trunk", to=3), r"encoder: unknown key 'trunk'; valid keys: .*trunk_layers, pool_layer"),
        (changed("schedule", "rate", to=1.0), r"schedule: unknown key 'rate'; valid keys: steps, warmup_steps"),
        (
            changed("data", 0, "wieght", to=1.0),
            r"data\[0\]: unknown key 'wieght'; valid keys: manifest, licence, weight, babble",
        ),
        ({k: v for k, v in MINIMAL.items() if k != "dev"}, r"missing key 'dev'"),
        (changed("schedule", to={"steps": 10}), r"schedule: missing key 'warmup_steps'"),
        (changed("seed", to="one"), r"seed: expected int, found 'one'"),
        (changed("seed", to=1.5), r"seed: expected int, found 1\.5"),
        (changed("seed", to=True), r"seed: expected int, found True"),
        (changed("schedule", "steps", to="10"), r"schedule\.steps: expected int, found '10'"),
        (changed("schedule", "body_rate", to="1e-4"), r"schedule\.body_rate: expected float, found '1e-4'"),
        (changed("data", to="train.jsonl"), r"data: expected .*, found 'train\.jsonl'"),
        (changed("encoder", to=[1, 2]), r"encoder: expected keys and values"),
        (changed("heads", to=["surface", "melody"]), r"heads: 'melody' is not one of surface, meaning"),
        (changed("heads", to=[]), r"heads: surface, meaning or both"),
        (changed("encoder", "trunk_layers", to=7), r"trunk_layers: 7 is not between 0 and layers \(6\)"),
        (changed("wave", "noise", to=1.0), r"wave: unknown key 'noise'; valid keys: variants, speeds, gain_db"),
        (changed("wave", "noises", to=["thunder"]), r"noises: 'thunder' is not one of white, pink, brown"),
        ([1, 2], r"expected keys and values"),
        ("name: [unclosed", r"not YAML"),
        ("", r"expected keys and values"),
    ],
)
def test_what_does_not_fit_is_refused(content: object, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(RecipeError, match="not YAML"):
        load_recipe(path)
