"""Waveform augmentation: the same draw is the same sound, each effect is as asked for, and no phone moves in time."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from saidmeant.models.augment import (
    BANDS,
    NOISES,
    VOICES,
    WaveAugment,
    WaveAugmenter,
    at_speed,
    clipped,
    find_pauses,
    in_band,
    lost,
    within_full_scale,
)
from saidmeant.models.data import SAMPLE_RATE
from saidmeant.models.noises import COLOURS, active_power, babble, coloured, hum, mix
from saidmeant.models.rooms import DIRECT_PATH, Responses, load_rooms, reverberate

Samples = NDArray[np.float32]
NOTHING: dict[str, Any] = {
    "speeds": (1.0,),
    "gain_db": 0.0,
    "room_probability": 0.0,
    "noise_probability": 0.0,
    "clip_probability": 0.0,
    "band_probability": 0.0,
    "zeros_probability": 0.0,
}
EVERYTHING = {name: 1.0 for name in NOTHING if name.endswith("_probability")}
DELAY_SAMPLES = 80  # 5 ms


@pytest.fixture(scope="module")
def bank_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rooms")


@pytest.fixture(scope="module")
def rooms(bank_folder: Path) -> Responses:
    return load_rooms(bank_folder, count=8, seed=3)


@pytest.fixture(scope="module")
def background(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("background")
    paths = [folder / f"{number}.wav" for number in range(5)]
    for number, path in enumerate(paths):
        soundfile.write(path, noise(1.0 + 0.2 * number, seed=number), SAMPLE_RATE)
    return paths


def noise(seconds: float, seed: int = 0) -> Samples:
    """A gliding tone and noise, louder and quieter: broad enough for a delay to be measured, within [-1, 1]."""
    rng = np.random.default_rng(seed)
    count = int(seconds * SAMPLE_RATE)
    envelope = np.repeat(rng.uniform(0.1, 0.5, count // 800 + 1), 800)[:count]
    tone = np.sin(np.cumsum(np.repeat(rng.uniform(0.05, 1.5, count // 1600 + 1), 1600)[:count]))
    return (np.clip(0.5 * tone + 0.3 * rng.standard_normal(count), -2, 2) * envelope).astype(np.float32)


def augmenter(background: list[Path], rooms: Responses, seed: int = 1, **changes: Any) -> WaveAugmenter:
    """One that does nothing but what ``changes`` ask for."""
    return WaveAugmenter(WaveAugment(**{**NOTHING, **changes}), background, rooms, seed)


def level(samples: Samples, low: float, high: float) -> float:
    """Mean power density in dB between two frequencies."""
    frequencies, powers = scipy.signal.welch(samples, SAMPLE_RATE, nperseg=1024)
    return float(10 * np.log10(powers[(frequencies >= low) & (frequencies <= high)].mean() + 1e-20))


def delay(dry: Samples, wet: Samples) -> int:
    """By how many samples ``wet`` comes later, by cross-correlation."""
    return int(np.abs(scipy.signal.correlate(wet, dry)).argmax()) - (len(dry) - 1)


# what a variant is


def test_variant_0_is_the_recording(background: list[Path], rooms: Responses) -> None:
    samples = noise(1.0)
    assert np.array_equal(augmenter(background, rooms, **EVERYTHING)(samples, "a", 0), noise(1.0))


def test_the_same_draw_is_the_same_sound(background: list[Path], rooms: Responses) -> None:
    samples = noise(1.0)
    one = WaveAugmenter(WaveAugment(), background, rooms)
    variants = [one(samples, "a", number) for number in range(1, 9)]
    assert np.array_equal(samples, noise(1.0))  # the input is left alone
    again = WaveAugmenter(WaveAugment(), background, rooms)
    for number in (8, 3, 1):  # in another order, by another instance
        assert np.array_equal(again(samples, "a", number), variants[number - 1])
    assert len({variant.tobytes() for variant in variants}) == len(variants)


def test_another_seed_or_utterance_sounds_different(background: list[Path], rooms: Responses) -> None:
    asked = {"noise_probability": 1.0}
    plain = augmenter(background, rooms, **asked)(noise(1.0), "a", 1)
    assert not np.array_equal(plain, augmenter(background, rooms, **asked)(noise(1.0), "b", 1))
    assert not np.array_equal(plain, augmenter(background, rooms, seed=2, **asked)(noise(1.0), "a", 1))


def test_a_configuration_that_does_nothing_changes_nothing(background: list[Path], rooms: Responses) -> None:
    samples = noise(1.0) / 4
    assert np.array_equal(augmenter(background, rooms)(samples, "a", 7), samples)


def test_probabilities_are_kept(rooms: Responses) -> None:
    samples = noise(0.1)
    half = augmenter([], rooms, noise_probability=0.3)
    changed = sum(not np.array_equal(half(samples, str(key), 1), samples) for key in range(400))
    assert changed / 400 == pytest.approx(0.3, abs=0.08)  # 3.5 standard deviations


def test_a_negative_variant_is_refused(rooms: Responses) -> None:
    with pytest.raises(ValueError, match="variant -1 is negative"):
        augmenter([], rooms)(noise(0.1), "a", -1)


def test_the_fingerprint_tells_what_sounds_different(background: list[Path], rooms: Responses) -> None:
    plain = augmenter(background, rooms).fingerprint
    assert plain == augmenter(background, rooms).fingerprint
    assert plain == augmenter(background, rooms, variants=9).fingerprint  # the first four sound as before
    others = [
        augmenter(background, rooms, seed=2),
        augmenter(background, rooms, gain_db=1.0),
        augmenter(background[1:], rooms),
        augmenter(background, rooms[1:]),
    ]
    assert len({plain, *(other.fingerprint for other in others)}) == 5


@pytest.mark.parametrize("count", [0, 1, VOICES, VOICES + 1, 10 * VOICES + 3])
def test_the_background_is_spread_over_the_list(count: int, rooms: Responses) -> None:
    paths = [Path(f"{number}.wav") for number in range(count)]
    used = augmenter(paths, rooms).background
    assert len(used) <= VOICES
    assert len(used) >= min(count, VOICES) // 2
    assert not count or used[-1] in paths[-len(paths) // 2 :]


def test_an_utterance_is_not_its_own_babble(background: list[Path], rooms: Responses) -> None:
    two = augmenter(background[:2], rooms, noise_probability=1.0, noises=("babble",), snr_db=(0.0, 0.0))
    samples = noise(1.0, seed=9) / 8
    added = two(samples, background[0].stem, 1) - samples
    own, other = (soundfile.read(path, dtype="float32")[0] for path in background[:2])

    def likeness(voice: Samples) -> float:
        turned = np.fft.irfft(np.fft.rfft(added, 16_000) * np.conj(np.fft.rfft(voice, 16_000)))
        return float(np.abs(turned).max() / np.linalg.norm(added) / np.linalg.norm(voice))

    assert likeness(other) > 2 * likeness(own)
    alone = augmenter(background[:1], rooms, noise_probability=1.0, noises=("babble",))
    assert np.array_equal(alone(samples, background[0].stem, 1), samples)


# numerical safety


@settings(max_examples=60, deadline=None)
@given(
    samples=arrays(np.float32, st.integers(0, 700), elements=st.floats(-1, 1, width=32)),
    everything=st.booleans(),
    band=st.sampled_from(BANDS),
    kind=st.sampled_from(NOISES),
    variant=st.integers(1, 1000),
)
def test_any_input_stays_finite_and_within_full_scale(
    samples: Samples,
    everything: bool,
    band: str,
    kind: str,
    variant: int,
    background: list[Path],
    rooms: Responses,
) -> None:
    certain: dict[str, Any] = EVERYTHING if everything else {}
    config = WaveAugment(**{"gain_db": 30.0, "bands": (band,), "noises": (kind,), **certain})
    made = WaveAugmenter(config, background, rooms)(samples, "a", variant)
    assert made.dtype == np.float32
    assert made.ndim == 1
    assert np.isfinite(made).all()
    assert not len(made) or np.abs(made).max() <= 1
    assert len(samples) / 1.1 - 2 <= len(made) <= len(samples) / 0.9 + 2


@pytest.mark.parametrize("length", [1, 10, 16_000])
def test_silence_stays_silent(length: int, background: list[Path], rooms: Responses) -> None:
    loud = augmenter(background, rooms, **EVERYTHING)
    for variant in range(1, 6):
        made = loud(np.zeros(length, np.float32), "a", variant)
        assert made.shape == (length,)
        assert not made.any()


def test_full_scale_is_kept_by_turning_down_not_by_cutting() -> None:
    loud = 3 * noise(0.5)
    turned_down = within_full_scale(loud)
    assert np.abs(turned_down).max() == pytest.approx(1)
    np.testing.assert_allclose(turned_down * np.abs(loud).max(), loud, atol=1e-5)


# time


@pytest.mark.parametrize("effect", [*EVERYTHING, "everything"])
def test_phones_stay_where_they_are(effect: str, background: list[Path], rooms: Responses) -> None:
    asked: dict[str, Any] = EVERYTHING if effect == "everything" else {effect: 1.0}
    samples = noise(2.0)
    one = augmenter(background, rooms, **asked)
    for variant in range(1, 13):
        made = one(samples, "a", variant)
        assert len(made) == len(samples)
        assert abs(delay(samples, made)) <= DELAY_SAMPLES


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
def test_speed_changes_length_and_pitch(speed: float) -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(16_000) / SAMPLE_RATE).astype(np.float32)
    made = at_speed(tone, speed)
    assert len(made) == pytest.approx(16_000 / speed, abs=1)
    assert np.abs(np.fft.rfft(made, 16_000)).argmax() == pytest.approx(1000 * speed, abs=2)


# rooms


def test_responses_have_unit_energy_and_their_direct_path_in_place(rooms: Responses) -> None:
    assert rooms.shape[0] == 8
    assert rooms.dtype == np.float32
    np.testing.assert_allclose(np.sum(rooms.astype(np.float64) ** 2, axis=1), 1, rtol=1e-5)
    assert (np.abs(np.abs(rooms).argmax(axis=1) - DIRECT_PATH) <= 1).all()
    assert (np.sum(rooms[:, : DIRECT_PATH - 8] ** 2, axis=1) < 0.02).all()  # nothing comes before it


def test_rooms_differ_and_reverberate(rooms: Responses) -> None:
    late = np.sum(rooms[:, DIRECT_PATH + 800 :] ** 2, axis=1)  # energy after 50 ms
    assert late.max() > 0.05
    assert late.max() > 3 * late.min()


def test_a_click_in_a_room_is_heard_at_its_time(rooms: Responses) -> None:
    click = np.zeros(8000, np.float32)
    click[3000] = 0.5
    for response in rooms:
        wet = reverberate(click, response)
        assert wet.shape == click.shape
        assert abs(int(np.abs(wet).argmax()) - 3000) <= 1


def test_a_bank_is_the_same_again_and_read_when_it_is_there(
    bank_folder: Path, rooms: Responses, tmp_path: Path
) -> None:
    assert np.array_equal(load_rooms(tmp_path, count=2, seed=3), load_rooms(tmp_path / "new", count=2, seed=3))
    assert not np.array_equal(load_rooms(tmp_path, count=2, seed=3), load_rooms(tmp_path, count=2, seed=4))
    (stored,) = bank_folder.iterdir()
    marked = tmp_path / stored.name
    np.save(marked, rooms * 2)
    assert np.array_equal(load_rooms(tmp_path, count=8, seed=3), rooms * 2)


# noises


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize("snr_db", [5.0, 17.5, 30.0])
def test_noise_is_as_loud_as_asked(kind: str, snr_db: float, background: list[Path], rooms: Responses) -> None:
    samples = noise(3.0, seed=5) / 8  # noise stays within full scale
    noisy = augmenter(background, rooms, noise_probability=1.0, noises=(kind,), snr_db=(snr_db, snr_db))
    added = noisy(samples, "a", 1) - samples
    assert 10 * np.log10(active_power(samples) / active_power(added)) == pytest.approx(snr_db, abs=0.1)


def test_pauses_do_not_count_in_the_speech_level() -> None:
    speech = noise(1.0)
    paused = np.concatenate([speech, np.zeros(48_000, np.float32)])
    assert active_power(paused) == pytest.approx(active_power(speech), rel=1e-3)
    assert np.mean(paused**2) < active_power(paused) / 3


def test_silence_gets_no_noise() -> None:
    silence = np.zeros(4000, np.float32)
    assert not mix(silence, noise(0.25), 10.0).any()
    assert np.array_equal(mix(noise(0.25), silence, 10.0), noise(0.25))


@pytest.mark.parametrize(("colour", "slope"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_colours_fall_by_their_slope(colour: str, slope: float) -> None:
    made = coloured(10 * SAMPLE_RATE, COLOURS[colour], np.random.default_rng(1))
    octaves = [level(made, low, 1.4 * low) for low in (250, 500, 1000, 2000, 4000)]
    assert np.polyfit(range(5), octaves, 1)[0] == pytest.approx(slope, abs=0.2)


def test_hum_is_mains_and_harmonics() -> None:
    fundamentals = set()
    for seed in range(8):
        spectrum = np.abs(np.fft.rfft(hum(16_000, np.random.default_rng(seed))))  # bins of 1 Hz
        lines = np.flatnonzero(spectrum > 0.01 * spectrum.max())
        fundamentals.add(int(lines[0]))
        assert (lines % lines[0] == 0).all()
        assert len(lines) == 16
    assert fundamentals == {50, 60}


def test_babble_is_several_voices_at_once() -> None:
    voices = [np.sin(0.1 * (k + 1) * np.arange(3000)).astype(np.float32) for k in range(8)]
    counts = set()
    for seed in range(20):
        spectrum = np.abs(np.fft.rfft(babble(3000, voices, np.random.default_rng(seed)) * np.hanning(3000)))
        peaks, _ = scipy.signal.find_peaks(spectrum, height=0.3 * spectrum.max(), distance=20)
        counts.add(len(peaks))
    assert counts == {3, 4, 5, 6}


# lines and microphones


def test_a_telephone_passes_300_to_3400_hz() -> None:
    white = coloured(10 * SAMPLE_RATE, 0.0, np.random.default_rng(2))
    passed = in_band(white, "telephone", 0.0)
    inside = level(white, 500, 3000)
    assert level(passed, 500, 3000) == pytest.approx(inside, abs=0.5)
    assert level(passed, 20, 120) < inside - 25
    assert level(passed, 4100, 8000) < inside - 60


def test_a_narrow_line_passes_below_4_khz() -> None:
    white = coloured(10 * SAMPLE_RATE, 0.0, np.random.default_rng(2))
    passed = in_band(white, "narrow", 0.0)
    assert level(passed, 50, 3400) == pytest.approx(level(white, 50, 3400), abs=0.5)
    assert level(passed, 4200, 8000) < level(white, 4200, 8000) - 60


@pytest.mark.parametrize("codec_hz", [4000.0, 5500.0, 7000.0])
def test_a_codec_passes_what_is_below_its_limit(codec_hz: float) -> None:
    white = coloured(10 * SAMPLE_RATE, 0.0, np.random.default_rng(2))
    passed = in_band(white, "codec", codec_hz)
    assert level(passed, 50, 0.7 * codec_hz) == pytest.approx(level(white, 50, 0.7 * codec_hz), abs=0.5)
    assert level(passed, codec_hz + 50, 8000) < level(white, codec_hz, 8000) - 45


def test_clipping_cuts_at_a_part_of_the_peak() -> None:
    samples = noise(1.0)
    cut = clipped(samples, 0.4)
    peak = np.abs(samples).max()
    assert np.abs(cut).max() == pytest.approx(0.4 * peak)
    small = np.abs(samples) < 0.39 * peak
    assert np.array_equal(cut[small], samples[small])


def test_pauses_become_zeros_and_speech_does_not(rooms: Responses) -> None:
    speech, hiss = noise(1.0), 1e-4 * noise(1.0, seed=2)
    samples = np.concatenate([hiss, speech, hiss])
    pauses = find_pauses(samples)
    assert not pauses[16_000 - 1600 : 32_000 + 1600].any()  # 100 ms are held
    assert pauses[: 16_000 - 2000].all()
    assert pauses[32_000 + 2000 :].all()
    assert not find_pauses(np.zeros(16_000, np.float32)).any()
    made = [augmenter([], rooms, zeros_probability=0.5, zeros_per_second=0.0)(samples, "a", v) for v in range(1, 9)]
    assert {bool((variant[:8000] == 0).all()) for variant in made} == {True, False}


def test_lost_stretches_are_few_and_short() -> None:
    gone = lost(400 * SAMPLE_RATE, 0.5, np.random.default_rng(3))
    edges = np.flatnonzero(np.diff(gone.astype(int)))
    lengths = np.diff(edges.reshape(-1, 2), axis=1)
    assert len(lengths) == pytest.approx(200, rel=0.2)
    assert np.quantile(lengths, [0.01, 0.95]) == pytest.approx([80, 310], abs=15)


def test_gain_is_within_its_range(rooms: Responses) -> None:
    samples = noise(0.5) / 8
    quieter = augmenter([], rooms, gain_db=6.0)
    gains = [20 * np.log10(np.abs(quieter(samples, "a", v)).max() / np.abs(samples).max()) for v in range(1, 60)]
    assert -6.01 < min(gains) < -4
    assert 4 < max(gains) < 6.01


# the configuration


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"noise_probability": 1.5}, r"noise_probability: 1\.5 is not between 0 and 1"),
        ({"variants": 0}, r"variants: 0 is not 1 or more"),
        ({"speeds": ()}, r"speeds: \(\) are not all between 0\.5 and 2"),
        ({"speeds": (1.0, 0.0)}, r"speeds: \(1\.0, 0\.0\) are not all"),
        ({"snr_db": (30.0, 5.0)}, r"snr_db: \(30\.0, 5\.0\) is not a range"),
        ({"codec_hz": (4000.0, 8000.0)}, r"codec_hz: .* is not a range .* within 1000 to 7500"),
        ({"clip_levels": (0.5,)}, r"clip_levels: \(0\.5,\) is not a range"),
        ({"noises": ("pink", "thunder")}, r"noises: 'thunder' is not one of white, pink, brown, hum, babble"),
        ({"bands": ("wide",)}, r"bands: 'wide' is not one of telephone, narrow, codec"),
        ({"gain_db": -1.0}, r"gain_db must be between 0 and 60"),
    ],
)
def test_a_configuration_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(WaveAugment(), **change)
