"""``manifest.yaml`` of a bundle, written."""

from __future__ import annotations

import dataclasses
from pathlib import Path, PureWindowsPath
from typing import Any

import yaml

from saidmeant.streaming.bundle import MANIFEST, Manifest

BUNDLE_PREFIX = "bundle:"
"""Of models/initialise.py, which needs torch; this module does not."""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """``manifest.yaml``, readable and in the order of the dataclass."""
    text = yaml.safe_dump(listed(dataclasses.asdict(manifest)), sort_keys=False, allow_unicode=True, width=120)
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def origin(initialisation: str) -> str:
    """Where the first weights came from: ``bundle:NAME``, a name, or a file's name alone.

    A recipe says where they lie on the machine that trained, and that is nobody else's business.
    """
    prefix = BUNDLE_PREFIX if initialisation.startswith(BUNDLE_PREFIX) else ""
    path = PureWindowsPath(initialisation.removeprefix(prefix))  # knows both kinds of slashes
    return prefix + (path.name or "unnamed")


def listed(value: Any) -> Any:
    """Plain values with lists for tuples, as YAML has them."""
    if isinstance(value, dict):
        return {key: listed(item) for key, item in value.items()}
    return [listed(item) for item in value] if isinstance(value, (list, tuple)) else value
