"""What clients may say."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saidmeant.streaming import EndpointConfig
from saidmeant.streaming.server_messages import ProtocolError, Start, read_audio, read_start


def start(**content: object) -> Start:
    return read_start(json.dumps({"type": "start", "sample_rate": 16_000} | content))


def test_a_start_says_as_little_as_its_sample_rate() -> None:
    assert start() == Start(16_000)
    assert start().pauses == EndpointConfig.preset("learner")
    assert start(endpoint="command").pauses == EndpointConfig.preset("command")
    assert start(pause_ms=800).pauses == EndpointConfig(pause_ms=800)
    assert start(reference="one text").reference == ("one text",)
    assert start(reference=["two", "sentences"]).reference == ("two", "sentences")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"sample_rate": "16000"}, "expected int"),
        ({"sample_rate": 100}, "between 4000 and 384000"),
        ({"sample_rate": 10**400}, "between 4000 and 384000"),
        ({"encoding": "mp3"}, "s16le, f32le"),
        ({"endpoint": "lerner"}, "learner, dictation, command"),
        ({"pause_ms": -1}, "longer than 0"),
        ({"pause_ms": float("nan")}, "longer than 0"),
        ({"reference": 3}, "start.reference"),
        ({"reference": "word " * 501}, "more than 500 words"),
        ({"token": "x"}, "unknown key 'token'"),
    ],
)
def test_a_wrong_start_is_told_what_is_right(content: dict[str, object], found: str) -> None:
    with pytest.raises(ProtocolError, match=found):
        start(**content)


@given(st.text() | st.binary())
def test_nothing_else_comes_out_of_anything(message: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        read_start(message)


def test_audio_is_scaled_to_one_and_its_length_is_checked() -> None:
    whole = np.array([-32768, 0, 16384], "<i2").tobytes()
    assert read_audio(whole, Start(16_000)).tolist() == [-1.0, 0.0, 0.5]
    floats = np.array([-1.0, 0.25], "<f4").tobytes()
    assert read_audio(floats, Start(16_000, "f32le")).tolist() == [-1.0, 0.25]
    with pytest.raises(ProtocolError, match="no whole number"):
        read_audio(whole[:-1], Start(16_000))
    with pytest.raises(ProtocolError, match="more than 2 s"):
        read_audio(bytes(2 * 16_001 * 2), Start(16_000))
