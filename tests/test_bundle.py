"""Bundles: each kind of damage is one clear error, and the process lives (sherpa-onnx would end it)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
import yaml
from tiny import tiny_bundle, tiny_model

from saidmeant.streaming import BundleError, Recognizer
from saidmeant.streaming.bundle import load_bundle, shipped_bundles
from saidmeant.streaming.onnx_header import read_header


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle"), tiny_model()).folder


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "bundle"))


def edit_manifest(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        if value is None:
            del content[key]
        else:
            content[key] = value
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


LAUGHS = "\n  - &a0 [ha, ha]\n" + "".join(f"  - &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
"""Nested aliases: a gigabyte of gigabytes, written out."""


def put(folder: Path, key: str, text: str) -> None:
    """Some YAML as the value of a key."""
    content = yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))
    del content[key]
    replace_text(folder / "manifest.yaml", yaml.safe_dump(content) + f"{key}: {text}\n")


def sign(folder: Path) -> None:
    """Make the manifest's hashes fit again, so that only what is inside a file can be found wrong."""
    content = yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in content["files"]}
    edit_manifest(folder, files=files)


def edit_model(folder: Path, change: Callable[[onnx.ModelProto], object]) -> None:
    proto = onnx.load(folder / "model.onnx")
    change(proto)
    onnx.save(proto, folder / "model.onnx")
    sign(folder)


def metadata(proto: onnx.ModelProto, key: str) -> onnx.StringStringEntryProto:
    return next(entry for entry in proto.metadata_props if entry.key == key)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def replace_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda f: (f / "manifest.yaml").unlink(), "has no manifest.yaml"),
    "manifest is no YAML": (lambda f: replace_text(f / "manifest.yaml", "a: [b"), "cannot be read"),
    "manifest is a list": (lambda f: replace_text(f / "manifest.yaml", "- 1"), "expected keys and values"),
    "manifest is binary": (lambda f: (f / "manifest.yaml").write_bytes(b"\xff\xfe\x00"), "cannot be read"),
    "unknown key": (lambda f: edit_manifest(f, colour="red"), "unknown key 'colour'; valid keys: format_version"),
    "missing key": (lambda f: edit_manifest(f, lanes=None), "missing key 'lanes'"),
    "wrong type": (lambda f: edit_manifest(f, chunk_ms="fast"), "chunk_ms: expected int, found 'fast'"),
    "newer format": (lambda f: edit_manifest(f, format_version=2, colour="red"), "newer .* upgrade saidmeant"),
    "a huge number": (lambda f: put(f, "chunk_ms", "0x" + 5_000 * "f"), "chunk_ms.* not a positive|a huge number"),
    "a huge number of its kind": (lambda f: put(f, "kind", "0x" + 5_000 * "f"), "kind: expected str, found a huge"),
    "few lines that mean a lot": (lambda f: put(f, "lanes", LAUGHS), "lanes.0.: expected str, found "),
    "no number": (lambda f: edit_manifest(f, language_weight=float("nan")), "must be finite"),
    "older format": (lambda f: edit_manifest(f, format_version=0), "format_version 0 is not 1"),
    "unknown kind": (lambda f: edit_manifest(f, kind="trio"), "kind 'trio'"),
    "odd lanes": (lambda f: edit_manifest(f, lanes=["meaning", "surface"]), "lanes"),
    "candidates first": (
        lambda f: edit_manifest(f, lanes=["meaning_candidate_0", "meaning", "meaning_confidence"]),
        "candidate lanes .* are not in order",
    ),
    "candidates without a step": (lambda f: edit_manifest(f, candidate_step=0.0), "candidate_step 0.0 does not fit"),
    "a language model for nobody": (
        lambda f: edit_manifest(f, lanes=["surface", "surface_confidence"], candidate_step=0.0),
        "language_model needs candidate lanes",
    ),
    "odd chunk": (lambda f: edit_manifest(f, chunk_ms=330), "multiple of frame_ms"),
    "odd look-ahead": (lambda f: edit_manifest(f, look_ahead_ms=-40), "look_ahead_ms"),
    "no levels": (lambda f: edit_manifest(f, confidence_levels=[]), "confidence_levels is empty"),
    "path leaves the folder": (lambda f: edit_manifest(f, files={"../model.onnx": "0"}), "outside the bundle's folder"),
    "absolute path": (lambda f: edit_manifest(f, files={"/etc/passwd": "0"}), "outside the bundle's folder"),
    "windows path": (lambda f: edit_manifest(f, files={"..\\model.onnx": "0"}), "outside the bundle's folder"),
    "model not listed": (lambda f: edit_manifest(f, files={"tokens.txt": "0"}), "does not list model.onnx"),
    "model missing": (lambda f: (f / "model.onnx").unlink(), "model.onnx is missing"),
    "model truncated": (lambda f: truncate(f / "model.onnx"), "model.onnx is damaged"),
    "tokens changed": (lambda f: replace_text(f / "tokens.txt", "<blk> 0\n"), "tokens.txt is damaged"),
    "truncated and signed": (lambda f: (truncate(f / "model.onnx"), sign(f)), "not an ONNX model"),
    "model is text": (lambda f: (replace_text(f / "model.onnx", "hello"), sign(f)), "not an ONNX model"),
    "model is empty": (lambda f: (replace_text(f / "model.onnx", ""), sign(f)), "not an ONNX model"),
    "tokens short": (lambda f: (replace_text(f / "tokens.txt", "<blk> 0\nS:AA 1\n"), sign(f)), "output shape"),
    "tokens gap": (lambda f: (replace_text(f / "tokens.txt", "<blk> 0\nS:AA 2\n"), sign(f)), "without a gap"),
    "tokens malformed": (lambda f: (replace_text(f / "tokens.txt", "<blk>\n"), sign(f)), "tokens.txt"),
    "no metadata": (lambda f: edit_model(f, lambda p: p.ClearField("metadata_props")), "metadata is incomplete"),
    "other features": (
        lambda f: edit_model(f, lambda p: setattr(metadata(p, "feature"), "value", "fbank")),
        "feature is fbank",
    ),
    "other window": (lambda f: edit_model(f, lambda p: setattr(metadata(p, "T"), "value", "45")), "input shape"),
    "other chunk": (
        lambda f: edit_model(f, lambda p: setattr(metadata(p, "decode_chunk_len"), "value", "16")),
        "decode_chunk_len",
    ),
    "other caches": (
        lambda f: edit_model(f, lambda p: setattr(metadata(p, "query_head_dims"), "value", "1,1,1,1,1,2")),
        "key states",
    ),
    "other convolutions": (
        lambda f: edit_model(f, lambda p: setattr(metadata(p, "encoder_dims"), "value", "4,4,4,4,4,8")),
        "convolution states",
    ),
    "stacks disagree": (
        lambda f: edit_model(f, lambda p: setattr(metadata(p, "num_heads"), "value", "1")),
        "stacks",
    ),
    "an input less": (lambda f: edit_model(f, lambda p: p.graph.input.pop()), "inputs"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_one_clear_error(kind: str, copy: Path) -> None:
    damage, message = DAMAGE[kind]
    damage(copy)
    with pytest.raises(BundleError, match=message) as caught:
        Recognizer.load(copy)
    assert "\n" not in str(caught.value)


def test_the_undamaged_copy_loads(copy: Path) -> None:
    assert Recognizer.load(copy).bundle.manifest.name == "tiny"


def test_unknown_name_lists_the_shipped() -> None:
    with pytest.raises(BundleError, match=r"bundle 'en-bas' not found; shipped: .*en-base.*\. Or pass a folder\."):
        load_bundle("en-bas")


def test_en_base_ships() -> None:
    assert "en-base" in shipped_bundles()
    assert load_bundle("en-base").size_bytes <= 34_000_000


def test_the_process_survives_on_the_command_line(copy: Path) -> None:
    truncate(copy / "model.onnx")
    command = [sys.executable, "-m", "saidmeant.streaming", "transcribe", "--bundle", str(copy), "x.wav"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("saidmeant: bundle")
    assert "Traceback" not in result.stderr


def test_header_reads_what_onnx_reads(good: Path) -> None:
    header = read_header(good / "model.onnx")
    proto = onnx.load(good / "model.onnx")
    assert header.metadata == {entry.key: entry.value for entry in proto.metadata_props}

    def shapes(values: Any) -> list[tuple[int | None, ...]]:
        return [
            tuple(d.dim_value if d.HasField("dim_value") else None for d in v.type.tensor_type.shape.dim)
            for v in values
        ]

    assert list(header.inputs) == shapes(proto.graph.input)
    assert list(header.outputs) == shapes(proto.graph.output)
