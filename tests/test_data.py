"""Training batches: the same seed gives the same ones, a restart goes on where it stopped, labels are what was said."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from saidmeant.models.augment import WaveAugment, WaveAugmenter
from saidmeant.models.data import (
    DIGITAL_SILENCE,
    SAMPLE_RATE,
    AugmentConfig,
    Batch,
    Example,
    FeatureStore,
    TrainingBatches,
    collate,
    join,
    mask,
    mel_energies,
    padded_to_chunks,
    quiet,
    read_audio,
)
from saidmeant.models.encoder_config import MEL_BINS, STEM_OVERLAP
from saidmeant.models.labels import MEANING_TOKENS, SURFACE_TOKENS, EnglishLabeller
from saidmeant.models.manifest import ReferenceWord, Utterance

LEXICON = {"red": [("R", "EH", "D")], "a": [("AH",), ("EY",)]}
WORDS = ("red", "a red", "red a red a", "a")


def tone(seconds: float, seed: int) -> NDArray[np.float32]:
    """A wavering tone over a quiet room."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = 0.3 * np.sin(2 * np.pi * (200 + 50 * seed) * time) * np.sin(2 * np.pi * time) ** 2
    return (wave + 0.001 * rng.normal(size=len(time))).astype(np.float32)


def utterance(audio: Path, text: str, duration: float, words: tuple[ReferenceWord, ...] | None = None) -> Utterance:
    return Utterance(audio.stem, audio, text, "somebody", duration, words, {})


def pronounced(text: str, surface: tuple[str, ...] | None) -> ReferenceWord:
    return ReferenceWord(text, LEXICON[text][0], surface, ())


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Utterance, float]]:
    folder = tmp_path_factory.mktemp("audio")
    utterances = []
    for number in range(12):
        seconds = 0.4 + 0.1 * number
        path = folder / f"{number}.wav"
        soundfile.write(path, tone(seconds, number), SAMPLE_RATE)
        utterances.append((utterance(path, WORDS[number % len(WORDS)], seconds), 1.0 if number % 3 else 1.5))
    return utterances


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    return FeatureStore(tmp_path_factory.mktemp("features"))


def batches(pool: list[tuple[Utterance, float]], store: FeatureStore, seed: int = 1, start: int = 0) -> TrainingBatches:
    made = TrainingBatches(pool, EnglishLabeller(LEXICON), store, AugmentConfig(), batch_seconds=3.0, seed=seed)
    made.start = start
    return made


def first(count: int, made: TrainingBatches) -> list[Batch]:
    return list(itertools.islice(iter(made), count))


def assert_equal(one: Batch, other: Batch) -> None:
    assert torch.equal(one.log_mel, other.log_mel)
    assert torch.equal(one.frames, other.frames)
    assert torch.equal(one.position, other.position)
    assert (one.surface, one.meaning) == (other.surface, other.meaning)


def test_the_same_seed_gives_the_same_batches(pool: list[tuple[Utterance, float]], store: FeatureStore) -> None:
    for one, other in zip(first(12, batches(pool, store)), first(12, batches(pool, store)), strict=True):
        assert_equal(one, other)


def test_another_seed_gives_others(pool: list[tuple[Utterance, float]], store: FeatureStore) -> None:
    one, other = first(6, batches(pool, store)), first(6, batches(pool, store, seed=2))
    assert any(a.log_mel.shape != b.log_mel.shape or a.meaning != b.meaning for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("start", [1, 4, 9])  # an epoch is about five batches: within it and beyond it
def test_a_restart_goes_on_at_the_given_batch(
    start: int, pool: list[tuple[Utterance, float]], store: FeatureStore
) -> None:
    unbroken = first(start + 3, batches(pool, store))
    for one, other in zip(unbroken[start:], first(3, batches(pool, store, start=start)), strict=True):
        assert_equal(one, other)


def test_a_second_view_differs_in_its_masks_alone(pool: list[tuple[Utterance, float]], store: FeatureStore) -> None:
    masks = AugmentConfig(time_masks_per_second=5.0)
    made = TrainingBatches(pool, EnglishLabeller(LEXICON), store, masks, batch_seconds=3.0, seed=1, two_views=True)
    batch = next(iter(made))
    assert batch.other_view is not None
    assert batch.other_view.shape == batch.log_mel.shape
    assert not torch.equal(batch.other_view, batch.log_mel)
    assert (batch.other_view == batch.log_mel).float().mean() > 0.1  # what neither view hides is the same
    assert first(1, batches(pool, store))[0].other_view is None


def test_batches_keep_to_their_duration_and_cover_the_pool(
    pool: list[tuple[Utterance, float]], store: FeatureStore
) -> None:
    groups = batches(pool, store)._epoch(np.random.default_rng(0))
    drawn = [each.id for group in groups for each in group]
    assert set(drawn) == {each.id for each, _ in pool}
    assert len(drawn) > len(pool)  # some have a weight of 1.5
    for group in groups:
        # utterances are sorted by jittered length (at most 1.15 / 0.85 out of order)
        assert sum(each.duration for each in group) <= 3.0 * 1.15 / 0.85 or len(group) == 1


def test_speed_shortens_and_raises(pool: list[tuple[Utterance, float]]) -> None:
    audio = pool[5][0].audio
    plain, fast = read_audio(audio), read_audio(audio, 1.25)
    assert len(fast) == pytest.approx(len(plain) / 1.25, abs=2)
    peaks = [np.argmax(np.abs(np.fft.rfft(samples, 16_000))) for samples in (plain, fast)]
    assert peaks[1] / peaks[0] == pytest.approx(1.25, rel=0.02)


def test_stereo_at_another_rate_is_read_as_mono_16_khz(tmp_path: Path) -> None:
    wave = np.repeat(tone(1.0, 1), 3)[: 3 * SAMPLE_RATE]
    soundfile.write(tmp_path / "stereo.wav", np.stack([wave, -wave], axis=1), 48_000)
    samples = read_audio(tmp_path / "stereo.wav")
    assert samples.shape == (16_000,)
    assert np.abs(samples).max() < 1e-3  # the channels cancel


def test_features_are_log10_energies_every_10_ms(pool: list[tuple[Utterance, float]], store: FeatureStore) -> None:
    silence = mel_energies(np.zeros(SAMPLE_RATE, np.float32))
    assert silence.shape == (100, MEL_BINS)
    np.testing.assert_allclose(silence, DIGITAL_SILENCE, atol=1e-5)
    speech = pool[11][0]
    computed, kept = store.get(speech), store.get(speech)
    assert np.array_equal(computed, kept)
    np.testing.assert_allclose(computed, mel_energies(read_audio(speech.audio)), atol=0.01)  # kept as float16
    louder = mel_energies(10 * read_audio(speech.audio))
    audible = computed > -6
    np.testing.assert_allclose(louder[audible] - computed[audible], 2.0, atol=0.02)  # 20 dB


def test_variants_are_kept_by_what_they_are(pool: list[tuple[Utterance, float]], tmp_path: Path) -> None:
    speech = pool[5][0]
    room = np.eye(1, 200, 40, dtype=np.float32)

    def variant(number: int, gain_db: float) -> NDArray[np.float32]:
        config = WaveAugment(variants=3, gain_db=gain_db, speeds=(1.0,))
        return FeatureStore(tmp_path, WaveAugmenter(config, [], room)).get(speech, variant=number)

    assert np.array_equal(variant(0, 6.0), FeatureStore(tmp_path).get(speech))
    assert np.array_equal(variant(2, 6.0), variant(2, 6.0))
    others = [variant(0, 6.0), variant(1, 6.0), variant(2, 6.0), variant(1, 20.0)]
    assert len({each.tobytes() for each in others}) == 4
    assert len(list(tmp_path.rglob("*.npy"))) == 4
    with pytest.raises(ValueError, match="variant 3 is not below 3"):
        variant(3, 6.0)
    assert len(FeatureStore(tmp_path).get(speech, speed=1.1)) < len(variant(0, 6.0))


def labels(*symbols: str, of: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(1 + of.index(symbol) for symbol in symbols)


def test_labels_are_what_was_said_not_what_was_expected() -> None:
    labeller = EnglishLabeller(LEXICON)
    spoken = utterance(Path("x.wav"), "a red", 1.0, (pronounced("a", ("AH",)), pronounced("red", ("L", "EH"))))
    assert labeller.surface(spoken) == labels("AH", "L", "EH", of=SURFACE_TOKENS)
    assert labeller.meaning(spoken) == labels("a", "|", "r", "e", "d", of=MEANING_TOKENS)


def test_a_sound_without_a_name_is_the_wildcard() -> None:
    spoken = utterance(Path("x.wav"), "red", 1.0, (pronounced("red", ("R", "<unk>", "D")),))
    assert EnglishLabeller(LEXICON).surface(spoken) == (
        *labels("R", of=SURFACE_TOKENS),
        len(SURFACE_TOKENS) + 1,
        *labels("D", of=SURFACE_TOKENS),
    )


def test_unknown_deviations_leave_only_the_meaning() -> None:
    spoken = utterance(Path("x.wav"), "a red", 1.0, (pronounced("a", None), pronounced("red", ("R", "EH", "D"))))
    assert EnglishLabeller(LEXICON).surface(spoken) is None
    assert EnglishLabeller(LEXICON).meaning(spoken)


def test_native_speech_takes_its_phones_from_the_lexicon() -> None:
    labeller = EnglishLabeller(LEXICON)
    assert labeller.surface(utterance(Path("x.wav"), "a red", 1.0)) == labels("AH", "R", "EH", "D", of=SURFACE_TOKENS)
    assert labeller.surface(utterance(Path("x.wav"), "a blue", 1.0)) is None


def loud(frames: int, value: float = 0.0) -> NDArray[np.float32]:
    return np.full((frames, MEL_BINS), value, np.float32)


def test_silence_is_digital_or_the_quietest_of_the_room() -> None:
    like = np.concatenate([loud(90, 1.0), loud(10, -4.0)])
    found = {float(value) for seed in range(20) for value in np.unique(quiet(like, 7, np.random.default_rng(seed)))}
    assert found == {DIGITAL_SILENCE, -4.0}
    assert quiet(like, 7, np.random.default_rng(0)).shape == (7, MEL_BINS)
    assert (quiet(loud(5), 3, np.random.default_rng(1)) == DIGITAL_SILENCE).all()  # too short to know the room


def test_joined_utterances_have_a_pause_and_a_word_boundary_between_them() -> None:
    joined = join(Example(loud(10), (1, 2), (5,)), Example(loud(20), (3,), (6, 7)), pause_seconds=0.25, boundary=1)
    assert joined.log_mel.shape == (55, MEL_BINS)
    assert (joined.log_mel[10:35] == DIGITAL_SILENCE).all()
    assert joined.surface == (1, 2, 3)
    assert joined.meaning == (5, *labels("|", of=MEANING_TOKENS), 6, 7)


def test_joining_with_the_unknown_is_unknown_and_with_silence_adds_no_boundary() -> None:
    known, unknown, silent = Example(loud(5), (1,), (5,)), Example(loud(5), None, (6,)), Example(loud(5), (), ())
    assert join(known, unknown, 0.1, 1).surface is None
    assert join(known, unknown, 0.1, 1).meaning == (5, *labels("|", of=MEANING_TOKENS), 6)
    assert join(known, silent, 0.1, 1).meaning == (5,)
    assert join(silent, known, 0.1, 1).surface == (1,)


def test_masks_hide_bands_and_stretches_and_leave_the_original_alone() -> None:
    rng = np.random.default_rng(3)
    original = rng.normal(size=(500, MEL_BINS)).astype(np.float32)
    before = original.copy()
    augment = AugmentConfig(frequency_masks=2, frequency_mask_bins=10, time_masks_per_second=1.0, time_mask_frames=12)
    masked = mask(original, augment, np.random.default_rng(4))
    assert np.array_equal(original, before)
    hidden = masked != original
    assert (masked[hidden] == np.float32(float(original.mean()))).all()
    bands, stretches = hidden.all(axis=0).sum(), hidden.all(axis=1).sum()
    assert 0 < bands <= 20
    assert stretches > 0
    assert hidden.sum() == 500 * bands + (MEL_BINS - bands) * stretches  # nothing but whole bands and whole frames
    nothing = AugmentConfig(frequency_masks=0, time_masks_per_second=0.0)
    assert np.array_equal(mask(original, nothing, np.random.default_rng(5)), original)


def test_batches_are_padded_with_silence() -> None:
    batch = collate([Example(loud(3), (1,), None), Example(loud(5), None, (2, 3))], np.random.default_rng(0))
    assert batch.log_mel.shape == (2, 5, MEL_BINS)
    assert (batch.log_mel[0, 3:] == DIGITAL_SILENCE).all()
    assert (batch.log_mel[1] == 0).all()
    assert batch.frames.tolist() == [3, 5]
    assert batch.surface == ((1,), None)
    assert batch.meaning == (None, (2, 3))
    assert ((batch.position >= 0) & (batch.position < 1500)).all()


@pytest.mark.parametrize(("frames", "chunks"), [(1, 1), (31, 1), (32, 1), (33, 2), (64, 2), (65, 3)])
def test_whole_chunks_cover_every_frame(frames: int, chunks: int) -> None:
    padded = padded_to_chunks(torch.zeros(2, frames, MEL_BINS), chunk=16)
    assert padded.shape == (2, 32 * chunks + STEM_OVERLAP, MEL_BINS)
    assert (padded[:, frames:] == DIGITAL_SILENCE).all()
    assert (padded[:, :frames] == 0).all()
