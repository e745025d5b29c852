"""A fresh installation, as the fixture ``fresh_install`` makes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FreshInstall:
    """A copy of the working tree in which the README's first command has run."""

    folder: Path
    output: str
    """What the command printed."""

    @property
    def python(self) -> Path:
        """The interpreter of its virtual environment."""
        return self.folder / ".venv" / "bin" / "python"
