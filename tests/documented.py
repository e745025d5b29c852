"""Code blocks of the documentation, as tests/test_docs.py runs them.

A fence may say in attributes what its block is: ``not-run="why"`` (not run, and counted), ``needs="gcc make"``
(programs without which it is skipped), ``reads="recipe"`` (not run but read by that reader),
``run-by="test_kotlin.py"`` (run by that file), ``until="text"`` (run until it shows this, then Ctrl-C),
``beside="saidmeant serve"`` (run while that runs).
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FENCE = re.compile(r"^( *)```(?:\{\.(\w+)([^}\n]*)\}|(\w*))\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One block; ``place`` is page:line."""

    place: str
    language: str
    code: str
    attributes: dict[str, str] = field(default_factory=dict)


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        indent, attributed, attributes, plain, code = match.groups()
        line = text.count("\n", 0, match.start()) + 1
        pairs = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes or ""))
        dedented = "\n".join(each.removeprefix(indent) for each in code.split("\n"))
        found.append(Block(f"{page.relative_to(DOCS)}:{line}", attributed or plain, dedented, pairs))
    return found


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
PYTHON = f'"{sys.executable}"'
PROGRAMS = {
    "saidmeant": f'{PYTHON} -m saidmeant.streaming "$@"',
    "python": f'{PYTHON} "$@"',
    "python3": f'{PYTHON} "$@"',
    "arecord": f'tail -c +45 "{DOCS.parent / "tests" / "data" / "think.wav"}"',
}
"""What blocks call, and what is called instead; a clip without its header stands for the microphone."""


def run_by(file: str) -> list[Block]:
    """The blocks that say so, in the order of their pages."""
    return [block for block in BLOCKS if block.attributes.get("run-by") == Path(file).name]


def write_programs(folder: Path) -> None:
    """A folder for the front of the path, so that blocks run what is tested."""
    folder.mkdir()
    for name, command in PROGRAMS.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\nexec {command}\n", encoding="utf-8")
        program.chmod(0o755)


def environment(programs: Path) -> dict[str, str]:
    """These programs come first, output is not held back, and no browser opens."""
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", "BROWSER": "true"}
