"""A pair of trained models gives the lines of the bundle that they were cut out of, to every command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="exports two models: pip install '.[export]'")

from documented import environment, run_by, write_programs
from foreign import write_ctc
from halves import WHOLE, trained_halves
from served import finals, serving, transcript

from saidmeant.export.pair import bundle_pair
from saidmeant.export.verify import pair_checks, sample_speech
from saidmeant.streaming import AudioFile, Recognizer
from saidmeant.streaming.bundle import load_bundle
from saidmeant.streaming.cli import main

CLIPS = ("think", "weather", "right")


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return trained_halves(tmp_path_factory.mktemp("halves"))


@pytest.fixture(scope="module")
def pair(halves: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle_pair(halves["surface"], halves["meaning"], tmp_path_factory.mktemp("pair") / "pair").folder


def manifest_of_clips(folder: Path, clips: Path) -> Path:
    """Six of the repository's clips, each by a speaker of its own."""
    objects = [json.loads(line) for line in (clips / "samples.jsonl").read_text(encoding="utf-8").splitlines()[:6]]
    for number, each in enumerate(objects):
        each |= {"audio": str(clips / each["audio"]), "speaker": f"speaker {number}"}
    target = folder / "some.jsonl"
    target.write_text("".join(json.dumps(each) + "\n" for each in objects), encoding="utf-8")
    return target


def told(recognizer: Recognizer, clips: Sequence[Path]) -> list[tuple[str, str]]:
    finals = [final for clip in clips for final in recognizer.transcribe(AudioFile(clip))]
    return [(final.surface.text, final.meaning.text) for final in finals]


def test_both_lines_are_those_of_the_whole(pair: Path, repository: Path) -> None:
    """One lexicon, one language model, the same weights in the same precision."""
    clips = [repository / "tests" / "data" / f"{name}.wav" for name in CLIPS]
    for model in ("shipped", None):
        first, second = (Recognizer.load(name, language_model=model) for name in (pair, WHOLE))
        assert told(first, clips) == told(second, clips)
    failed = [check for check in pair_checks(load_bundle(pair), sample_speech()) if not check.passed]
    assert failed == []


def test_the_documented_commands(halves: dict[str, Path], sample: Path, tmp_path: Path) -> None:
    for head, name in (("surface", "my-phones"), ("meaning", "my-words")):
        (tmp_path / name).symlink_to(halves[head])
    (tmp_path / "take1.wav").symlink_to(sample)
    write_programs(tmp_path / "bin")
    (block,) = run_by(__file__)
    ended = subprocess.run(
        ["bash", "-euc", block.code], cwd=tmp_path, env=environment(tmp_path / "bin"),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "as the meaning alone" in ended.stdout
    assert "FAILED" not in ended.stdout
    assert re.search(r"meant +\w+", ended.stdout)


def test_it_is_served(pair: Path, sample: Path) -> None:
    recognizer = Recognizer.load(pair)
    with serving(recognizer) as served:
        updates = finals(transcript(served.socket, sample))
    wanted = [final.as_dict() for final in recognizer.transcribe(AudioFile(sample))]
    assert [update["meaning"]["text"] for update in updates] == [final["meaning"]["text"] for final in wanted]
    assert [update["surface"]["text"] for update in updates] == [final["surface"]["text"] for final in wanted]
    assert updates[0]["spans"]


def test_it_is_calibrated_and_evaluated(
    pair: Path, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "pair"
    shutil.copytree(pair, copy)
    clips = str(manifest_of_clips(tmp_path, repository / "tests" / "data"))
    assert main(["calibrate", str(copy), clips]) == 0
    assert "expected calibration error" in capsys.readouterr().out
    fitted = load_bundle(copy).manifest.calibration
    assert len(fitted.phones) == len(fitted.words) == 16
    assert main(["evaluate", "--bundle", str(copy), "--json", clips]) == 0
    assert 0 < json.loads(capsys.readouterr().out)["meaning_wer"] < 1


def test_it_is_profiled(pair: Path, sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "--quick", "--json", "--bundle", str(pair), str(sample)]) == 0
    profile = json.loads(capsys.readouterr().out)
    assert profile["real_time_factor"] > 0
    assert all(profile["percentiles_ms"][name]["p50"] > 0 for name in ("encoder per chunk", "filter bank per chunk"))


def test_a_half_from_elsewhere_gets_no_confidences_by_calibration(
    halves: dict[str, Path], repository: Path, tmp_path: Path, sample: Path
) -> None:
    """Its tokens have none, and a table would make some up."""
    pair = bundle_pair(halves["surface"], write_ctc(tmp_path / "ctc"), tmp_path / "pair").folder
    assert main(["calibrate", str(pair), str(manifest_of_clips(tmp_path, repository / "tests" / "data"))]) == 0
    fitted = load_bundle(pair).manifest.calibration
    assert (len(fitted.phones), fitted.words) == (16, ())
    (final,) = Recognizer.load(pair).transcribe(AudioFile(sample))
    assert {word.confidence for word in final.meaning.words} == {0.0}
    assert min(phone.confidence for phone in final.surface.tokens) > 0.0
