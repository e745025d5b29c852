"""models/pauses.py and models/pause_traces.py: outcomes by hand, and the command on the clips that ship."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saidmeant.models import pauses
from saidmeant.models.hesitations import Pause
from saidmeant.models.pause_traces import Outcome, Trace, outcomes, segment_ends
from saidmeant.models.pauses import figures, main, percentile_interval
from saidmeant.streaming.endpoint import PRESETS, EndpointConfig, Moment


def steps(*silences: tuple[float, float]) -> tuple[Moment, ...]:
    """Silence and look of each step."""
    return tuple(Moment(320.0 * i, silence, True, look) for i, (silence, look) in enumerate(silences))


TRACE = Trace(
    "anna",
    (Pause(0.3, 1.1, False, "i think"), Pause(1.7, 4.0, True, "i think so")),
    tuple(0.32 * i for i in range(1, 12)),
    steps(
        (0, 0),
        (300, 0.0),
        (620, 0.0),
        (0, 0),
        (0, 0),
        (200, 0.5),
        (520, 0.5),
        (840, 0.5),
        (1160, 0.5),
        (1480, 0.5),
        (1800, 0.5),
    ),
)


def test_a_rule_ends_a_segment_once_in_a_silence() -> None:
    assert segment_ends(TRACE, EndpointConfig(pause_ms=600)) == pytest.approx([0.96, 2.56])
    assert segment_ends(TRACE, EndpointConfig(pause_ms=2_000)) == []
    assert segment_ends(TRACE, EndpointConfig(pause_ms=1_000, finished_pause_ms=500)) == pytest.approx([2.24])


def test_outcomes_by_hand() -> None:
    cut, wait = outcomes(TRACE, EndpointConfig(pause_ms=600))
    assert (cut.complete, cut.wait_ms) == (False, pytest.approx(660))
    assert (wait.complete, wait.wait_ms) == (True, pytest.approx(860))
    assert [o.wait_ms for o in outcomes(TRACE, EndpointConfig(pause_ms=5_000))] == [None, None]


def test_figures_by_hand() -> None:
    waits = [100.0, 200.0, 300.0, None]
    found = figures(
        [Outcome(str(i % 2), True, wait) for i, wait in enumerate(waits)]
        + [Outcome(str(i % 2), False, 500.0 if i == 0 else None) for i in range(4)]
    )
    assert (found["hesitations"], found["early_cuts"], found["pauses"], found["missed"]) == (4, 0.25, 4, 0.25)
    assert (found["wait_p50_ms"], found["wait_p90_ms"]) == (200.0, pytest.approx(280.0))
    assert found["early_cuts_interval"] == (0.0, 0.5)
    low, high = found["wait_p50_interval"]
    assert 100 <= low <= 200 <= high <= 300
    assert percentile_interval([("only", 1.0)], 50) is None
    assert figures([])["early_cuts"] is None


def test_the_command_on_the_clips_that_ship(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, bundle: str
) -> None:
    monkeypatch.setattr(
        pauses, "GRID", {"pause_ms": (1_400,), "finished_pause_ms": (400, 880), "finished_from": (0.1,)}
    )
    manifest, kept = repository / "tests" / "data" / "samples.jsonl", tmp_path / "traces.jsonl"
    command = [str(manifest), "--bundle", bundle, "--per-speaker", "2", "--traces", str(kept)]
    assert main([*command, "--json", "--curve"]) == 0
    first = json.loads(capsys.readouterr().out)
    sides = first["presets"]
    assert list(sides) == ["A", "B"]
    assert list(sides["A"]) == list(PRESETS)
    assert sides["A"]["learner"]["pauses"] == 2
    assert sides["A"]["command"]["wait_p50_ms"] < sides["A"]["dictation"]["wait_p50_ms"]
    assert {row["settings"]["pause_ms"] for row in first["curve"]} <= {1_400}

    def never(*_: object) -> Trace:
        raise AssertionError("decoded again")

    monkeypatch.setattr(pauses, "trace", never)
    assert main([*command, "--json", "--curve"]) == 0
    assert json.loads(capsys.readouterr().out) == first
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "half B" in shown
    assert "learner" in shown
    assert main([*command, "--seed", "9"]) == 1
    assert "another bundle, manifest or seed" in capsys.readouterr().err


def test_learners_are_waited_for(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], bundle: str
) -> None:
    """One utterance of each of six speakers of the development set."""
    lines = (shared_data / "speechocean762-dev.jsonl").read_text(encoding="utf-8").splitlines()
    by_speaker: dict[str, str] = {}
    for line in map(json.loads, lines):
        line["audio"] = str(shared_data / line["audio"])
        if len(line["words"]) >= 5:
            by_speaker.setdefault(line["speaker"], json.dumps(line))
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(list(by_speaker.values())[:6]), encoding="utf-8")
    assert main([str(few), "--bundle", bundle, "--per-speaker", "1", "--json"]) == 0
    sides = json.loads(capsys.readouterr().out)["presets"].values()
    cuts = {name: sum(s[name]["early_cuts"] * s[name]["hesitations"] for s in sides) for name in PRESETS}
    assert cuts["learner"] <= 2
    assert cuts["learner"] < cuts["command"]
    assert all(side["learner"]["wait_p95_ms"] <= 2_000 for side in sides)
