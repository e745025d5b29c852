"""Where training and export keep what can be computed again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/saidmeant``, by default ``~/.cache/saidmeant``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "saidmeant"
