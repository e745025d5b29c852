"""The page on training and exporting one's own, command by command, with the small bundle and two steps."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from documented import BLOCKS, environment, run_by, write_programs

pytest.importorskip("torch", reason="trains a model: pip install '.[train,export]'")

from saidmeant.models.cache import cache_folder
from saidmeant.streaming.bundle import load_bundle

START = "en-tiny"
SHORT = {"steps": 2, "warmup_steps": 1, "decay_steps": 1, "body_rate": 1e-6, "head_rate": 1e-6, "batch_seconds": 12.0}


@pytest.fixture
def desk(repository: Path, tmp_path: Path) -> Path:
    """A folder with the page's recipe, cut short, recordings under the page's names, and a home of its own."""
    clips = repository / "tests" / "data"
    objects = [json.loads(line) for line in (clips / "samples.jsonl").read_text(encoding="utf-8").splitlines()[:6]]
    for number, each in enumerate(objects):
        each |= {"audio": str(clips / each["audio"]), "speaker": f"speaker {number}"}
    for name in ("train.jsonl", "dev.jsonl"):
        (tmp_path / name).write_text("".join(json.dumps(each) + "\n" for each in objects), encoding="utf-8")
    (recipe,) = (yaml.safe_load(block.code) for block in BLOCKS if block.place.startswith("train.md:")
                 and block.language == "yaml")  # fmt: skip
    recipe |= {"init": f"bundle:{START}", "encoder": dict(load_bundle(START).manifest.encoder)}
    recipe["schedule"] |= SHORT
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    shutil.copyfile(clips / "think.wav", tmp_path / "take.wav")
    cache = tmp_path / "home" / ".cache" / "saidmeant"
    cache.mkdir(parents=True)
    if (cache_folder() / "letters").is_dir():  # fitted once, in a minute
        shutil.copytree(cache_folder() / "letters", cache / "letters")
    write_programs(tmp_path / "bin")
    return tmp_path


def test_train_export_calibrate_transcribe(desk: Path) -> None:
    own = {**environment(desk / "bin"), "HOME": str(desk / "home")}
    own.pop("XDG_CACHE_HOME", None)
    printed = []
    for block in run_by(__file__):
        ended = subprocess.run(
            ["bash", "-euc", block.code], cwd=desk, env=own, capture_output=True, text=True, timeout=600, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        printed.append(ended.stdout + ended.stderr)
    training, exporting = printed
    assert "mine" in training
    assert "expected calibration error" in exporting
    assert "meant" in exporting
    manifest = load_bundle(desk / "my-bundle").manifest
    assert manifest.initialisation == f"bundle:{START}"
    assert set(manifest.figures) >= {"surface_per", "meaning_wer"}
    assert len(manifest.calibration.words) == len(manifest.confidence_levels)
