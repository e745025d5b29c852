"""Damaged and odd files: an error of ours or a result; never another exception, the end of the process, or a hang.

A few seconds each in the normal run; 100,000 inputs with ``python -m pytest -m long tests/test_fuzz.py -s``.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from fuzz_targets import TARGETS, Originals, Target, good_files
from fuzzing import fuzz

pytestmark = pytest.mark.skipif(os.name == "nt", reason="hangs are found with an alarm, which Windows does not have")
SHORT, LONG = 60, 100_000
SHARES = sum(target.share for target in TARGETS.values())


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    return good_files(tmp_path_factory.mktemp("originals"))


def tried(target: Target, originals: Originals, folder: Path, count: int) -> tuple[int, int, float]:
    """How many inputs there were, how many were refused with an error of ours, and the slowest one's seconds."""
    path, refused = folder / f"file{target.suffix}", 0

    def check(data: bytes) -> None:
        nonlocal refused
        path.write_bytes(data)
        try:
            target.read(path, originals)
        except target.errors:
            refused += 1

    number, slowest = fuzz(check, target.makers(originals), count)
    return number, refused, slowest


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_as_it_should_be_is_read(name: str, originals: Originals, tmp_path: Path) -> None:
    """Otherwise the damaged ones would be refused for a reason of no interest."""
    target = TARGETS[name]
    for data in target.good(originals):
        path = tmp_path / f"file{target.suffix}"
        path.write_bytes(data)
        target.read(path, originals)


@pytest.mark.parametrize("name", TARGETS)
def test_some_inputs(name: str, originals: Originals, tmp_path: Path) -> None:
    number, refused, _ = tried(TARGETS[name], originals, tmp_path, SHORT)
    assert number >= SHORT
    assert refused > SHORT / 10


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
def test_many_inputs(name: str, originals: Originals, tmp_path: Path) -> None:
    """Over all targets at least LONG."""
    began = time.monotonic()
    count = -int(-LONG * TARGETS[name].share // SHARES)
    number, refused, slowest = tried(TARGETS[name], originals, tmp_path, count)
    seconds = time.monotonic() - began
    print(f"\n{name}: {number} inputs, {refused} refused, {slowest:.2f} s the slowest, {seconds:.0f} s in all")
    assert number >= count
