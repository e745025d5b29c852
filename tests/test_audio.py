"""Sources of audio: what they deliver, and the one clear line that they answer bad input with."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.streaming.audio import AudioFile, RawPCM, Source
from saidmeant.streaming.errors import AudioError, UsageError

THINK = Path(__file__).parent / "data" / "think.wav"


def tone(seconds: float, sample_rate: int) -> np.ndarray:
    """A quiet 440 Hz tone, shape (samples,)."""
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    return (0.25 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


def whole(source: Source) -> np.ndarray:
    chunks = list(source)
    assert all(chunk.dtype == np.float32 and chunk.ndim == 1 and len(chunk) for chunk in chunks)
    return np.concatenate(chunks)


@pytest.mark.parametrize("chunk_seconds", [0.001, 0.1, 0.32, 100.0])
def test_a_file_is_the_same_audio_in_any_slicing(chunk_seconds: float) -> None:
    expected, sample_rate = soundfile.read(THINK, dtype="float32")
    file = AudioFile(THINK, chunk_seconds)
    np.testing.assert_array_equal(whole(file), expected)
    assert file.sample_rate == sample_rate == 16_000
    assert file.duration == len(expected) / 16_000


def test_a_file_can_be_iterated_again() -> None:
    file = AudioFile(THINK)
    np.testing.assert_array_equal(whole(file), whole(file))


@pytest.mark.parametrize(
    ("name", "subtype", "sample_rate", "tolerance"),
    [
        ("a.wav", "PCM_U8", 8_000, 0.02),
        ("a.wav", "PCM_24", 44_100, 1e-4),
        ("a.wav", "FLOAT", 96_000, 1e-6),
        ("a.flac", "PCM_16", 48_000, 1e-4),
        ("a.aiff", "PCM_16", 22_050, 1e-4),
        ("a.ogg", "VORBIS", 44_100, 0.05),
        ("a.mp3", "MPEG_LAYER_III", 44_100, 0.05),
    ],
)
def test_any_format_rate_and_channel_count_becomes_mono(
    tmp_path: Path, name: str, subtype: str, sample_rate: int, tolerance: float
) -> None:
    mono = tone(0.5, sample_rate)
    path = tmp_path / name
    soundfile.write(path, np.stack([mono * 1.5, mono * 0.5], axis=1), sample_rate, subtype=subtype)
    file = AudioFile(path)
    heard = whole(file)
    assert file.sample_rate == sample_rate
    middle = slice(sample_rate // 10, sample_rate // 5)
    assert np.abs(heard[middle]).max() == pytest.approx(0.25, abs=0.05)
    if name.endswith(("wav", "flac", "aiff")):  # the lossy ones shift the samples
        np.testing.assert_allclose(heard, mono, atol=tolerance)


def test_an_open_binary_file_is_a_file_too() -> None:
    np.testing.assert_array_equal(whole(AudioFile(io.BytesIO(THINK.read_bytes()))), whole(AudioFile(THINK)))


def test_a_wav_header_written_before_the_length_was_known(tmp_path: Path) -> None:
    data = bytearray(THINK.read_bytes())
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"  # as ffmpeg and arecord write it to a pipe
    assert data[36:40] == b"data"
    path = tmp_path / "piped.wav"
    path.write_bytes(data)
    np.testing.assert_array_equal(whole(AudioFile(path)), whole(AudioFile(THINK)))


def bad_file(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"{kind}.wav"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("I think this is right\n" * 50, encoding="utf-8")
    elif kind == "header":
        path.write_bytes(THINK.read_bytes()[:20])
    elif kind == "nothing":
        soundfile.write(path, np.zeros(0, np.float32), 16_000)
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "does not exist"),
        ("folder", "is a folder, not an audio file"),
        ("empty", "is empty"),
        ("text", r"is not audio that libsndfile reads \(WAV, FLAC, OGG, MP3\): "),
        ("header", "is not audio that libsndfile reads"),
        ("nothing", "holds no audio"),
    ],
)
def test_a_bad_file_gets_one_clear_line(tmp_path: Path, kind: str, message: str) -> None:
    path = bad_file(tmp_path, kind)
    with pytest.raises(AudioError, match=f"^{re.escape(str(path))} {message}") as caught:
        AudioFile(path)
    assert "\n" not in str(caught.value)


def test_a_wav_that_was_cut_short_is_heard_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    path.write_bytes(THINK.read_bytes()[:20_001])
    expected = whole(AudioFile(THINK))[: (20_000 - 44) // 2]
    np.testing.assert_array_equal(whole(AudioFile(path)), expected)


def test_a_damaged_file_is_heard_up_to_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "damaged.flac"
    noise = np.random.default_rng(0).normal(0, 0.1, 160_000).astype(np.float32)
    soundfile.write(path, noise, 16_000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    heard = []
    with pytest.raises(AudioError, match=r"damaged\.flac is damaged or cut short: \d\.\d s of 10\.0 s read"):
        heard.extend(AudioFile(path))  # extend keeps what came before the error
    samples = np.concatenate(heard)
    assert 60_000 < len(samples) < 100_000
    np.testing.assert_allclose(samples, noise[: len(samples)], atol=1e-4)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_chunks_must_have_a_length(seconds: float) -> None:
    with pytest.raises(UsageError, match="chunk_seconds must be above 0"):
        AudioFile(THINK, seconds)
    with pytest.raises(UsageError, match="chunk_seconds must be above 0"):
        RawPCM(io.BytesIO(b"\0\0"), 16_000, seconds)


class Dribble(io.RawIOBase):
    """A pipe that hands out bytes in the given portions."""

    def __init__(self, data: bytes, portions: list[int]) -> None:
        self.data, self.portions = data, portions

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.portions.pop(0)) if self.portions else size
        taken, self.data = self.data[:size], self.data[size:]
        return taken


@given(st.lists(st.integers(1, 9), max_size=20), st.binary(min_size=2, max_size=60))
def test_raw_pcm_is_the_same_in_any_portions(portions: list[int], data: bytes) -> None:
    expected = np.frombuffer(data[: len(data) // 2 * 2], "<i2") / 32768
    source = RawPCM(Dribble(data, portions), 8_000)  # type: ignore[arg-type]
    np.testing.assert_array_equal(whole(source), expected.astype(np.float32))


@pytest.mark.parametrize("data", [b"", b"\x01"])
def test_raw_pcm_without_a_sample(data: bytes) -> None:
    with pytest.raises(AudioError, match="ended before its first sample"):
        list(RawPCM(io.BytesIO(data), 16_000))


def test_raw_pcm_needs_a_sample_rate() -> None:
    with pytest.raises(UsageError, match="above 0 Hz, not 0"):
        RawPCM(io.BytesIO(b"\0\0"), 0)
