"""The README's code blocks do what they say."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from fresh import FreshInstall

from saidmeant.models.manifest import read_manifest

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
MODELS_README = (Path(__file__).resolve().parents[1] / "models" / "README.md").read_text(encoding="utf-8")
TWO_MINUTES = 120


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    code: str


def blocks(text: str) -> list[Block]:
    return [Block(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


INSTALL, LISTEN, *COMMANDS, TESTS = [block.code for block in blocks(README) if block.language == "bash"]
PYTHON = [block.code for block in blocks(README) if block.language == "python"]


def test_every_block_is_of_a_kind_that_is_tested_here() -> None:
    assert {block.language for block in blocks(README)} <= {"bash", "python", "text"}
    assert "pip install ." in INSTALL
    assert "saidmeant listen" in LISTEN
    assert "pytest" in TESTS
    assert len(COMMANDS) >= 2
    assert len(PYTHON) >= 3


def test_the_first_command_installs_and_shows_both_lines(fresh_install: FreshInstall) -> None:
    meant = re.search(r"^\S+ +meant +(.*)$", fresh_install.output, re.MULTILINE)
    said = re.search(r"^ +said +(.*)$", fresh_install.output, re.MULTILINE)
    assert meant, fresh_install.output
    assert said, fresh_install.output
    shown = next(block.code for block in blocks(README) if block.language == "text")
    assert [meant[0].split(), said[0].split()] == [line.split() for line in shown.splitlines()[:2]]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_succeed_and_print(command: str, fresh_install: FreshInstall) -> None:
    result = subprocess.run(
        ["bash", "-euc", command], cwd=fresh_install.folder, capture_output=True, text=True, timeout=TWO_MINUTES
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


@pytest.mark.parametrize("code", PYTHON)
def test_python_runs_in_the_fresh_installation(code: str, fresh_install: FreshInstall) -> None:
    result = subprocess.run(
        [str(fresh_install.python), "-W", "error", "-c", code],
        cwd=fresh_install.folder, capture_output=True, text=True, timeout=TWO_MINUTES,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to a child on Windows")
def test_listen_listens_until_ctrl_c_or_says_that_there_is_no_microphone(fresh_install: FreshInstall) -> None:
    listener = subprocess.Popen(
        [str(fresh_install.python.with_name("saidmeant")), *LISTEN.split()[1:]],
        cwd=fresh_install.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(5)
    listener.send_signal(signal.SIGINT)
    _, status = listener.communicate(timeout=TWO_MINUTES)
    assert "Traceback" not in status
    assert listener.returncode in (0, 1)
    if listener.returncode:
        assert re.search(r"^saidmeant: .*", status, re.MULTILINE), status


def test_ci_runs_this_readmes_test_command(repository: Path) -> None:
    script = (repository / ".ci" / "run").read_text(encoding="utf-8")
    extract = next(line for line in script.splitlines() if line.startswith("test_command()"))
    found = subprocess.run(
        ["bash", "-c", f"{extract}; test_command"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert found.stdout == TESTS


def test_the_manifest_in_the_models_readme_is_one(tmp_path: Path) -> None:
    example = next(block.code for block in blocks(MODELS_README) if block.language == "json")
    (tmp_path / "example.jsonl").write_text(" ".join(example.split()), encoding="utf-8")
    (utterance,) = read_manifest(tmp_path / "example.jsonl")
    assert utterance.text == "i think so"
    assert utterance.surface == ("AY", "S", "IH", "NG", "K", "S", "<unk>")
    assert utterance.audio == tmp_path / "clips" / "a1.wav"


@pytest.mark.parametrize("name", ["README.md", "models/README.md", "models/RESULTS.md"])
def test_links_into_the_repository_lead_somewhere(name: str, repository: Path) -> None:
    page = repository / name
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
