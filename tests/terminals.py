"""The command on a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "saidmeant.streaming"]
SECONDS = 120  # patience for a busy machine


def on_a_terminal(arguments: list[str], *, stdout: bool, stderr: bool) -> tuple[int, str, str]:
    """Run with stdout and/or stderr on a terminal: (status, what the terminal got, what the other one got)."""
    pty = pytest.importorskip("pty", reason="terminals can be made on POSIX only")
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=child if stdout else subprocess.PIPE,
        stderr=child if stderr else subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    os.close(child)
    shown = b""
    while True:
        try:
            part = os.read(parent, 4096)
        except OSError:  # Linux's way to say that nobody writes any more
            break
        if not part:
            break
        shown += part
    os.close(parent)
    output, errors = process.communicate(timeout=SECONDS)
    return process.returncode, shown.decode(), ((output or b"") + (errors or b"")).decode()


def without_styles(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")
