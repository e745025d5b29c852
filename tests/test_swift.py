"""The lane code of examples/ios where a Swift compiler can be had, and its README, which says that none was."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from documented import run_by
from golden import VECTORS

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_the_golden_vectors(tmp_path: Path) -> None:
    if shutil.which("swiftc") is None:
        pytest.skip("SWIFT IS NOT TESTED: swiftc not found; examples/ios was never compiled here")
    for name in ("ios", "golden"):
        shutil.copytree(EXAMPLES / name, tmp_path / "examples" / name)
    (command,) = (block.code for block in run_by(__file__))
    ended = subprocess.run(["bash", "-euc", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("all as expected\n") == len(VECTORS)


def flaws(source: bytes) -> list[bytes]:
    """What tree-sitter's grammar cannot read as Swift."""
    tree_sitter = pytest.importorskip("tree_sitter", reason="pip install '.[dev]'")
    grammar = pytest.importorskip("tree_sitter_swift", reason="pip install '.[dev]'")
    nodes = [tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(source).root_node]
    found = []
    while nodes:
        node = nodes.pop()
        nodes.extend(node.children)
        if node.is_error or node.is_missing:
            found.append(node.text)
    return found


@pytest.mark.parametrize("path", sorted((EXAMPLES / "ios").rglob("*.swift")), ids=lambda path: path.name)
def test_it_reads_as_swift(path: Path) -> None:
    """Its grammar alone: neither types nor names."""
    source = path.read_bytes()
    assert flaws(source) == []
    assert flaws(source + b"\nfunc {"), "what is no Swift is noticed"


def test_the_readme_says_that_nothing_was_compiled() -> None:
    readme = (EXAMPLES / "ios" / "README.md").read_text(encoding="utf-8")
    assert "**Nothing in this folder was compiled or run here**" in readme
    rows = re.findall(r"^\| `.*\|$", readme, re.MULTILINE)
    assert all(row.endswith("| **no** |") for row in rows)
    sources = {path.name for folder in ("App", "Plain") for path in (EXAMPLES / "ios" / folder).glob("*.swift")}
    assert all(any(f"{name}`" in row for row in rows) for name in sources)


@pytest.mark.parametrize("name", ["PAUSE", "SOFT_LIMIT", "SOFT_PAUSE", "HARD_LIMIT", "SOUND", "SETTLE"])
def test_the_pauses_are_those_of_kotlin(name: str) -> None:
    """What can be compared without a compiler: every number that decides."""
    kotlin = (EXAMPLES / "android/app/src/main/kotlin/saidmeant/Pause.kt").read_text(encoding="utf-8")
    swift = (EXAMPLES / "ios/Plain/Pause.swift").read_text(encoding="utf-8")
    head, *tail = name.lower().split("_")
    (ours,) = re.findall(rf"val {name}_MS = ([\d._]+)", kotlin)
    (theirs,) = re.findall(rf"let {head}{''.join(part.title() for part in tail)}Ms = ([\d._]+)", swift)
    assert float(ours) == float(theirs)


def test_plain_swift_imports_nothing() -> None:
    for path in (EXAMPLES / "ios" / "Plain").glob("*.swift"):
        assert not re.search(r"^import ", path.read_text(encoding="utf-8"), re.MULTILINE), path
