"""The plain Kotlin of examples/android, compiled and run as docs/embed/android.md says; types of the rest."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from android import write_platform
from documented import run_by
from golden import VECTORS

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
KOTLIN = EXAMPLES / "android" / "app" / "src" / "main" / "kotlin" / "saidmeant"
PLAIN = ("Lanes.kt", "Pause.kt", "Session.kt")
ANDROID = ("MainActivity.kt", "SherpaHost.kt")


def needed() -> None:
    missing = [program for program in ("kotlinc", "kotlin") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"KOTLIN IS NOT TESTED: {', '.join(missing)} not found: apt-get install kotlin")


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the documented command has run, and what it printed."""
    needed()
    folder = tmp_path_factory.mktemp("kotlin")
    for name in ("android", "golden"):
        shutil.copytree(EXAMPLES / name, folder / "examples" / name)
    (folder / "models").symlink_to(EXAMPLES.parent / "models")
    (command,) = (block.code for block in run_by(__file__))
    ended = subprocess.run(
        ["bash", "-euc", command], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder / "examples" / "android" / "check.jar", ended.stdout


def test_the_golden_vectors_and_a_session(checked: tuple[Path, str]) -> None:
    _, printed = checked
    assert printed.count("all as expected\n") == len(VECTORS)
    assert "12 lanes, 320 ms, levels [16, 16, 16]\n" in printed
    assert printed.endswith("session: two segments, however it is sliced\n")
    assert "warning:" not in printed


def test_a_vector_that_is_wrong_is_noticed(checked: tuple[Path, str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text(VECTORS[0].read_text(encoding="utf-8").replace("phone\tM\t", "phone\tN\t"), encoding="utf-8")
    command = ["kotlin", "-cp", str(checked[0]), "saidmeant.CheckKt", str(broken)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, "is not" in ended.stderr) == (1, True)


@pytest.mark.parametrize("wrong", ["", "VOICE_RECOGNITION", "zipformer2Ctc"])
def test_the_app_fits_the_signatures_of_its_platform(wrong: str, tmp_path: Path) -> None:
    """Types alone, against a few classes written down here (android.py); a name that is none of theirs is noticed."""
    needed()
    app, platform = tmp_path / "app", write_platform(tmp_path / "platform")
    shutil.copytree(KOTLIN, app)
    for path in app.iterdir() if wrong else ():
        path.write_text(path.read_text(encoding="utf-8").replace(wrong, "nothingLikeIt"), encoding="utf-8")
    command = ["kotlinc", "-d", str(tmp_path / "app.jar"), str(platform), str(app)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if wrong:
        assert ended.returncode == 1
        assert "nothingLikeIt" in ended.stderr
    else:
        assert (ended.returncode, ended.stderr.count(".kt:")) == (0, 0), ended.stderr


def test_what_is_compiled_here_knows_nothing_of_the_platform() -> None:
    assert {path.name for path in KOTLIN.iterdir()} == {*PLAIN, *ANDROID}
    for name in PLAIN:
        imports = [line for line in (KOTLIN / name).read_text(encoding="utf-8").splitlines() if "import " in line]
        assert all(line.startswith("import kotlin.") for line in imports), name
    readme = (EXAMPLES / "android" / "README.md").read_text(encoding="utf-8")
    for name in ANDROID:
        (row,) = (line for line in readme.splitlines() if line.startswith("|") and f"`{name}`" in line)
        assert "**no**" in row, "its README says that it was not compiled here"
    assert readme.count("**no**") == len(ANDROID) + 1, "and the Gradle files"
