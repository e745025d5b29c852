"""Bundles that are only a preview: every command that loads one says why, once, on stderr."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import suppress

from .bundle import MANIFEST, Manifest, find_folder, read_manifest, shipped_folder
from .errors import BundleError

CARDS = "cards"
NAMED_BY = ("bundle", "surface", "meaning", "variant")
"""Arguments of the command that name bundles."""


def preview_notices(arguments: argparse.Namespace) -> Iterator[str]:
    """One line for each preview among the bundles that a command names."""
    named = [value for name in NAMED_BY if (value := getattr(arguments, name, None))]
    flat = [each for value in named for each in (value if isinstance(value, list) else [value])]
    for name in dict.fromkeys(map(str, flat)):
        with suppress(BundleError):  # whoever loads it says what is wrong
            notice = preview_notice(read_manifest(find_folder(name) / MANIFEST))
            if notice:
                yield notice


def preview_notice(manifest: Manifest) -> str:
    """``ko-base is a preview: why (its card)``; empty for a bundle that is none."""
    if not manifest.preview:
        return ""
    card = shipped_folder().parent / CARDS / f"{manifest.name}.md"
    more = f" (see models/cards/{card.name})" if card.exists() else ""
    return f"{manifest.name} is a preview: {manifest.preview}{more}"
