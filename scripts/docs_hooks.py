"""What mkdocs.yml hooks into the build: docstrings are reStructuredText, the site is Markdown."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from saidmeant import streaming

ROLE = re.compile(r":(?:class|meth|func|data|attr|mod):(?=<code>)")


def on_startup(**_: object) -> None:
    """The reference is read from files in a folder ``saidmeant``; an editable installation has none and gets one."""
    package = Path(streaming.__file__).parent
    if package.parent.name == "saidmeant":
        return
    folder = Path(tempfile.mkdtemp(prefix="saidmeant-docs-"))
    (folder / "saidmeant").mkdir()
    (folder / "saidmeant" / package.name).symlink_to(package)
    sys.path.insert(0, str(folder))


def on_page_content(html: str, **_: object) -> str:
    """A role before a name in code says nothing to a reader of the site."""
    return ROLE.sub("", html)
