"""The Python lane code passes the vectors that every other language must pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden import VECTORS, Stream, Vector, read_vector

from saidmeant.streaming.hypothesis import Token, Word
from saidmeant.streaming.lanes import LaneSplitter
from saidmeant.streaming.lines import Clock, Scale, meaning_line, surface_line
from saidmeant.streaming.verdict import Calibration


def numbers(vector: Vector, name: str) -> tuple[float, ...]:
    return tuple(float(value) for value in vector.settings.get(name, ()))


def found(vector: Vector, stream: Stream) -> list[tuple[str, str, list[float]]]:
    splitter = LaneSplitter(vector.settings["lanes"])
    fed: list[tuple[str, float]] = []
    for step in stream.steps:
        fed += step
        splitter.feed([symbol for symbol, _ in fed], [time for _, time in fed])
    frame_ms, look_ahead_ms = (int(vector.settings[name][0]) for name in ("frame_ms", "look_ahead_ms"))
    clock = Clock(stream.origin - look_ahead_ms // frame_ms, frame_ms / 1000, float(vector.settings["seconds"][0]))
    tables = Calibration(phones=numbers(vector, "phones"), words=numbers(vector, "words"))
    scale = Scale(numbers(vector, "levels"), tables)
    surface = surface_line(splitter.runs["surface"], clock, scale, final=True)
    meaning = meaning_line(splitter.runs["meaning"], clock, scale, final=True)
    lines: list[tuple[str, tuple[Token | Word, ...]]] = [
        ("phone", surface.tokens),
        ("character", meaning.tokens),
        ("word", meaning.words),
    ]
    items = [(kind, item.text, [item.start, item.end, item.confidence]) for kind, line in lines for item in line]
    return [*items, ("said", surface.text, []), ("meant", meaning.text, [])]


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_python_passes(path: Path) -> None:
    vector = read_vector(path)
    assert vector.streams
    for stream in vector.streams:
        is_found = found(vector, stream)
        assert [(kind, text) for kind, text, _ in is_found] == [(kind, text) for kind, text, *_ in stream.expected]
        for (kind, text, values), (*_, expected) in zip(is_found, ([[*e[2:]]] for e in stream.expected), strict=True):
            assert values == pytest.approx([float(value) for value in expected], abs=1e-6), (kind, text)


def test_there_are_vectors_for_every_purpose() -> None:
    assert {path.stem for path in VECTORS} == {"edges", "think", "weather"}
    vectors = {path.stem: read_vector(path) for path in VECTORS}
    assert [stream.origin > 0 for stream in vectors["weather"].streams] == [False, True]
    assert "phones" not in vectors["edges"].settings
    assert {"phones", "words"} <= set(vectors["think"].settings)
