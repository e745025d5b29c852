"""Manners of speaking Korean, held against each other by how well they are understood."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from saidmeant.models import kokoro, korean_intelligibility
from saidmeant.models.korean_intelligibility import MANNERS, Listener, main, rows, spoken

FOLDER = Path(os.environ.get("SAIDMEANT_KOKORO") or kokoro.default_folder())
needs_kokoro = pytest.mark.skipif(
    not (FOLDER / "package/voices").is_dir(), reason=f"Kokoro's packages are not in {FOLDER} (see models/README.md)"
)
needs_whisper = pytest.mark.skipif(importlib.util.find_spec("faster_whisper") is None, reason="needs the extra 'peer'")


def test_a_manner_is_held_against_the_plain_one() -> None:
    found = list(rows({"plain": [1.0, 2.0], "clear": [0.5, 1.7]}))
    assert found == [("plain", "1.50", ""), ("clear", "1.10", "-0.40 ± 0.10")]


def test_without_the_synthesiser_it_says_how_to_get_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--kokoro", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "Kokoro is not in" in error
    assert "pip install" in error


@pytest.mark.parametrize("each", ["0", "7"])
def test_more_sentences_than_a_window_holds(each: str) -> None:
    with pytest.raises(SystemExit):
        main(["--each", each])


@needs_kokoro
@needs_whisper
def test_what_was_said_is_likelier_than_what_was_not() -> None:
    audio = spoken(kokoro.Kokoro(FOLDER, threads=1), ["오늘은 날씨가 좋습니다"], MANNERS["plain"], "jf_alpha")
    listener = Listener()
    assert listener.nats(audio, "오늘은 날씨가 좋습니다") < listener.nats(audio, "내일도 비가 오겠습니까")


@needs_kokoro
@needs_whisper
def test_the_command_prints_a_row_for_every_manner(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(korean_intelligibility, "VOICES", ("jf_alpha", "af_heart"))
    monkeypatch.setattr(korean_intelligibility, "MANNERS", {name: MANNERS[name] for name in ("plain", "ㅏ as a")})
    assert main(["--each", "1", "--kokoro", str(FOLDER)]) == 0
    out = capsys.readouterr().out
    assert "ㅏ as a" in out
    assert "±" in out
