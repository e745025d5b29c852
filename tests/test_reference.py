"""The reference text of the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saidmeant.streaming.cli import main

Captured = pytest.CaptureFixture[str]


def transcribed(sample: Path, bundle: str, capsys: Captured, *options: str) -> dict[str, object]:
    assert main(["transcribe", "--json", "--bundle", bundle, *options, str(sample)]) == 0
    reading: dict[str, object] = json.loads(capsys.readouterr().out)["reading"]
    return reading


def test_three_ways_to_give_it(tmp_path: Path, sample: Path, bundle: str, capsys: Captured) -> None:
    file = tmp_path / "text.txt"
    file.write_text("I think\n\nthis is right.\n", encoding="utf-8")
    given = transcribed(sample, bundle, capsys, "--reference", "I think this is right.")
    assert given["position"] == 5
    assert transcribed(sample, bundle, capsys, "--reference", f"@{file}") == given
    assert transcribed(sample, bundle, capsys, "--reference-file", str(file)) == given


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--reference", "?"], "--reference has no words"),
        (["--reference-file", "missing.txt"], "cannot read the reference missing.txt"),
        (["--reference", "@missing.txt"], "cannot read the reference missing.txt"),
        (["--reference", "a", "--reference-file", "b"], "not allowed with argument"),
    ],
)
def test_what_is_wrong_is_said(options: list[str], message: str, sample: Path, bundle: str, capsys: Captured) -> None:
    assert main(["transcribe", "--bundle", bundle, *options, str(sample)]) == 2
    assert message in capsys.readouterr().err


def test_an_empty_file_is_refused(tmp_path: Path, sample: Path, bundle: str, capsys: Captured) -> None:
    file = tmp_path / "empty.txt"
    file.write_text("\n", encoding="utf-8")
    assert main(["transcribe", "--bundle", bundle, "--reference-file", str(file), str(sample)]) == 2
    assert "one sentence per line" in capsys.readouterr().err
