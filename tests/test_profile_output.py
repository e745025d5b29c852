"""The profile on paper: page, comparison, manifests, machine, sessions side by side, speeds."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from saidmeant.streaming import Recognizer, UsageError
from saidmeant.streaming.capacity import capacity, worst_lag
from saidmeant.streaming.machine import this_machine
from saidmeant.streaming.profile_clips import read_clip, read_clips, shipped_clip, shipped_sample, shipped_times
from saidmeant.streaming.profile_comparison import compare, read_profile, warnings
from saidmeant.streaming.profile_page import page, write_page
from saidmeant.streaming.profile_report import DEFINITIONS, Profile, caption
from saidmeant.streaming.profiler import Request, Speed, speeds

STEPS = [20.0 + 0.1 * (i % 17) for i in range(60)]
PROFILE = Profile(
    bundle="en-base", threads=1, chunk_ms=320, look_ahead_ms=160, files=1, audio_seconds=10.0, real_time_factor=0.07,
    cpu_per_second=0.07, chunk_p50_ms=21, chunk_p95_ms=22, chunk_max_ms=22, flush_ms=50, cold_start_ms=700,
    peak_memory_mb=180, size_mb=34, machine=this_machine(),
    samples={"word latency": [400.0, 500.0, 600.0], "compute per chunk": STEPS, "Python per chunk": STEPS},
    times_from=("espeak <1.51>",), true_words=4, speeds=(Speed("en-base", 320, 1, 0.07, 0.07),),
)  # fmt: skip


def slowed(factor: float) -> Profile:
    return dataclasses.replace(PROFILE, samples={**PROFILE.samples, "compute per chunk": [factor * s for s in STEPS]})


def test_a_slower_profile_is_called_slower_and_a_like_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(PROFILE.as_dict()))
    old = read_profile(path)
    assert {change.verdict for change in compare(old, PROFILE)} == {""}
    assert warnings(old, PROFILE) == []
    for factor, verdict in ((1.3, "slower"), (0.8, "faster"), (1.001, "")):
        found = {(c.figure, c.percent): c for c in compare(old, slowed(factor))}
        change = found["compute per chunk", 50]
        assert change.verdict == verdict
        assert change.low <= change.now - change.before <= change.high
        assert found["word latency", 50].verdict == ""
    assert "threads" in warnings(old, dataclasses.replace(PROFILE, threads=2))[0]


def test_what_is_no_profile_is_refused(tmp_path: Path) -> None:
    for text in ("", "[]", '{"samples": 3}'):
        (tmp_path / "old.json").write_text(text)
        with pytest.raises(UsageError, match=r"old\.json"):
            read_profile(tmp_path / "old.json")


def test_the_page_has_plots_tables_and_definitions_and_fetches_nothing(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the page needs the extra 'profile'")
    write_page(PROFILE, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 3
    assert "espeak &lt;1.51&gt;" in text
    for figure in (*PROFILE.samples, "real-time factor"):
        assert figure in text
    for meaning in DEFINITIONS.values():
        assert meaning.split(";")[0].replace("'", "&#x27;") in text
    assert "<script" not in text
    assert "src=" not in text


def test_the_page_needs_no_plots() -> None:
    assert "<svg" not in page(PROFILE, [])


def test_the_caption_says_what_counts_and_where_times_come_from() -> None:
    assert "3 of 4 words" in caption(PROFILE)
    assert "espeak" in caption(PROFILE)
    assert "nobody said when" in caption(dataclasses.replace(PROFILE, times_from=()))


def test_a_busy_machine_is_mentioned() -> None:
    machine = dataclasses.replace(this_machine(), cores=2, load=1.9)
    assert "BUSY" in str(machine)
    assert "BUSY" not in str(dataclasses.replace(machine, load=0.2))
    assert machine.processor


def test_one_session_is_heard_in_time_or_not_at_all(recognizer: Recognizer) -> None:
    clip = read_clip(shipped_sample(), recognizer.bundle.manifest.chunk_ms)
    assert worst_lag(recognizer, clip, 2, 1.0) > 0
    found = capacity(recognizer, clip, seconds=0.5, most=2)
    assert set(found.worst_lag_ms) <= {1, 2}
    assert found.sessions <= 2


def test_chunk_lengths_without_a_bundle_are_named(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saidmeant.streaming.profiler.ROUNDS", 1)
    monkeypatch.setattr("saidmeant.streaming.profiler.SPEED_THREADS", (1, 2))
    missing: list[str] = []
    clip = read_clip(shipped_sample(), recognizer.bundle.manifest.chunk_ms)
    found = speeds(recognizer, clip, Request(bundle=str(recognizer.bundle.folder)), missing)
    assert [speed.threads for speed in found] == [1, 2]
    assert len(missing) == 2
    assert "saidmeant export CHECKPOINT" in missing[0]


@pytest.mark.parametrize(
    "line", ["{", '{"text": "a"}', '{"audio": "a.wav", "timing": {"source": "me"}}', '{"audio": 3}', "[]"]
)
def test_a_bad_line_of_a_manifest_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.jsonl").write_text(f"\n{line}\n")
    with pytest.raises(UsageError, match=r"bad\.jsonl, line 2"):
        read_clips([tmp_path / "bad.jsonl"], 320)


def test_a_language_is_profiled_with_speech_of_its_own() -> None:
    assert shipped_clip("en") == shipped_times()
    assert shipped_clip("ko") == shipped_sample("ko") != shipped_sample()
    assert read_clip(shipped_clip("ko"), 320).seconds > 2
