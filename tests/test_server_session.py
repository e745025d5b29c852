"""Sessions with a server: the text is that of one recogniser, whoever else is there and however they behave."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from served import (
    CHUNK_SECONDS,
    PATIENCE,
    Served,
    audio_messages,
    begin,
    close_code,
    finals,
    receive,
    rest,
    serving,
    silence,
    transcript,
    until_quiet,
)
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from saidmeant.streaming import AudioFile, Recognizer, read_updates
from saidmeant.streaming.server_session import Limits

MANY = 16
DEAF_SECONDS = 20.0


@pytest.fixture(scope="module")
def served(recognizer: Recognizer) -> Iterator[Served]:
    with serving(recognizer, sessions=MANY) as served:
        yield served


@pytest.fixture(scope="module")
def expected(recognizer: Recognizer, sample: Path) -> list[dict[str, Any]]:
    return [update.as_dict() for update in recognizer.transcribe(AudioFile(sample))]


def test_a_session_is_what_the_recogniser_says(served: Served, sample: Path, expected: list[dict[str, Any]]) -> None:
    ready, *updates, finished = transcript(served.socket, sample)
    assert (ready["type"], ready["protocol"], ready["recorded"]) == ("ready", 1, False)
    assert ready["chunk_ms"] > 0
    assert finals(updates) == expected
    assert any(not message["update"]["final"] for message in updates)
    assert all(0 < message["heard"] <= finished["seconds"] for message in updates)
    assert finished == {"type": "finished", "reason": "finish", "seconds": pytest.approx(1.978, abs=0.01)}


def test_without_partials_only_finals_come(served: Served, sample: Path, expected: list[dict[str, Any]]) -> None:
    _, *updates, _ = transcript(served.socket, sample, partials=False)
    assert [message["update"] for message in updates] == expected


def test_floats_are_heard_as_well(served: Served, sample: Path, expected: list[dict[str, Any]]) -> None:
    rate, messages = audio_messages(sample)
    with begin(served.socket, sample_rate=rate, encoding="f32le") as connection:
        for message in messages:
            connection.send((np.frombuffer(message, "<i2") / np.float32(32768)).astype("<f4").tobytes())
        connection.send('{"type": "finish"}')
        assert finals(rest(connection)) == expected


def test_a_text_is_followed(served: Served, sample: Path) -> None:
    messages = transcript(served.socket, sample, reference="I really think this is right")
    states = [word["state"] for word in finals(messages)[-1]["reading"]["words"]]
    assert states == ["read", "skipped", "read", "read", "read", "read"]


def test_sixteen_people_at_once_get_the_text_that_one_gets(
    served: Served, sample: Path, expected: list[dict[str, Any]]
) -> None:
    """Each in real time: a tenth of a second of audio every tenth of a second."""
    rate, messages = audio_messages(sample)

    async def speak() -> list[dict[str, Any]]:
        async with connect_async(f"{served.socket}v1/listen", open_timeout=PATIENCE) as connection:
            await connection.send(json.dumps({"type": "start", "sample_rate": rate, "partials": False}))
            began = time.monotonic()
            for number, message in enumerate(messages):
                await asyncio.sleep(max(0.0, began + number * CHUNK_SECONDS - time.monotonic()))
                await connection.send(message)
            await connection.send('{"type": "finish"}')
            return [json.loads(message) async for message in connection]

    async def all_speak() -> list[list[dict[str, Any]]]:
        return await asyncio.gather(*(speak() for _ in range(MANY)))

    for heard in asyncio.run(all_speak()):
        assert heard[-1]["reason"] == "finish"
        assert finals(heard) == expected


def test_one_more_than_there_are_places_is_told_so_and_may_come_back(recognizer: Recognizer, sample: Path) -> None:
    with serving(recognizer, sessions=1) as served:
        with begin(served.socket) as first:
            assert receive(first)["type"] == "ready"
            with begin(served.socket) as second:
                refusal = receive(second)
                assert close_code(second) == 1013
        assert refusal["code"] == "busy"
        assert "1 person at once" in refusal["message"]
        assert finals(transcript(served.socket, sample))


def test_who_sends_nothing_is_let_go_with_what_was_heard(recognizer: Recognizer, sample: Path) -> None:
    with serving(recognizer, limits=Limits(idle_seconds=0.3)) as served:
        rate, messages = audio_messages(sample)
        with begin(served.socket, sample_rate=rate) as connection:
            for message in messages:
                connection.send(message)
            heard = rest(connection)
    assert heard[-1]["reason"] == "idle"
    assert finals(heard)


def test_a_session_has_an_end(recognizer: Recognizer) -> None:
    with serving(recognizer, limits=Limits(session_seconds=1.0)) as served, begin(served.socket) as connection:
        for _ in range(12):
            connection.send(silence(0.1))
        finished = rest(connection)[-1]
    assert (finished["reason"], finished["seconds"]) == ("session-too-long", pytest.approx(1.0))


def test_a_trickle_of_audio_does_not_hold_a_place_for_ever(recognizer: Recognizer) -> None:
    limits = Limits(session_seconds=0.5, idle_seconds=0.5)
    with serving(recognizer, limits=limits) as served, begin(served.socket) as connection:
        assert receive(connection)["type"] == "ready"
        for _ in range(10):
            connection.send(silence(0.001))
            time.sleep(0.1)
        assert rest(connection)[-1]["reason"] == "session-too-long"


def test_stopping_finishes_open_sessions(recognizer: Recognizer, sample: Path, expected: list[dict[str, Any]]) -> None:
    rate, messages = audio_messages(sample)
    with serving(recognizer) as served, begin(served.socket, sample_rate=rate) as connection:
        for message in messages:
            connection.send(message)
        until_quiet(connection)
        served.end()
        heard = rest(connection)
    assert heard[-1]["reason"] == "shutdown"
    assert finals(heard)[-1]["meaning"]["text"] == expected[-1]["meaning"]["text"]


def test_a_cut_connection_frees_its_place_and_is_recorded(
    recognizer: Recognizer, sample: Path, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    rate, messages = audio_messages(sample)
    with serving(recognizer, sessions=1, record=tmp_path / "kept") as served:
        with begin(served.socket, sample_rate=rate) as connection:
            assert receive(connection)["recorded"]
            for message in messages:
                connection.send(message)
            until_quiet(connection)
            connection.socket.shutdown(socket.SHUT_RDWR)  # no farewell
        deadline = time.monotonic() + PATIENCE
        while served.server.house.capacity.open and time.monotonic() < deadline:
            time.sleep(0.05)
        assert served.server.house.capacity.open == 0
    (kept,) = (tmp_path / "kept").glob("*.jsonl")
    (update,) = read_updates(kept)
    assert update.meaning.text == expected[-1]["meaning"]["text"]
    assert AudioFile(kept.with_suffix(".wav")).duration == pytest.approx(1.978, abs=0.01)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", "malformed"),
        ("[" * 100_000, "malformed"),
        ('{"type": "start", "sample_rate": 16000}', "unexpected"),
        (b"\0", "malformed"),
        (silence(2.5), "too-long"),
    ],
)
def test_what_is_wrong_ends_that_session_alone(
    served: Served, sample: Path, expected: list[dict[str, Any]], message: str | bytes, code: str
) -> None:
    rate, audio = audio_messages(sample)
    with begin(served.socket, sample_rate=rate) as connection:
        for each in audio:
            connection.send(each)
        connection.send(message)
        *heard, error = rest(connection)
    assert (error["type"], error["code"]) == ("error", code)
    assert finals(heard)[-1]["meaning"]["text"] == expected[-1]["meaning"]["text"], "what was heard is told first"
    assert served.reports == []


def test_numbers_that_are_no_audio_are_named(served: Served) -> None:
    with begin(served.socket, encoding="f32le") as connection:
        connection.send(np.full(1600, np.nan, "<f4").tobytes())
        error = rest(connection)[-1]
    assert "NaN" in error["message"]


def test_an_oversized_message_is_not_read(served: Served) -> None:
    with begin(served.socket) as connection:
        connection.send(silence(60))
        assert close_code(connection) == 1009


def test_who_does_not_read_is_given_up_and_disturbs_nobody(
    served: Served, sample: Path, expected: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saidmeant.streaming.server_line.SEND_SECONDS", 0.5)
    rate, messages = audio_messages(sample)
    port = int(served.url.rsplit(":", 1)[1].rstrip("/"))
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", port))
        with connect(f"{served.socket}v1/listen", sock=raw, compression=None, max_queue=1, close_timeout=1) as deaf:
            text = "I think this is right " * 50  # the state of every word comes with every update
            deaf.send(json.dumps({"type": "start", "sample_rate": rate, "reference": text}))
            narrow(served)
            sent = send_until_cut(deaf, messages)
            assert finals(transcript(served.socket, sample)) == expected
    assert sent < DEAF_SECONDS


def narrow(served: Served) -> None:
    """The system keeps megabytes for a client that does not read; with little it does not take minutes to fill them."""
    assert served.server._server is not None
    while not served.server._server.connections:
        time.sleep(0.01)
    for connection in served.server._server.connections:
        connection.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


def send_until_cut(connection: ClientConnection, messages: list[bytes]) -> float:
    """Sends the same again and again and reads nothing; for how long."""
    began = time.monotonic()
    try:
        while time.monotonic() - began < DEAF_SECONDS:
            for message in messages:
                connection.send(message)
    except (ConnectionClosed, OSError):
        pass
    return time.monotonic() - began
