"""What gets installed: bundle and lexicon inside the wheel, the runtime without torch, sdist and wheel alike."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from fresh import FreshInstall

PACKAGES = ("streaming", "export", "models")
HEAVY = ("torch", "onnxruntime", "onnx", "safetensors", "kaldi_native_fbank", "faster_whisper", "ctranslate2")
LOADED_BY_THE_RUNTIME = "import sys, json, saidmeant.streaming; print(json.dumps(sorted(sys.modules)))"


@pytest.fixture(scope="module")
def distributions(source_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An sdist of the working tree, and the wheel built from that sdist alone."""
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source_copy)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    (sdist,), (wheel,) = target.glob("*.tar.gz"), target.glob("*.whl")
    return sdist, wheel


def test_the_wheel_holds_every_module_the_bundle_and_the_lexicon(
    distributions: tuple[Path, Path], repository: Path
) -> None:
    with zipfile.ZipFile(distributions[1]) as wheel:
        names = set(wheel.namelist())
    for package in PACKAGES:
        sources = {f"saidmeant/{package}/{path.name}" for path in (repository / package).glob("*.py")}
        assert sources <= names
        assert f"saidmeant/{package}/py.typed" in names
        for data in (path for path in (repository / package).rglob("*") if path.is_file()):
            if data.suffix not in {".py", ".pyc"}:
                assert f"saidmeant/{data.relative_to(repository).as_posix()}" in names
    assert "saidmeant/models/bundles/en-base/manifest.yaml" in names
    assert "saidmeant/models/bundles/en-base/model.onnx" in names
    assert "saidmeant/models/lexicons/en.txt.gz" in names
    assert "saidmeant/models/language_models/en.npz" in names
    assert "saidmeant/models/patterns/contrasts.yaml" in names
    assert "saidmeant/models/recipes/en-base.yaml" in names
    assert any(name.endswith("licenses/NOTICE") for name in names)
    assert all(name.startswith(("saidmeant/", "saidmeant-")) for name in names), "something else on the top level"
    assert "saidmeant/__init__.py" not in names


def test_the_sdist_holds_what_building_and_testing_need(distributions: tuple[Path, Path]) -> None:
    with tarfile.open(distributions[0]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    needed = {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "NOTICE",
        "CHANGELOG.md",
        "tests/conftest.py",
        "models/README.md",
    }
    assert needed <= names
    assert not any("__pycache__" in name or name.startswith((".venv", "build")) for name in names)


def test_the_wheel_is_small_enough_to_ship(distributions: tuple[Path, Path]) -> None:
    assert distributions[1].stat().st_size < 60e6  # as much as the bundles may take together; PyPI takes 100 MB


def test_an_empty_environment_gets_the_runtime_alone(fresh_install: FreshInstall) -> None:
    listed = subprocess.run(
        [str(fresh_install.python), "-m", "pip", "list", "--format", "json"], check=True, capture_output=True, text=True
    )
    installed = {each["name"].lower().replace("_", "-") for each in json.loads(listed.stdout)}
    assert {"saidmeant", "sherpa-onnx", "numpy", "sounddevice", "soundfile", "rapidfuzz", "pyyaml", "rich"} <= installed
    assert not installed & {"torch", "onnx", "onnxruntime", "safetensors", "faster-whisper"}


def test_the_installed_command_lists_the_shipped_bundle(fresh_install: FreshInstall, tmp_path: Path) -> None:
    command = fresh_install.python.with_name("saidmeant")
    result = subprocess.run([str(command), "models"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "en-base" in result.stdout
    assert result.stderr == ""


def test_the_runtime_loads_no_training_or_export_library(tmp_path: Path) -> None:
    """In this environment, where they are installed."""
    result = subprocess.run(
        [sys.executable, "-c", LOADED_BY_THE_RUNTIME], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    loaded = {name.partition(".")[0] for name in json.loads(result.stdout)}
    assert "sherpa_onnx" in loaded
    assert not loaded & set(HEAVY)


def imported(path: Path) -> set[tuple[str, bool]]:
    """Names of the saidmeant packages that a module imports, and whether inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef) for node in ast.walk(function)
    }
    found = set()
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.startswith("saidmeant."):
                found.add((name.split(".")[1], id(node) in inside))
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str, repository: Path) -> None:
    """export -> models, streaming; models -> streaming; streaming -> nothing but cli.py, when a verb runs."""
    allowed = {"export": {"models", "streaming"}, "models": {"streaming"}, "streaming": set()}[package]
    for path in (repository / package).glob("*.py"):
        for name, inside in imported(path):
            lazily = path.name == "cli.py" and package == "streaming" and inside
            assert name in allowed or lazily, f"{path.name} imports saidmeant.{name}"


def test_runtime_dependencies_are_bounded_and_light() -> None:
    requirements = [each for each in importlib.metadata.requires("saidmeant") or [] if "extra ==" not in each]
    assert len(requirements) >= 7
    for requirement in requirements:
        assert ">=" in requirement
        assert "<" in requirement
        assert not requirement.startswith(HEAVY)
    assert "sherpa-onnx<2.1,>=2.0.1" in requirements
