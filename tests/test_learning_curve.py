"""The learning curve, for real but small: shares of the repository's own clips, from training to the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from tiny import tiny_bundle, tiny_model

from saidmeant.models import learning_curve
from saidmeant.models.learning_curve import Point
from saidmeant.models.manifest import read_manifest
from saidmeant.models.recipe import Recipe, load_recipe


@pytest.fixture(scope="module")
def recipe_file(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    folder = tmp_path_factory.mktemp("curve")
    samples = repository / "tests" / "data" / "samples.jsonl"
    first = json.loads(samples.read_text(encoding="utf-8").splitlines()[0])
    other = folder / "other.jsonl"
    other.write_text(json.dumps({**first, "audio": str(samples.parent / first["audio"])}) + "\n", encoding="utf-8")
    content = {
        "name": "curve",
        "language": "en",
        "init": "random",
        "encoder": dict(tiny_bundle(folder / "tiny", tiny_model()).manifest.encoder),
        "data": [
            {"manifest": str(samples), "licence": "made by us", "weight": 4.0},
            {"manifest": str(other), "licence": "made by us"},
        ],
        "dev": str(samples),
        "schedule": {"steps": 2, "warmup_steps": 1, "decay_steps": 1, "body_rate": 1e-3, "head_rate": 1e-3},
    }
    path = folder / "curve.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture
def recipe(recipe_file: Path) -> Recipe:
    return load_recipe(recipe_file)


def test_a_point_names_sources_and_shares(recipe: Recipe) -> None:
    assert Point.parse("all", recipe).shares == (("samples", 1.0), ("other", 1.0))
    assert Point.parse("other+samples:0.25", recipe).shares == (("other", 1.0), ("samples", 0.25))
    with pytest.raises(ValueError, match="'sample' is no source of the recipe; there are samples, other and all"):
        Point.parse("sample", recipe)
    for share in ("0", "1.5", "nan", "half"):
        with pytest.raises(ValueError, match="above 0 and at most 1"):
            Point.parse(f"samples:{share}", recipe)


def test_a_share_hears_fewer_recordings_as_often(recipe: Recipe, tmp_path: Path) -> None:
    half = Point.parse("samples:0.5", recipe).recipe(recipe, tmp_path)
    (source,) = half.data
    whole = read_manifest(recipe.data[0].manifest)
    chosen = read_manifest(source.manifest)
    assert len(chosen) == 2
    assert {u.id for u in chosen} < {u.id for u in whole}
    assert all(u.audio.is_file() for u in chosen)
    assert source.weight == 2 * recipe.data[0].weight
    assert 0 < learning_curve.hours(half) < learning_curve.hours(recipe)


def test_from_points_to_a_table(recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test = load_recipe(recipe_file).dev
    folders = ["--work", str(tmp_path / "work"), "--features", str(tmp_path / "features"), "--test", test]
    command = [str(recipe_file), "samples:0.5", "all", *folders]
    assert learning_curve.main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| heard | hours | samples: surface, meaning |"
    assert [line.split("|")[1].strip() for line in lines[2:4]] == ["samples:0.5", "all"]
    assert all(line.count(" %") == 2 for line in lines[2:4])
    # what is done is not done again
    logs = sorted((tmp_path / "work").glob("*/train.log"))
    assert len(logs) == 2
    assert learning_curve.main(command) == 0
    assert capsys.readouterr().out.splitlines() == lines
    assert all("resumed at step 2" in log.read_text() for log in logs)


def test_a_wrong_point_is_told(recipe_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert learning_curve.main([str(recipe_file), "nothing", "--test", "x.jsonl"]) == 1
    assert "'nothing' is no source of the recipe" in capsys.readouterr().err
