"""What several test files need: the shipped recogniser, the sample, the speech data beside the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fresh import FreshInstall
from room import Room

from saidmeant.streaming import Recognizer

REPOSITORY = Path(__file__).resolve().parents[1]
NOT_SOURCE = shutil.ignore_patterns(
    ".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "build", "dist"
)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the working tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def sample() -> Path:
    """The recording that ships with the project."""
    return REPOSITORY / "tests" / "data" / "think.wav"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of speech manifests that recipes name, ``../shared/data``; tests that need it skip without it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the speech data is not in {folder} (see models/README.md)")
    return folder


@pytest.fixture(scope="session")
def bundle() -> str:
    """The bundle under test: the shipped one, or the folder that SAIDMEANT_TEST_BUNDLE names."""
    return os.environ.get("SAIDMEANT_TEST_BUNDLE", "en-base")


@pytest.fixture(scope="session")
def recognizer(bundle: str) -> Recognizer:
    """The bundle under test, loaded once."""
    return Recognizer.load(bundle)


@pytest.fixture(scope="session")
def source_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree without what building and testing leave in it."""
    folder = tmp_path_factory.mktemp("source") / "saidmeant"
    shutil.copytree(REPOSITORY, folder, ignore=NOT_SOURCE)
    return folder


@pytest.fixture(scope="session")
def fresh_install(source_copy: Path) -> FreshInstall:
    """The README's first command: an empty virtual environment, ``pip install .``, a transcript of the sample."""
    if sys.platform == "win32":
        pytest.skip("the README's commands are for a POSIX shell")
    readme = (source_copy / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^```bash\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert found, "README.md has no bash block"
    result = subprocess.run(["bash", "-euc", found[1]], cwd=source_copy, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return FreshInstall(source_copy, result.stdout)


@pytest.fixture
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A microphone to play to; tests that use it skip where :data:`room.MISSING` says what is not installed."""
    folder = tmp_path_factory.mktemp("r")  # short: the path of a socket has little room
    folder.chmod(0o700)
    room = Room(folder)
    yield room
    room.close()
