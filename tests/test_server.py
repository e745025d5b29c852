"""A server as a whole: what it serves, whom it lets in, and that crowds and nonsense do not stop it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from served import PATIENCE, Served, audio_messages, begin, finals, receive, rest, serving, transcript
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from saidmeant.streaming import Recognizer, SaidMeantError, UsageError
from saidmeant.streaming.server import SPARE_CONNECTIONS, ServerConfig, SpeechServer

CROWD = 2_000


@pytest.fixture(scope="module")
def served(recognizer: Recognizer) -> Iterator[Served]:
    with serving(recognizer, origins=("https://friend.example",)) as served:
        yield served


def get(served: Served, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    host, port = served.url.removeprefix("http://").rstrip("/").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    connection.request("GET", path, headers=headers)
    with connection.getresponse() as response:
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def test_the_page_and_its_parts_are_there(served: Served, repository: Path) -> None:
    files = {path.name for path in (repository / "streaming" / "page").iterdir()}
    assert {"index.html", "style.css", "app.js", "worklet.js"} <= files
    for name in ("", *files):
        status, headers, content = get(served, f"/{name}")
        assert status == 200
        assert content == (repository / "streaming" / "page" / (name or "index.html")).read_bytes()
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert get(served, "/worklet.js")[1]["content-type"].startswith("text/javascript")
    assert json.loads(get(served, "/phones.json")[2])["TH"] == {"ipa": "θ", "respelling": "th", "as_in": "think"}


@pytest.mark.parametrize("path", ["/nothing", "/../pyproject.toml", "/%2e%2e/server.py", "/server.py", "//"])
def test_nothing_else_is(served: Served, path: str) -> None:
    assert get(served, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "NONSENSE"])
def test_nothing_can_be_put_there(served: Served, method: str) -> None:
    host, port = served.url.removeprefix("http://").rstrip("/").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    connection.request(method, "/", body=b"x" * 1000)
    with suppress(ConnectionError, http.client.BadStatusLine), connection.getresponse() as response:
        assert 400 <= response.status < 600
    connection.close()
    assert get(served, "/health")[0] == 200


def test_health_tells_the_load_and_ready_whether_there_is_a_place(recognizer: Recognizer) -> None:
    with serving(recognizer, sessions=2) as served, ExitStack() as stack:
        health = json.loads(get(served, "/health")[2])
        assert (health["status"], health["sessions"], health["capacity"], health["load"]) == ("ok", 0, 2, 0)
        assert get(served, "/ready")[0] == 200
        for _ in range(2):
            receive(stack.enter_context(begin(served.socket)))
        status, _, content = get(served, "/health")
        assert (status, json.loads(content)["status"], json.loads(content)["load"]) == (200, "full", 1)
        assert get(served, "/ready")[0] == 503


def test_a_foreign_name_for_this_machine_is_refused(served: Served) -> None:
    assert get(served, "/", Host="evil.example")[0] == 421
    assert get(served, "/health", Host="localhost:1")[0] == 200
    assert get(served, "/", Host="")[0] == 421


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        ("https://friend.example", True),
        ("own", True),
        ("https://evil.example", False),
        ("null", False),
        ("http://127.0.0.1:1", False),
    ],
)
def test_only_known_pages_may_connect(served: Served, origin: str, welcome: bool) -> None:
    own = served.url.rstrip("/") if origin == "own" else origin
    if welcome:
        with connect(f"{served.socket}v1/listen", origin=Origin(own), open_timeout=PATIENCE):
            return
    with pytest.raises(InvalidStatus) as refused, connect(f"{served.socket}v1/listen", origin=Origin(own)):
        pass
    assert refused.value.response.status_code == 403


def test_a_token_is_asked_of_everybody(recognizer: Recognizer, sample: Path) -> None:
    with serving(recognizer, token="open-sesame") as served:
        assert get(served, "/")[0] == 200
        for query, headers in (("", {}), ("?token=open", {}), ("", {"Authorization": "Bearer no"})):
            with (
                pytest.raises(InvalidStatus) as refused,
                connect(f"{served.socket}v1/listen{query}", additional_headers=headers),
            ):
                pass
            assert refused.value.response.status_code == 401
        for query, headers in (("?token=open-sesame", {}), ("", {"Authorization": "Bearer open-sesame"})):
            with connect(f"{served.socket}v1/listen{query}", additional_headers=headers) as connection:
                connection.send('{"type": "start", "sample_rate": 16000}')
                assert receive(connection)["type"] == "ready"


def test_other_hosts_need_a_token_and_a_key_needs_a_certificate() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.2", "example.org"):
        with pytest.raises(UsageError, match="--token"):
            ServerConfig(host=host)
    for host in ("127.0.0.1", "::1", "localhost"):
        ServerConfig(host=host)
    ServerConfig(host="0.0.0.0", token="secret")
    with pytest.raises(UsageError, match="--certificate"):
        ServerConfig(key=Path("key.pem"))
    with pytest.raises(UsageError, match="cannot use the certificate"):
        ServerConfig(certificate=Path(__file__)).encryption()


def test_a_certificate_makes_it_https(recognizer: Recognizer, tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "chain.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    trusting = ssl.create_default_context(cafile=str(tmp_path / "chain.pem"))
    with serving(recognizer, certificate=tmp_path / "chain.pem", key=tmp_path / "key.pem") as served:
        assert served.url.startswith("https://")
        with connect(f"{served.socket}v1/listen", ssl=trusting) as connection:
            connection.send('{"type": "start", "sample_rate": 16000}')
            assert receive(connection)["type"] == "ready"


def test_a_port_that_is_taken_is_an_error(recognizer: Recognizer, served: Served) -> None:
    port = int(served.url.rsplit(":", 1)[1].rstrip("/"))
    with pytest.raises(SaidMeantError, match=f"port {port}"), serving_failed(recognizer, port):
        pass


class serving_failed:  # noqa: N801 (reads as a verb)
    """Runs a server in this thread until it fails."""

    def __init__(self, recognizer: Recognizer, port: int) -> None:
        self.server = SpeechServer(recognizer, ServerConfig(port=port, sessions=1), print)

    def __enter__(self) -> None:
        import asyncio

        asyncio.run(self.server.run(asyncio.Event()))

    def __exit__(self, *_: Any) -> None:
        return


def test_thousands_of_connections_do_not_keep_others_out(served: Served, sample: Path) -> None:
    """Those that say nothing, those that talk nonsense, those that leave, and WebSockets that never start."""
    host, port = "127.0.0.1", int(served.url.rsplit(":", 1)[1].rstrip("/"))
    for number in range(CROWD):
        with socket.create_connection((host, port), timeout=PATIENCE) as visitor:
            if number % 3:
                visitor.sendall(os.urandom(64) if number % 3 == 1 else b"GET /v1/listen HTTP/1.1\r\nHost: x\r\n")
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection((host, port), timeout=PATIENCE))
        assert finals(transcript(served.socket, sample))
    assert served.reports == []


def test_there_is_an_end_to_open_websockets(recognizer: Recognizer, sample: Path) -> None:
    with serving(recognizer, sessions=1) as served:
        with ExitStack() as stack:
            for _ in range(1 + SPARE_CONNECTIONS):
                stack.enter_context(connect(f"{served.socket}v1/listen", open_timeout=PATIENCE, close_timeout=1))
            with pytest.raises(InvalidStatus) as refused, connect(f"{served.socket}v1/listen"):
                pass
            assert refused.value.response.status_code == 503
        assert finals(transcript(served.socket, sample))


def test_a_fault_of_ours_ends_one_session_and_is_reported(
    recognizer: Recognizer, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(recognizer) as served:
        with monkeypatch.context() as patched:
            patched.setattr("saidmeant.streaming.server_session.read_audio", lambda *_: 1 / 0)
            rate, messages = audio_messages(sample)
            with begin(served.socket, sample_rate=rate) as connection:
                connection.send(messages[0])
                error = rest(connection)[-1]
        assert (error["type"], error["code"]) == ("error", "internal")
        assert served.reports == ["a session failed: ZeroDivisionError: division by zero"]
        assert finals(transcript(served.socket, sample))
