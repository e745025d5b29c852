"""What mkdocs.yml hooks into the build: docstrings are reStructuredText, the site is Markdown."""

from __future__ import annotations

import re

ROLE = re.compile(r":(?:class|meth|func|data|attr|mod):(?=<code>)")


def on_page_content(html: str, **_: object) -> str:
    """A role before a name in code says nothing to a reader of the site."""
    return ROLE.sub("", html)
