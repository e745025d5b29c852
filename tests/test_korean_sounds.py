"""The command that shows how Korean is said."""

from __future__ import annotations

import io
import json
import shlex

import pytest

from saidmeant.models import korean_sounds

Capture = pytest.CaptureFixture[str]


def test_what_its_help_shows_is_what_it_prints(capsys: Capture) -> None:
    lines = [
        line.removeprefix("    ") for line in (korean_sounds.__doc__ or "").splitlines() if line.startswith("    ")
    ]
    commands = [shlex.split(line)[4:] for line in lines if line.startswith("$ ")]
    assert len(commands) == 2
    for arguments in commands:
        assert korean_sounds.main(arguments) == 0
    assert capsys.readouterr().out.splitlines() == [line for line in lines if not line.startswith("$ ")]


def test_json(capsys: Capture) -> None:
    assert korean_sounds.main(["--json", "냇가", "나"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [way["text"] for way in first["said"]] == ["내까", "낻까"]
    assert first["said"][0]["rules"] == [{"rule": "사이시옷", "article": "30", "syllable": 0}]
    assert second["said"] == [{"text": "나", "units": ["\u1102", "\u1161"], "rules": []}]


def test_lines_of_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("국밥\n\n나무\n"))
    assert korean_sounds.main([]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [["국밥", "국빱"], ["나무", "나무"]]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("어머니", "어머니    어머니    as spelled"),
        ("오머니", "어머니    오머니    deviant: vowel merger ㅓ>ㅗ"),
        ("어머니크", "어머니    어머니크  deviant: other +ㅋ, vowel insertion +ㅡ"),
    ],
)
def test_comparison(said: str, line: str, capsys: Capture) -> None:
    assert korean_sounds.main(["어머니", "--said", said]) == 0
    assert capsys.readouterr().out == f"{line}\n"


@pytest.mark.parametrize("arguments", [["3개"], ["나", "--said", "na"]])
def test_faults_are_told_in_a_line(arguments: list[str], capsys: Capture) -> None:
    assert korean_sounds.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("saidmeant: ")
    assert captured.err.count("\n") == 1
