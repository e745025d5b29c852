"""Gaps: lost audio is noticed, ends the segment, keeps the time, and is marked wherever the result is shown."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tiny import noise, tiny_bundle, tiny_model

from saidmeant.streaming import EndpointConfig, Gap, Recognizer, Update, UsageError, to_csv, to_srt, to_textgrid
from saidmeant.streaming.display import render
from saidmeant.streaming.gaps import LEAST_SECONDS, LossMeter
from saidmeant.streaming.recording import Recording
from saidmeant.streaming.screen import JsonScreen, PlainScreen

Samples = NDArray[np.float32]
BLOCK = 0.1  # seconds
FRAME = 0.04  # seconds: times are on its grid, counted from the start of the session
BEGAN = datetime(2026, 2, 28, 14, 3, 7, tzinfo=timezone.utc)


def measured(times: list[float], overflows: frozenset[int] = frozenset()) -> dict[int, float]:
    """What a meter finds missing, by block, when blocks of 0.1 s come at these times."""
    meter = LossMeter()
    found = {i: meter.hear(time, BLOCK, i in overflows) for i, time in enumerate(times)}
    return {i: seconds for i, seconds in found.items() if seconds}


def on_time(count: int, start: float = 100.0, *, drift: float = 1.0, jitter: float = 0.0) -> list[float]:
    rng = np.random.default_rng(1)
    return [start + BLOCK * i * drift + float(rng.uniform(0, jitter)) for i in range(count)]


def test_jitter_and_clocks_that_drift_apart_are_no_loss() -> None:
    assert measured(on_time(36_000, drift=1.0002, jitter=0.4)) == {}  # an hour; real clocks: 0.0001 at most
    assert measured(on_time(36_000, drift=0.9998, jitter=0.4)) == {}


@pytest.mark.parametrize("stop", [0.6, 3.0, 60.0])
def test_a_burst_that_brings_everything_is_no_loss(stop: float) -> None:
    count = round(stop / BLOCK)
    late = [105.0 + stop] * count
    assert measured([*on_time(50), *late, *on_time(50, 105.0 + stop)]) == {}


@pytest.mark.parametrize("lost", [0.3, 2.0, 60.0])
def test_what_a_burst_does_not_bring_is_found_within_a_second(lost: float) -> None:
    burst = [108.0] * round(1.0 / BLOCK)  # a second of it was buffered
    found = measured([*on_time(50), *burst, *on_time(50, 107.0 + lost)]) if lost > 1 else {}
    if not found:
        found = measured([*on_time(50), *on_time(50, 105.6 + lost)])
        assert sum(found.values()) == pytest.approx(lost + 0.6)
    else:
        assert sum(found.values()) == pytest.approx(lost + 1.0)
    (block,) = found
    assert 50 < block <= 50 + len(burst) + 12


def test_what_the_driver_reports_is_found_at_once_and_once() -> None:
    times = [*on_time(50), *on_time(50, 105.35)]
    assert measured(times, frozenset({50})) == {50: pytest.approx(0.35)}
    assert measured(times) == {}, "no stall, nobody said anything: jitter"
    assert measured(on_time(100), frozenset({50})) == {}, "less than can be told from jitter"


def test_two_losses_are_two() -> None:
    times = [*on_time(50), *on_time(50, 106.0), *on_time(50, 113.0)]
    assert [round(seconds, 2) for seconds in measured(times).values()] == [1.0, 2.0]
    assert LEAST_SECONDS < 1.0


@pytest.fixture(scope="module")
def babbler(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    """An untrained model: it says something on nearly every frame, so the smallest difference shows."""
    return Recognizer.load(tiny_bundle(tmp_path_factory.mktemp("bundle"), tiny_model()).folder)


def with_gap(recognizer: Recognizer, pieces: list[Samples | float], rate: int = 16_000) -> list[Update]:
    """All finals of audio (arrays) with gaps (seconds)."""
    with recognizer.session(endpoint=EndpointConfig()) as session:
        updates: list[Update] = []
        for piece in pieces:
            updates += session.skip(piece) if isinstance(piece, float) else session.accept(piece, rate)
        return [update for update in [*updates, *session.finish()] if update.final]


def said(updates: list[Update], offset: float = 0.0) -> list[tuple[str, float, float]]:
    return [
        (token.text, round(token.start - offset, 6), round(token.end - offset, 6))
        for update in updates
        for line in (update.surface, update.meaning)
        for token in line.tokens
    ]


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_what_stands_around_a_gap_is_as_if_it_stood_alone(babbler: Recognizer, rate: int) -> None:
    one, two = noise(3.0, seed=1, rate=rate), noise(2.0, seed=2, rate=rate)
    updates = with_gap(babbler, [one, 5.0, two], rate)
    (before,) = (i for i, update in enumerate(updates) if update.gap)
    assert updates[before].gap == Gap(3.0, 8.0)
    assert said(updates[: before + 1]) == said(with_gap(babbler, [one], rate))
    assert said(updates[before + 1 :], offset=8.0) == said(with_gap(babbler, [two], rate))
    assert [update.segment for update in updates] == list(range(len(updates)))
    assert all(update.start >= 8.0 for update in updates[before + 1 :])


@pytest.mark.parametrize("seconds", [0.013, 0.1, 7_200.0])
def test_time_goes_on_over_short_and_long_gaps(babbler: Recognizer, seconds: float) -> None:
    one, two = noise(1.013, seed=1), noise(2.0, seed=2)
    session = babbler.session(endpoint=None)
    session.accept(one)
    session.skip(seconds)
    session.accept(two)
    assert session.seconds == pytest.approx(3.013 + seconds, abs=1e-3)
    (last,) = session.finish()
    assert 1.012 + seconds - FRAME < last.start <= last.end <= session.seconds


def test_slicing_does_not_matter_around_a_gap(babbler: Recognizer) -> None:
    one, two = noise(3.0, seed=3), noise(3.0, seed=4)
    sliced: list[Samples | float] = [*np.array_split(one, 17), 1.5, *np.array_split(two, 31)]
    assert with_gap(babbler, sliced) == with_gap(babbler, [one, 1.5, two])


def test_a_gap_in_silence_and_gaps_in_a_row(recognizer: Recognizer) -> None:
    silence = np.zeros(8_000, np.float32)
    updates = with_gap(recognizer, [2.0, silence, 1.0, 1.0])
    assert [update.gap for update in updates] == [Gap(0.0, 2.0), Gap(2.5, 3.5), Gap(3.5, 4.5)]
    assert [(update.start, update.end) for update in updates] == [(0.0, 0.0), (2.5, 2.5), (3.5, 3.5)]
    assert [update.segment for update in updates] == [0, 1, 2]


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_gap_has_a_length(babbler: Recognizer, seconds: float) -> None:
    with pytest.raises(UsageError, match="longer than 0 s"):
        babbler.session().skip(seconds)
    with babbler.session() as finished:
        finished.finish()
    with pytest.raises(UsageError, match="finished"):
        finished.skip(1.0)


class Holed:
    """A source that lost 2 s between two takes."""

    sample_rate = 16_000

    def __init__(self, take: Samples) -> None:
        self.take = take
        self.gap_seconds = 0.0

    def __iter__(self) -> Iterator[Samples]:
        yield self.take
        self.gap_seconds = 2.0
        yield self.take[:8_000]
        self.gap_seconds = 0.0
        yield self.take[8_000:]


def test_a_source_tells_the_recogniser(recognizer: Recognizer, sample: Path) -> None:
    take, _ = soundfile.read(sample, dtype="float32")
    before, after = recognizer.transcribe(Holed(take))
    length = len(take) / 16_000
    assert before.gap == Gap(length, length + 2.0)
    assert before.meaning.text == after.meaning.text == "I think this is right"
    assert before.surface.text == after.surface.text
    assert after.start == pytest.approx(before.start + length + 2.0, abs=FRAME)


def test_a_reader_is_followed_across_a_gap(recognizer: Recognizer, sample: Path) -> None:
    take, _ = soundfile.read(sample, dtype="float32")
    sentence = "I think this is right"
    updates = [u for u in recognizer.stream(Holed(take), reference=[sentence, sentence]) if u.final]
    assert [update.gap is None for update in updates] == [False, True]
    assert updates[-1].reading is not None
    assert updates[-1].reading.position == 10
    assert [word.state for word in updates[-1].reading.words] == ["read"] * 10


@pytest.fixture(scope="module")
def marked(recognizer: Recognizer, sample: Path) -> list[Update]:
    take, _ = soundfile.read(sample, dtype="float32")
    return with_gap(recognizer, [take, 3.0, 1.5])


def test_it_is_shown(marked: list[Update], capsys: pytest.CaptureFixture[str]) -> None:
    shown = [render(update).plain.splitlines() for update in marked]
    assert "right" in shown[0][0]
    assert shown[0][-1] == "0:01  [3.0 s of audio lost from 0:01 on]"
    assert shown[1] == ["0:04  [1.5 s of audio lost from 0:04 on]"]
    with PlainScreen(warn=True) as screen:
        for update in marked:
            screen.show(update)
    printed = capsys.readouterr()
    assert printed.out.splitlines() == shown[0] + shown[1]
    assert printed.err.splitlines()[0] == "saidmeant: [3.0 s of audio lost from 0:01 on]"


def test_it_is_in_the_json_and_comes_back(marked: list[Update], capsys: pytest.CaptureFixture[str]) -> None:
    with JsonScreen() as screen:
        for update in marked:
            screen.show(update)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["gap"] for line in lines] == [{"start": 1.978, "end": 4.978}, {"start": 4.978, "end": 6.478}]
    assert [Update.from_dict(line).gap for line in lines] == [Gap(1.978, 4.978), Gap(4.978, 6.478)]


def test_documents_survive_it(marked: list[Update]) -> None:
    assert to_srt(marked).count("-->") == to_srt(marked[:1]).count("-->") == 1
    assert len(to_csv(marked).splitlines()) == 1 + len(marked[0].spans)
    assert "right" in to_textgrid(marked, 6.478)


def test_it_is_silence_in_a_recording_so_that_the_times_stay_true(marked: list[Update], tmp_path: Path) -> None:
    recording = Recording(tmp_path, 16_000, BEGAN)
    recording.hear(np.full(16_000, 0.5, np.float32))
    recording.show(marked[0])
    recording.hear(np.full(16_000, 0.5, np.float32))
    recording.close()
    with wave.open(str(recording.audio_path)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    assert len(samples) == 16_000 * 5
    assert np.flatnonzero(samples == 0).tolist() == list(range(16_000, 64_000))
