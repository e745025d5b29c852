"""``saidmeant serve`` as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from served import begin, finals, receive, serving, transcript

from saidmeant.streaming import Recognizer
from saidmeant.streaming.cli import main

SERVE = [sys.executable, "-m", "saidmeant.streaming", "serve", "--port", "0"]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to a child on Windows")
def test_it_says_where_it_is_and_finishes_open_sessions_on_ctrl_c(bundle: str, sample: Path) -> None:
    server = subprocess.Popen(
        [*SERVE, "--bundle", bundle, "--idle-seconds", "60"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}health", timeout=30) as answer:
            assert json.load(answer)["capacity"] >= 1
        socket = url.replace("http", "ws", 1)
        assert finals(transcript(socket, sample))
        with begin(socket) as connection:
            assert receive(connection)["type"] == "ready"
            server.send_signal(signal.SIGINT)
            assert receive(connection) == {"type": "finished", "reason": "shutdown", "seconds": 0.0}
        _, status = server.communicate(timeout=60)
    finally:
        server.kill()
    assert server.returncode == 0
    assert "nothing is stored" in status
    assert status.endswith("saidmeant: stopped; open sessions were finished\n")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--host", "0.0.0.0"], "--token"),
        (["--token", "two words"], "without spaces"),
        (["--token", "@/nowhere/secret"], "cannot read the token"),
        (["--port", "70000"], "not a port"),
        (["--sessions", "0"], "not a number"),
        (["--idle-seconds", "nan"], "not a number"),
        (["--certificate", "/nowhere.pem"], "cannot use the certificate"),
    ],
)
def test_wrong_arguments_are_told_at_once(arguments: list[str], found: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", *arguments]) == 2
    assert found in capsys.readouterr().err


def test_the_capacity_is_measured_unless_it_is_given(recognizer: Recognizer) -> None:
    with serving(recognizer, sessions=None) as served:
        assert 1 <= served.server.house.capacity.most < 1_000
