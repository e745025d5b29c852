"""Code blocks of the documentation, as tests/test_docs.py runs them.

A fence may say in attributes what its block is: ``not-run="why"`` (not run, and counted), ``needs="gcc make"``
(programs without which it is skipped), ``reads="recipe"`` (not run but read by that reader),
``run-by="test_kotlin.py"`` (run by that file).
"""

from __future__ import annotations

import re
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
