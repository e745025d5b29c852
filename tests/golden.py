"""Reads the golden vectors of examples/golden; their README has the format."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "examples" / "golden"
VECTORS = sorted(path for path in GOLDEN.glob("*.txt"))


@dataclass
class Stream:
    """Tokens with their times by step, and what they must become."""

    origin: int
    steps: list[list[tuple[str, float]]] = field(default_factory=lambda: [[]])
    expected: list[list[str]] = field(default_factory=list)


@dataclass
class Vector:
    """One file; the settings are the fields of its first lines."""

    settings: dict[str, list[str]] = field(default_factory=dict)
    streams: list[Stream] = field(default_factory=list)


def read_vector(path: Path) -> Vector:
    vector = Vector()
    for line in path.read_text(encoding="utf-8").splitlines():
        key, *fields = line.split("\t")
        if key == "stream":
            vector.streams.append(Stream(int(fields[0])))
        elif not vector.streams:
            vector.settings[key] = fields
        elif key == "token":
            vector.streams[-1].steps[-1].append((fields[0], float(fields[1])))
        elif key == "step":
            vector.streams[-1].steps.append([])
        else:
            vector.streams[-1].expected.append([key, *fields])
    return vector
