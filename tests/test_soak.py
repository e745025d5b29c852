"""Long sessions: memory stays flat, no segment is lost, and slicing and length change nothing."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from soak import KINDS, RATE, mixed_audio, sliced

from saidmeant.streaming import Recognizer

SOAK = Path(__file__).with_name("soak.py")
SEED = 20261123
FIRST_SECONDS = 60
MOST_GROWTH = 5e6  # bytes after the first minute
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")


def output(command: list[str], audio: Iterator[np.ndarray]) -> bytes:
    """What a process prints that is given audio; it must end well and have nothing to complain about."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin
    with contextlib.suppress(BrokenPipeError):  # it ended early, and says below why
        for stretch in audio:
            process.stdin.write(stretch.tobytes())
    out, errors = process.communicate()
    assert (process.returncode, errors) == (0, b"")
    return out


def soak(seconds: int, bundle: str, recognizer: Recognizer, repository: Path, real: Path | None, folder: Path) -> None:
    """One session of so many seconds in a process of its own, against one transcription of the same audio."""
    finals = folder / "finals.jsonl"
    command = [sys.executable, str(SOAK), bundle, str(SEED), str(finals)]
    report = json.loads(output(command, mixed_audio(seconds, SEED, repository, real)))
    memory = np.array(report["memory"])
    growth = int(memory[FIRST_SECONDS:].max() - memory[FIRST_SECONDS])
    again = recognizer.transcribe(mixed_audio(seconds, SEED, repository, real))
    kept = finals.read_text(encoding="utf-8").splitlines()
    words = sum(len(update.meaning.words) for update in again)
    print(
        f"\n{report['seconds']:.0f} s of {'real' if real else 'shipped'} speech, music, noise, silence, clipping: "
        f"{len(kept)} segments, {report['partials']} partial updates, {words} words;\n"
        f"memory {memory[FIRST_SECONDS] / 1e6:.1f} MB after a minute, {memory.max() / 1e6:.1f} MB at most, "
        f"{memory[-1] / 1e6:.1f} MB in the end"
    )
    assert report["seconds"] == pytest.approx(seconds)
    assert len(kept) >= seconds / 60
    assert [json.loads(line) for line in kept] == [json.loads(json.dumps(update.as_dict())) for update in again]
    assert [update.segment for update in again] == list(range(len(again)))
    assert growth <= MOST_GROWTH, f"{growth / 1e6:.1f} MB more after the first minute"


@linux
def test_two_minutes(bundle: str, recognizer: Recognizer, repository: Path, tmp_path: Path) -> None:
    soak(100, bundle, recognizer, repository, None, tmp_path)


@linux
@pytest.mark.long
def test_an_hour_of_shipped_clips(bundle: str, recognizer: Recognizer, repository: Path, tmp_path: Path) -> None:
    soak(3_600, bundle, recognizer, repository, None, tmp_path)


@linux
@pytest.mark.long
def test_an_hour_of_real_speech(
    bundle: str, recognizer: Recognizer, repository: Path, shared_data: Path, tmp_path: Path
) -> None:
    soak(3_600, bundle, recognizer, repository, shared_data, tmp_path)


def test_the_material_is_what_it_says(repository: Path) -> None:
    """Every kind occurs in a hundred seconds, and slices are the same audio."""
    stretches = list(mixed_audio(100.0, SEED, repository))
    whole = np.concatenate(stretches)
    assert len(whole) == 100 * RATE
    assert len(stretches) > 2 * len(set(KINDS))
    assert np.count_nonzero(np.abs(whole) >= 1.0) > 1_000, "nothing clips"
    assert np.count_nonzero(whole == 0) > RATE, "nothing is silent"

    pieces = list(sliced(io.BytesIO(whole.tobytes()), 1))
    assert {len(piece) for piece in pieces} > {0, 1, 160}
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
