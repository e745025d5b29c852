"""Tables and thresholds from half A, figures from half B, into the manifest; the model stays as it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from saidmeant.export.calibration import (
    FEWEST_ALARMS,
    MOST_DOUBT,
    PRECISION,
    correct_up_to,
    different_from,
    table,
)
from saidmeant.models.confidences import calibrated, plain
from saidmeant.models.records import Record
from saidmeant.models.statistics import calibrate
from saidmeant.models.verdicts import TRUTHS, JudgedWord
from saidmeant.streaming import Recognizer
from saidmeant.streaming.bundle import load_bundle
from saidmeant.streaming.cli import main
from saidmeant.streaming.hypothesis import Token, Word
from saidmeant.streaming.verdict import Against, Calibration

LEVELS = tuple((level + 0.5) / 16 for level in range(16))


def word(doubt: float, wrong: bool, differs: bool = True) -> JudgedWord:
    return JudgedWord("somebody", Against(doubt, 0.0, 0.0, differs), 1.0, dict.fromkeys(TRUTHS, wrong))


def test_a_table_makes_overconfidence_honest() -> None:
    rng = np.random.default_rng(1)
    raw = [float(p) for p in rng.choice(LEVELS, 20_000)]
    right = [bool(rng.random() < p**2) for p in raw]  # right less often than it says
    fitted = table(list(zip(raw, right, strict=True)), LEVELS)
    assert list(fitted) == sorted(fitted)
    assert np.abs(np.array(fitted) - np.array(LEVELS) ** 2).max() < 0.04
    told = [fitted[LEVELS.index(p)] for p in raw]
    before, after = calibrate(raw, right), calibrate(told, right)
    assert before is not None
    assert after is not None
    assert before.error > 0.1
    assert after.error < 0.02


def test_levels_that_never_came_keep_what_the_model_says() -> None:
    fitted = table([(LEVELS[15], True)] * 3, LEVELS)
    assert fitted[:15] == pytest.approx(LEVELS[:15], abs=1e-4)
    assert table([], LEVELS) == ()


def test_different_begins_where_it_is_right_often_enough() -> None:
    sure = [word(10 + i / 100, True) for i in range(30)]
    mixed = [word(5 + i / 100, i % 3 == 0) for i in range(60)]
    hidden = [word(20, False, differs=False)] * 50  # never called different, so no false alarm either
    threshold = different_from([*sure, *mixed, *hidden])
    called = [each for each in [*sure, *mixed] if each.against.evidence >= threshold]
    assert len(called) > len(sure)
    assert sum(each.wrong["wrong"] for each in called) / len(called) >= PRECISION
    assert different_from(mixed) == float("inf")
    assert different_from(sure[: FEWEST_ALARMS - 1]) == float("inf")


def test_equal_evidence_is_called_alike() -> None:
    words = [word(3.0, i < 30) for i in range(50)]  # 60 % right, all or none
    assert different_from(words) == float("inf")


def test_few_mispronounced_words_pass_as_correct() -> None:
    words = [word(i / 10, True) for i in range(21)] + [word(0.0, False)] * 40
    unread = [word(0.0, True, differs=False)] * 40  # correct in any case
    assert correct_up_to([*words, *unread]) == pytest.approx(0.1)
    assert correct_up_to([word(float(i), True) for i in range(2, 9)]) == MOST_DOUBT
    assert correct_up_to(unread) == 0.0


def test_a_record_is_told_as_the_calibrated_bundle_would() -> None:
    record = Record((Token("S", 0.0, 0.1, LEVELS[3]),), (Word("so", 0.0, 0.1, 0.5),), 1.0, 0.1)
    fitted = Calibration(phones=tuple(p / 2 for p in LEVELS), words=tuple(p / 4 for p in LEVELS))
    told = calibrated(record, LEVELS, fitted)
    assert told.phones is not None
    assert told.words is not None
    assert told.phones[0].confidence == LEVELS[3] / 2
    assert told.words[0].confidence == pytest.approx(0.125)


def test_the_command_writes_the_manifest_and_nothing_else(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(load_bundle("en-base").folder, bundle)
    lines = (repository / "tests" / "data" / "samples.jsonl").read_text(encoding="utf-8").splitlines()[:6]
    folder = repository / "tests" / "data"
    objects = [json.loads(line) for line in lines]
    for number, each in enumerate(objects):
        each |= {"audio": str(folder / each["audio"]), "speaker": f"speaker {number}"}
    manifest = tmp_path / "some.jsonl"
    manifest.write_text("".join(json.dumps(each) + "\n" for each in objects), encoding="utf-8")
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}
    assert main(["calibrate", str(bundle), str(manifest), "--records", str(tmp_path / "records")]) == 0
    assert "expected calibration error, half B" in capsys.readouterr().out
    changed = [path.name for path in bundle.iterdir() if path.read_bytes() != before[path.name]]
    fitted = load_bundle(bundle).manifest.calibration
    assert changed == ["manifest.yaml"]
    assert len(fitted.phones) == len(fitted.words) == 16
    assert plain(Recognizer.load(bundle)).bundle.manifest.calibration == Calibration()
    # the same again from the records, although the bundle is calibrated now
    assert main(["calibrate", str(bundle), str(manifest), "--records", str(tmp_path / "records")]) == 0
    assert load_bundle(bundle).manifest.calibration == fitted
    assert Recognizer.load(bundle).bundle.manifest.calibration == fitted


def test_a_shipped_bundle_is_calibrated_as_a_copy(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name is no folder; one of that name in the working folder would be meant."""
    monkeypatch.chdir(tmp_path)
    shipped = load_bundle("en-base").folder / "manifest.yaml"
    before = shipped.read_bytes()
    assert main(["calibrate", "en-base", str(repository / "tests" / "data" / "samples.jsonl")]) == 1
    assert "not found" in capsys.readouterr().err
    assert shipped.read_bytes() == before
