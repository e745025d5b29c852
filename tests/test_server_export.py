"""Documents over the wire are those of the library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served, receive, serving
from websockets.sync.client import connect

from saidmeant.streaming import AudioFile, Recognizer, Update, to_csv, to_textgrid
from saidmeant.streaming.server_messages import MAX_EXPORT_UPDATES


@pytest.fixture(scope="module")
def served(recognizer: Recognizer) -> Iterator[Served]:
    with serving(recognizer) as served:
        yield served


@pytest.fixture(scope="module")
def updates(recognizer: Recognizer, sample: Path) -> list[Update]:
    return recognizer.transcribe(AudioFile(sample))


def ask(served: Served, wanted: dict[str, Any], *messages: Any) -> dict[str, Any]:
    with connect(f"{served.socket}v1/export") as connection:
        connection.send(json.dumps({"type": "export", "updates": len(messages)} | wanted))
        for message in messages:
            connection.send(message if isinstance(message, str) else json.dumps({"type": "update", "update": message}))
        return receive(connection)


def test_a_textgrid_and_a_table(served: Served, updates: list[Update]) -> None:
    plain = [update.as_dict() for update in updates]
    grid = ask(served, {"format": "textgrid", "phones": "ipa", "duration": 1.978}, *plain)
    assert grid == {"type": "document", "format": "textgrid", "text": to_textgrid(updates, 1.978, phones="ipa")}
    table = ask(served, {"format": "csv", "file": "take.wav"}, *plain)
    assert table["text"] == to_csv(updates, file="take.wav")


@pytest.mark.parametrize(
    ("wanted", "messages", "found"),
    [
        ({"format": "pdf"}, (), "textgrid, srt, vtt, csv"),
        ({"format": "csv", "phones": "klingon"}, (), "arpabet, ipa, respelling"),
        ({"format": "csv", "updates": -1}, (), f"between 0 and {MAX_EXPORT_UPDATES}"),
        ({"format": "csv", "updates": 10**9}, (), f"between 0 and {MAX_EXPORT_UPDATES}"),
        ({"format": "csv", "more": 1}, (), "unknown key 'more'"),
        ({"format": "csv"}, ({"version": 99},), "version is 99"),
        ({"format": "csv"}, ("[]",), "expected"),
        ({"format": "csv"}, ('{"type": "update", "update": 3}',), "version is None"),
    ],
)
def test_nonsense_is_named(served: Served, wanted: dict[str, Any], messages: tuple[Any, ...], found: str) -> None:
    error = ask(served, wanted, *messages)
    assert error["type"] == "error"
    assert found in error["message"]
