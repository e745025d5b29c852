"""A bundle that is only a preview says so, once, whatever loads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import korean_model, tiny_bundle

from saidmeant.streaming import Bundle
from saidmeant.streaming.bundle import load_bundle
from saidmeant.streaming.cli import main
from saidmeant.streaming.listing import table
from saidmeant.streaming.preview import preview_notice

NOTICE = "tiny is a preview: it has learned nothing"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("korean")
    return tiny_bundle(folder, korean_model(), language="ko", preview="it has learned nothing")


def test_the_manifest_says_why(bundle: Bundle) -> None:
    assert preview_notice(load_bundle(bundle.folder).manifest) == NOTICE
    assert preview_notice(load_bundle("en-base").manifest) == ""


def test_the_list_marks_it(bundle: Bundle) -> None:
    names = list(table([bundle, load_bundle("en-base")]).columns[0].cells)
    assert names == ["tiny (preview)", "en-base"]


@pytest.mark.parametrize("kind", ["text", "json", "srt", "vtt", "textgrid", "csv"])
def test_transcribe_says_so_once_and_writes_hangul(
    kind: str, bundle: Bundle, sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transcribe", "--bundle", str(bundle.folder), "--format", kind, str(sample)]) == 0
    shown = capsys.readouterr()
    assert shown.err.count(NOTICE) == 1
    assert any("가" <= letter <= "힣" for letter in shown.out)


def test_what_english_alone_has_is_refused_in_words(
    bundle: Bundle, sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["transcribe", "--bundle", str(bundle.folder), str(sample)]
    assert main([*command, "--phones", "ipa"]) == 2
    assert "'ipa' does not write this language (ko)" in capsys.readouterr().err
    assert main([*command, "--lexicon", str(tmp_path / "own.txt")]) == 2
    assert "takes no lexicon" in capsys.readouterr().err
    assert main([*command, "--reference", "3월에"]) == 2
    assert "write numbers and foreign words as they are said" in capsys.readouterr().err


def test_a_bundle_that_is_none_says_nothing(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", str(sample)]) == 0
    assert "preview" not in capsys.readouterr().err


def test_one_that_cannot_be_loaded_is_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", "--bundle", str(tmp_path), "take.wav"]) == 1
    assert capsys.readouterr().err.count("saidmeant:") == 1
