"""The entanglement study, for real but small: four variants of a tiny recipe, from training to tables and plots."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from tiny import tiny_bundle, tiny_model

from saidmeant.models import study
from saidmeant.models.checkpoint import read_model
from saidmeant.models.recipe import load_recipe
from saidmeant.models.study_report import (
    PHONES,
    WORDS,
    Setting,
    Studied,
    alignment_table,
    errors_table,
    markdown,
    probe_table,
    rate,
)

SETTING = Setting(6, 400, "PER", "WER", {"synthetic": "synthetic", "dev": "dev"})
ROWS = [
    ["ann", "0", 1, 10, 1, 4],
    ["ann", ">15%", 6, 10, 2, 4],
    ["bob", "0", 2, 10, 0, 4],
]


def studied(name: str, *, better: int = 0, phones: bool = True, words: bool = True) -> Studied:
    """Measures by hand; ``better``: phone edits less in the first utterance."""
    rows = [list(row) for row in ROWS]
    rows[0][2] -= better
    for row in rows:
        row[2:4] = row[2:4] if phones else [0, 0]
        row[4:6] = row[4:6] if words else [0, 0]
    branches = [{"one": "surface", "other": "meaning", "depth": 3, "cka": 0.5}]
    probes = [{"branch": "surface", "task": "meaning", "rows": rows}]
    measures = {"errors": {"dev": rows}, "branches": branches, "twins": [], "probes": probes, "parameters": 10}
    return Studied(name, "by hand", (measures,), {"size_mb": 1.0, "real_time_factor": 0.1})


def test_rates_by_bin() -> None:
    assert rate(ROWS, PHONES) == pytest.approx(9 / 30)
    assert rate(ROWS, PHONES, ">15%") == pytest.approx(6 / 10)
    assert rate(ROWS, WORDS) == pytest.approx(3 / 12)
    assert rate(ROWS, PHONES, "<=5%") is None


def test_models_stand_beside_their_single_output_twins() -> None:
    single = [studied("SO-s", words=False), studied("SO-m", phones=False)]
    lines = errors_table([*single, studied("DO", better=1)], "dev", SETTING).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0][:2] == ["model", "surface PER"]
    assert cells[2][-2:] == ["-", "-"]  # SO-s has no words
    assert cells[3][1:7] == ["-"] * 6  # SO-m has no phones
    assert cells[4][1].startswith("26.7 %")
    assert cells[4][6].startswith("-3.3 [")  # one edit of thirty phones less
    assert cells[4][8].startswith("+0.0 [")


def test_tables_name_layers_and_probes() -> None:
    assert "| Y3 | surface / meaning | shared | shared | 0.50 |" in alignment_table([studied("Y3")], 3)
    assert "| Y3 | surface | meaning | crossed | 25.0 %" in probe_table([studied("Y3")], SETTING)
    assert markdown(["a"], [["b"]]) == "| a |\n| --- |\n| b |\n"


def test_variants_differ_in_what_they_share(repository: Path) -> None:
    plain = load_recipe(repository / "models" / "recipes" / "study.yaml")
    shapes = {v.name: v.recipe(plain, 1) for v in study.VARIANTS}
    assert [shapes[name].encoder.trunk_layers for name in ("DO", "Y3", "Y1", "DO-orth")] == [6, 3, 1, 6]
    assert shapes["SO-s"].heads == ("surface",)
    assert shapes["DO-orth"].schedule.orthogonality > 0
    assert {recipe.data for recipe in shapes.values()} == {plain.data}
    assert {recipe.schedule.steps for recipe in shapes.values()} == {plain.schedule.steps}


def export_unchecked(checkpoint: Path, bundle: Path) -> None:
    """As ``saidmeant export``, but for its check that digital silence is silent, which two steps do not teach."""
    model = read_model(checkpoint)
    tiny_bundle(bundle.parent / "exported", model, precision="int8").folder.rename(bundle)


def test_from_training_to_tables(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = str(repository / "tests" / "data" / "samples.jsonl")
    content = {
        "name": "study",
        "language": "en",
        "init": "random",
        "encoder": dict(tiny_bundle(tmp_path / "tiny", tiny_model()).manifest.encoder),
        "data": [{"manifest": samples, "licence": "made by us", "weight": 4.0}],
        "dev": samples,
        "schedule": {"steps": 2, "warmup_steps": 1, "decay_steps": 1, "body_rate": 1e-3, "head_rate": 1e-3},
    }
    recipe = tmp_path / "study.yaml"
    recipe.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setattr(study, "export", export_unchecked)
    work, report = tmp_path / "work", tmp_path / "report"
    command = [str(recipe), "--work", str(work), "--features", str(tmp_path / "features"), "--synthetic", samples]
    command += ["--variants", "SO-s", "SO-m", "DO", "Y1"]
    assert study.main([*command, "--report", str(report)]) == 0
    tables = (report / "tables.md").read_text(encoding="utf-8")
    assert tables.startswith("2 steps each, 1 seed;")
    assert "| DO (both outputs, everything shared) |" in tables
    assert "single-output surface" in tables
    assert {path.name for path in report.iterdir()} == {"tables.md", "surface_by_bin.png", "alignment.png"}
    # what is done is not done again
    before = (work / "DO-1" / "model.safetensors").stat().st_mtime_ns
    assert study.main([*command, "--report", str(report)]) == 0
    assert (work / "DO-1" / "model.safetensors").stat().st_mtime_ns == before
    assert len(json.loads((work / "DO-1" / "measures.json").read_text())["errors"]["dev"]) > 0
    assert study.main([str(tmp_path / "none.yaml"), "--synthetic", samples]) == 1
    assert "none.yaml" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        study.main([str(recipe), "--synthetic", samples, "--variants", "DO", "Y1"])
    assert "SO-m, SO-s missing" in capsys.readouterr().err
