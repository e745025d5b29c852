"""Sessions: slicing never matters, nothing is lost at the ends, segments, threads, bad input."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tiny import noise, tiny_bundle, tiny_model

from saidmeant.streaming import AudioError, AudioFile, EndpointConfig, Recognizer, Update, UsageError

Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def babbler(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    """An untrained model: it says something on nearly every frame, so the smallest difference shows."""
    return Recognizer.load(tiny_bundle(tmp_path_factory.mktemp("bundle"), tiny_model()).folder)


@pytest.fixture(scope="module")
def three_sentences(repository: Path) -> Samples:
    return soundfile.read(repository / "tests" / "data" / "three_sentences.wav", dtype="float32")[0]


def finals(
    recognizer: Recognizer, pieces: Iterable[Samples], rate: int = 16_000, endpoint: EndpointConfig | None = None
) -> list[Update]:
    with recognizer.session(endpoint=endpoint) as session:
        updates = [update for piece in pieces for update in session.accept(piece, rate)]
        return [update for update in [*updates, *session.finish()] if update.final]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 16_000 * 6), max_size=60), short=st.booleans())
def test_slicing_never_matters(babbler: Recognizer, cuts: list[int], short: bool) -> None:
    audio = noise(6.0, seed=3)
    endpoint = EndpointConfig(pause_ms=80, hard_limit_ms=2_000) if short else None
    whole = finals(babbler, [audio], endpoint=endpoint)
    assert len(whole) > 2 if short else len(whole) == 1
    assert finals(babbler, np.split(audio, sorted(cuts)), endpoint=endpoint) == whole


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
def test_slicing_never_matters_at_other_rates(babbler: Recognizer, rate: int) -> None:
    audio = noise(4.0, rate=rate)
    rng = np.random.default_rng(rate)
    cuts = np.sort(rng.integers(0, len(audio), 30))
    whole = finals(babbler, [audio], rate)
    assert whole[0].surface.tokens
    assert finals(babbler, np.split(audio, cuts), rate) == whole


def test_other_rates_hear_the_same(recognizer: Recognizer, sample: Path) -> None:
    audio, _ = soundfile.read(sample, dtype="float32")
    original = finals(recognizer, [audio])[0]
    resampled = soxr.resample(audio, 16_000, 48_000).astype(np.float32)
    assert finals(recognizer, [resampled], 48_000)[0].surface.text == original.surface.text


def test_segments_end_on_pauses(recognizer: Recognizer, three_sentences: Samples) -> None:
    updates = finals(recognizer, [three_sentences], endpoint=EndpointConfig())
    assert [update.segment for update in updates] == [0, 1, 2]
    assert all(a.end <= b.start for a, b in itertools.pairwise(updates))
    joined = finals(recognizer, [three_sentences])
    assert len(joined) == 1
    words = [word.text for update in updates for word in update.meaning.words]
    assert len(words) == pytest.approx(len(joined[0].meaning.words), abs=2)


def test_times_increase_and_stay_inside(recognizer: Recognizer, three_sentences: Samples) -> None:
    for update in finals(recognizer, [three_sentences], endpoint=EndpointConfig()):
        for tokens in (update.surface.tokens, update.meaning.tokens, update.meaning.words):
            starts = [token.start for token in tokens]
            assert starts == sorted(starts)
            assert all(0 <= token.start <= token.end <= len(three_sentences) / 16_000 for token in tokens)
            assert all(0 < token.confidence < 1 for token in tokens)
        assert update.start == min(token.start for token in update.surface.tokens + update.meaning.tokens)
        spelled = [span.word for span in update.spans if span.word]
        assert spelled == [word.text for word in update.meaning.words]
        assert [phone for span in update.spans for phone in span.surface] == update.surface.text.split()


@pytest.mark.parametrize("milliseconds", [0, 10, 90, 170, 250, 310])
def test_flush_never_loses_the_last_word(recognizer: Recognizer, sample: Path, milliseconds: int) -> None:
    """The audio stops at any phase of the chunk grid right after the last phone."""
    audio, _ = soundfile.read(sample, dtype="float32")
    loud = np.flatnonzero(np.abs(audio) > 0.02)
    speech = np.concatenate([np.zeros(milliseconds * 16, np.float32), audio[: loud[-1] + 1]])
    silent_end = np.concatenate([speech, np.zeros(32_000, np.float32)])
    cut, padded = finals(recognizer, [speech])[0], finals(recognizer, [silent_end])[0]
    assert cut.surface.text == padded.surface.text
    assert cut.meaning.text == padded.meaning.text
    assert cut.surface.tokens[-1].text == "T"


def test_stable_tokens_never_change(recognizer: Recognizer, three_sentences: Samples) -> None:
    with recognizer.session() as session:
        updates = [u for piece in np.array_split(three_sentences, 40) for u in session.accept(piece)]
        updates += session.finish()
    partials = [update for update in updates if not update.final]
    assert len(partials) > 5
    for before, after in itertools.pairwise(updates):
        if before.segment == after.segment:
            for old, new in ((before.surface, after.surface), (before.meaning, after.meaning)):
                assert old.tokens[: old.stable] == new.tokens[: old.stable]


def test_long_speech_is_cut_and_nothing_is_lost(babbler: Recognizer) -> None:
    """Without pauses a stream still ends at its limit; what follows starts where it ended."""
    audio = noise(20.0, seed=9)
    updates = finals(babbler, [audio], endpoint=EndpointConfig(float("inf"), hard_limit_ms=5_000))
    assert len(updates) >= 3
    for before, after in itertools.pairwise(updates):
        assert 0 <= after.start - before.end < 1.0


def test_memory_of_a_session_does_not_grow(babbler: Recognizer) -> None:
    with babbler.session(endpoint=EndpointConfig(300, hard_limit_ms=3_000)) as session:
        for i in range(40):
            session.accept(noise(1.0, seed=i))
            kept = sum(len(piece) for piece in session._inlet._kept)
            assert kept <= 2 * 16_000
            assert session._lanes.seen < 1_000


def test_sessions_in_threads(recognizer: Recognizer, three_sentences: Samples) -> None:
    alone = finals(recognizer, [three_sentences], endpoint=EndpointConfig())
    results: list[list[Update]] = []

    def run(pieces: int) -> None:
        results.append(finals(recognizer, np.array_split(three_sentences, pieces), endpoint=EndpointConfig()))

    threads = [threading.Thread(target=run, args=(pieces,)) for pieces in (3, 7, 20, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [alone] * 4


@pytest.mark.parametrize(
    ("chunk", "message"),
    [
        (np.array([0.0, np.nan], np.float32), "NaN"),
        (np.array([np.inf], np.float32), "infinity"),
        (np.zeros(10), "found float64 of shape"),
        (np.zeros(10, np.int16), "found int16"),
        (np.zeros((10, 2), np.float32), r"shape \(10, 2\)"),
        ([0.0, 0.1], "found list"),
        (None, "found NoneType"),
    ],
)
def test_what_is_not_audio_is_refused_and_nothing_is_lost(
    recognizer: Recognizer, sample: Path, chunk: object, message: str
) -> None:
    audio, _ = soundfile.read(sample, dtype="float32")
    with recognizer.session(endpoint=None) as session:
        session.accept(audio[:16_000])
        with pytest.raises(AudioError, match=message):
            session.accept(chunk)  # type: ignore[arg-type]
        session.accept(audio[16_000:])
        assert session.finish()[-1] == finals(recognizer, [audio])[0]


def test_empty_chunks_and_empty_sessions(recognizer: Recognizer) -> None:
    with recognizer.session() as session:
        assert session.accept(np.zeros(0, np.float32)) == []
        assert session.finish() == []
    with recognizer.session() as session:
        assert session.finish() == []
        assert session.finish() == []
        with pytest.raises(UsageError, match="finished"):
            session.accept(np.zeros(10, np.float32))


def test_sample_rates(recognizer: Recognizer) -> None:
    silence = np.zeros(100, np.float32)
    with recognizer.session() as session:
        for rate in (0, -1, 3_999, 10**7, 16_000.5):
            with pytest.raises(AudioError, match="sample rate"):
                session.accept(silence, rate)  # type: ignore[arg-type]
        assert session.seconds == 0


def test_the_sample_rate_may_change_in_mid_session(recognizer: Recognizer, sample: Path) -> None:
    """As when a headset is plugged in: nothing is lost or heard twice, and time goes on."""
    audio, _ = soundfile.read(sample, dtype="float32")
    middle = len(audio) // 2
    with recognizer.session() as session:
        for piece, rate in ((audio[:middle], 48_000), (audio[middle:], 16_000), (audio[:middle], 44_100)):
            session.accept(soxr.resample(piece, 16_000, rate).astype(np.float32), rate)
        (switched,) = session.finish()
        assert session.seconds == pytest.approx(1.5 * len(audio) / 16_000, abs=1e-3)
    (steady,) = finals(recognizer, [audio, audio[:middle]], endpoint=EndpointConfig())
    assert switched.meaning.text == steady.meaning.text
    assert [token.text for token in switched.surface.tokens] == [token.text for token in steady.surface.tokens]
    for one, other in zip(switched.surface.tokens, steady.surface.tokens, strict=True):
        assert one.start == pytest.approx(other.start, abs=0.041)


def test_a_failing_source_is_finalised_first(recognizer: Recognizer, sample: Path) -> None:
    audio, _ = soundfile.read(sample, dtype="float32")

    def source() -> Iterator[Samples]:
        yield audio
        raise AudioError("the device is gone")

    updates: list[Update] = []
    with pytest.raises(AudioError, match="gone"):
        updates.extend(recognizer.stream(source()))
    assert updates[-1].final
    assert updates[-1].meaning.words


def test_stream_and_transcribe_agree(recognizer: Recognizer, sample: Path) -> None:
    streamed = [update for update in recognizer.stream(AudioFile(sample)) if update.final]
    assert recognizer.transcribe(AudioFile(sample, chunk_seconds=1.0)) == streamed


def test_threads_must_be_positive(babbler: Recognizer) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        Recognizer(babbler.bundle, babbler.lexicon, threads=0)


def test_user_words(bundle: str, sample: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("zorblax Z AO R B L AE K S\n", encoding="utf-8")
    lexicon = Recognizer.load(bundle, lexicon=words).lexicon
    assert lexicon.pronounce("Zorblax").pronunciations == (("Z", "AO", "R", "B", "L", "AE", "K", "S"),)
    assert lexicon.pronounce("think").in_lexicon


def test_single_output(tmp_path: Path) -> None:
    surface = Recognizer.load(tiny_bundle(tmp_path, tiny_model(heads=("surface",))).folder)
    update = finals(surface, [noise(3.0)])[0]
    assert update.surface.tokens
    assert update.meaning.text == ""
    assert update.spans == ()
    assert update.divergence is None


def test_goodness_comes_with_every_canonical_phone(recognizer: Recognizer, sample: Path) -> None:
    with recognizer.session() as session:
        updates = [update for chunk in AudioFile(sample) for update in session.accept(chunk)]
        final = [*updates, *session.finish()][-1]
        spans = [span for span in final.spans if span.word]
        assert spans
        assert all(len(span.goodness) == len(span.canonical) for span in spans)
        assert all(-7.5 <= value <= 0.0 for span in spans for value in span.goodness)
        said = [span.surface for span in spans if span.surface == span.canonical]
        assert said, "nothing in the sample is as it should be"
        right = session.goodness([phone for span in spans for phone in span.surface])
        wrong = session.goodness(["ZH"] * len(right))
        assert np.mean(right) > -1.0 > -5.0 > np.mean(wrong)


def test_the_language_model_can_be_left_out(sample: Path, bundle: str) -> None:
    with_model, without = Recognizer.load(bundle), Recognizer.load(bundle, language_model=None)
    assert with_model.language_model is not None
    known = set(with_model.language_model.words)
    (update,) = with_model.transcribe(AudioFile(sample))
    (greedy,) = without.transcribe(AudioFile(sample))
    assert {word.text.lower() for word in update.meaning.words} <= known
    assert greedy.surface == update.surface
    assert greedy.meaning.words
