"""Training, for real but small: a tiny encoder learns the repository's own clips, stops, resumes, can be exported."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml
from tiny import tiny_bundle, tiny_checkpoint, tiny_model

from saidmeant.export.checkpoint import load_checkpoint
from saidmeant.models.checkpoint import is_checkpoint, read_config, save_checkpoint
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.encoder_config import HeadConfig
from saidmeant.models.initialise import first_weights, initialise, transplant
from saidmeant.models.labels import TOKENS
from saidmeant.models.trainer import body_parameters, head_overlap, output_parameters, rate_factor


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    bundle = tiny_bundle(folder / "bundle", tiny_model())
    samples = str(repository / "tests" / "data" / "samples.jsonl")
    content = {
        "name": "tiny",
        "language": "en",
        "init": f"bundle:{bundle.folder}",
        "encoder": dict(bundle.manifest.encoder),
        "data": [{"manifest": samples, "licence": "made by us", "weight": 8.0}],
        "dev": samples,
        "schedule": {
            "steps": 12,
            "warmup_steps": 2,
            "decay_steps": 4,
            "body_rate": 1e-3,
            "head_rate": 1e-2,
            "batch_seconds": 12.0,
            "chunk_ms": {320: 0.5, 160: 0.5},
        },
        "checkpoint_steps": 5,
        "dev_steps": 6,
    }
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def command(recipe: Path, run: Path) -> list[str]:
    features = str(recipe.parent / "features")
    return [sys.executable, "-m", "saidmeant.models.train", str(recipe), "--run", str(run), "--features", features]


def losses(log: str) -> list[float]:
    return [float(value) for value in re.findall(r"loss surface ([\d.]+)", log)]


def test_trains_and_resumes_to_the_same_weights(recipe: Path, tmp_path: Path) -> None:
    """A run in two halves ends where a run in one piece does."""
    text = recipe.read_text(encoding="utf-8")
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    assert subprocess.run(command(recipe, whole), capture_output=True).returncode == 0
    process = subprocess.Popen(command(recipe, halves), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 120
    while not (halves / "trainer.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert subprocess.run(command(recipe, halves), capture_output=True).returncode == 0
    log = (halves / "train.log").read_text(encoding="utf-8")
    assert "initialised from bundle:" in log
    assert "resumed at step" in log
    assert "finished at step 12" in log
    first, second = (load_checkpoint(run / "model.safetensors")[0] for run in (whole, halves))
    for (name, a), b in zip(first.state_dict().items(), second.state_dict().values(), strict=True):
        assert torch.allclose(a, b, atol=1e-5), name
    config = load_checkpoint(whole / "model.safetensors")[1]
    assert config.steps == 12
    assert config.training_data == ("samples (made by us)",)
    assert recipe.read_text(encoding="utf-8") == text


@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups as here")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_whole_process_group_saves(number: signal.Signals, recipe: Path, tmp_path: Path) -> None:
    """The process that makes batches hears it too, and must not die of it before the trainer has saved."""
    content = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    content["schedule"].update(steps=100_000)
    (tmp_path / "endless.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    process = subprocess.Popen(
        command(tmp_path / "endless.yaml", tmp_path / "run"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (tmp_path / "run" / "trainer.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, number)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said.decode()
    log = (tmp_path / "run" / "train.log").read_text(encoding="utf-8")
    (stopped,) = re.findall(r"stopped at step (\d+)", log)
    assert read_config(tmp_path / "run" / "model.safetensors").steps == int(stopped)
    with pytest.raises(ProcessLookupError):  # nothing of the group is left
        os.killpg(process.pid, 0)


def test_learns(recipe: Path, tmp_path: Path) -> None:
    """The loss falls and the dev gauge runs; an update that does nothing, or goes the wrong way, would show."""
    content = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    content["schedule"].update(steps=60, decay_steps=20)
    (tmp_path / "long.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert subprocess.run(command(tmp_path / "long.yaml", tmp_path / "run"), capture_output=True).returncode == 0
    log = (tmp_path / "run" / "train.log").read_text(encoding="utf-8")
    falling = losses(log)
    assert len(falling) == 3
    assert falling[-1] < 0.9 * falling[0]  # running means, which lag
    assert re.search(r"step 60  dev surface [\d.]+%  meaning [\d.]+%", log)


def test_bad_recipe_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: x\ncolour: red\n", encoding="utf-8")
    result = subprocess.run(command(tmp_path / "bad.yaml", tmp_path / "run"), capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("saidmeant: ")
    assert "unknown key 'colour'" in result.stderr
    assert "Traceback" not in result.stderr


def test_rate_factor() -> None:
    assert [rate_factor(step, 4, 10, 20) for step in (0, 3, 9, 10, 15, 20)] == [0.25, 1.0, 1.0, 1.0, 0.5, 0.0]


@pytest.mark.parametrize("shape", [{}, {"layers": 2, "convolution_dim": 16}])
def test_parameters_are_split_by_rate(shape: dict[str, int]) -> None:
    model: DualEncoder = tiny_model(**shape)
    body, output = list(body_parameters(model)), list(output_parameters(model))
    assert len(body) + len(output) == len(list(model.parameters()))
    assert {id(p) for p in body}.isdisjoint(id(p) for p in output)
    assert {id(p) for p in model.branches.parameters()} <= {id(p) for p in (output if shape else body)}


def test_head_overlap_is_zero_for_orthogonal_heads_and_one_for_equal_ones() -> None:
    model = tiny_model()
    for head, column in zip((model.head("surface"), model.head("meaning")), (0, 1), strict=True):
        torch.nn.init.zeros_(head.output.weight)
        head.output.weight.data[:, column] = 3.0
    assert head_overlap(model) == 0
    model.head("meaning").output.weight.data[:] = model.head("surface").output.weight.data[0]
    assert head_overlap(model).item() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="two heads"):
        head_overlap(tiny_model(heads=("surface",)))


def test_a_run_can_start_from_another_runs_checkpoint(tmp_path: Path) -> None:
    trained = tiny_model()
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, trained, tiny_checkpoint(trained))
    fresh = DualEncoder(trained.config)
    initialise(fresh, str(path))
    for name, value in trained.state_dict().items():
        assert torch.equal(fresh.state_dict()[name], value), name
    with pytest.raises(ValueError, match="dim is 32 in what the weights come from, 64 in the recipe"):
        initialise(tiny_model(dim=64), str(path))
    assert not is_checkpoint(tmp_path / "none.safetensors")


def test_a_model_of_another_language_and_depth_takes_what_it_has_in_common(tmp_path: Path) -> None:
    trained = tiny_model()
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, trained, tiny_checkpoint(trained))
    heads = tuple(HeadConfig(name, TOKENS["ko"][name]) for name in trained.head_names)
    korean = DualEncoder(dataclasses.replace(trained.config, heads=heads, layers=trained.config.layers - 1))
    fresh = {name: value.clone() for name, value in korean.state_dict().items()}
    initialise(korean, str(path))
    for name, value in korean.state_dict().items():
        wanted = fresh if ".output." in name else trained.state_dict()
        assert torch.equal(value, wanted[name]), name
    with pytest.raises(ValueError, match="fewer layers"):
        transplant(trained, korean)


def test_a_later_stage_says_what_the_first_one_began_with(tmp_path: Path) -> None:
    model = tiny_model()
    stage = tmp_path / "model.safetensors"
    save_checkpoint(stage, model, dataclasses.replace(tiny_checkpoint(model), initialisation="whisper-base"))
    assert first_weights(str(stage)) == "whisper-base"
    for beginning in ("whisper-base", "bundle:en-base", "random"):
        assert first_weights(beginning) == beginning


def test_a_frozen_trunk_stays_as_it_is(recipe: Path, tmp_path: Path) -> None:
    content = yaml.safe_load(recipe.read_text())
    content["schedule"] |= {"freeze_trunk_step": 0, "steps": 2}
    frozen = tmp_path / "frozen.yaml"
    frozen.write_text(yaml.safe_dump(content))
    command = [sys.executable, "-m", "saidmeant.models.train", str(frozen), "--run", str(tmp_path / "run")]
    subprocess.run([*command, "--features", str(tmp_path / "features")], check=True, capture_output=True)
    after, _ = load_checkpoint(tmp_path / "run" / "model.safetensors")
    before = DualEncoder(after.config)
    initialise(before, content["init"])
    changed = {n for n, value in before.state_dict().items() if not torch.equal(after.state_dict()[n], value)}
    assert changed
    assert not any(name.startswith(("stem.", "trunk.")) for name in changed)


def test_trains_with_two_views_and_dropout(recipe: Path, tmp_path: Path) -> None:
    content = yaml.safe_load(recipe.read_text())
    chunks = {320: 0.5, 0: 0.5}
    content["schedule"] |= {"consistency": 0.6, "dropout": 0.05, "skip": 0.05, "steps": 40, "chunk_ms": chunks}
    path = tmp_path / "views.yaml"
    path.write_text(yaml.safe_dump(content))
    subprocess.run(command(path, tmp_path / "run"), check=True, capture_output=True)
    log = (tmp_path / "run" / "train.log").read_text(encoding="utf-8")
    assert len(re.findall(r"agreement \d", log)) >= 2  # both heads
    assert losses(log)[-1] < losses(log)[0]


def test_learns_from_a_teacher(recipe: Path, tmp_path: Path) -> None:
    """With a high weight on what the teacher says, a model of another shape comes nearer to it."""
    content = yaml.safe_load(recipe.read_text())
    content |= {"teacher": content["init"], "init": "random"}
    content["encoder"] |= {"trunk_layers": 2}
    content["schedule"] |= {"distillation": 5.0, "steps": 40, "decay_steps": 10}
    path = tmp_path / "taught.yaml"
    path.write_text(yaml.safe_dump(content))
    subprocess.run(command(path, tmp_path / "run"), check=True, capture_output=True)
    log = (tmp_path / "run" / "train.log").read_text(encoding="utf-8")
    teaching = [float(value) for value in re.findall(r"teaching ([\d.]+)", log)]
    assert teaching[-1] < 0.9 * teaching[0]


def test_a_teacher_must_fit(recipe: Path, tmp_path: Path) -> None:
    content = yaml.safe_load(recipe.read_text())
    content |= {"teacher": content["init"], "encoder": {**content["encoder"], "pool": 4}}
    path = tmp_path / "unfit.yaml"
    path.write_text(yaml.safe_dump(content))
    done = subprocess.run(command(path, tmp_path / "run"), capture_output=True, text=True)
    assert done.returncode == 1
    assert "frames of 40 ms, not 80" in done.stderr
