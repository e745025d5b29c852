"""The documentation builds without warnings, and its code blocks do what they say."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from documented import BLOCKS, DOCS, PAGES, Block, environment, write_programs

REPOSITORY = DOCS.parent
NOT_RUN = 6
"""So many blocks are not run; whoever adds one says why in its fence and counts it here."""
EXCERPTS = {"c", "javascript", "kotlin", "swift", "typescript"}
"""Of programs in examples/, which other tests build and run."""
ELSEWHERE = {"not-run", "run-by", "until"}
RUN = [b for b in BLOCKS if b.language in ("bash", "python") and not ELSEWHERE & b.attributes.keys()]


def by_place(block: Block) -> str:
    return block.place


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the repository, in which blocks may leave files; ``saidmeant`` is ours."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(REPOSITORY / "examples", folder / "examples", ignore=shutil.ignore_patterns("node_modules"))
    for name in ("models", "tests"):
        (folder / name).symlink_to(REPOSITORY / name)
    write_programs(folder / "bin")
    return folder


@contextmanager
def until_ctrl_c(command: str, shows: str, desk: Path) -> Iterator[None]:
    """A command that goes on until it is stopped, from when it has shown this (a pattern) on."""
    process = subprocess.Popen(
        ["bash", "-euc", command], cwd=desk, env=environment(desk / "bin"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    patience = threading.Timer(120, process.kill)
    patience.start()
    try:
        for line in process.stdout:
            said += line
            if re.search(shows, said):
                break
        assert re.search(shows, said), said
        yield
        failed = re.search(r"^saidmeant: .*icrophone", said, re.MULTILINE)  # there is none: it ends by itself
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60 if failed else 2)
    finally:
        patience.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        said += process.communicate(timeout=60)[0]
    assert "Traceback" not in said


def needs_port(code: str) -> None:
    """Skips if something else, another test run for example, serves where the command is going to."""
    port = 8000 if "http.server" in code else 8765
    with contextlib.closing(socket.socket()) as probe:
        if "serve" in code and probe.connect_ex(("127.0.0.1", port)) == 0:
            pytest.skip(f"port {port} is taken on this machine")


def needed(block: Block) -> None:
    """Skips without its programs, except in CI, where .ci/run installs them."""
    missing = [program for program in block.attributes.get("needs", "").split() if shutil.which(program) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{', '.join(missing)} not found, though this is CI")
    if missing:
        pytest.skip(f"{', '.join(missing)} not found")


@pytest.mark.parametrize("block", [block for block in RUN if block.language == "bash"], ids=by_place)
def test_commands_succeed_and_print(block: Block, desk: Path) -> None:
    needed(block)
    beside = block.attributes.get("beside", "")
    needs_port(beside)
    with until_ctrl_c(beside, "http://", desk) if beside else contextlib.nullcontext():
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.code],
            cwd=desk, env=environment(desk / "bin"), capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to a child on Windows")
@pytest.mark.parametrize("block", [block for block in BLOCKS if "until" in block.attributes], ids=by_place)
def test_what_runs_until_ctrl_c(block: Block, desk: Path) -> None:
    needs_port(block.code)
    with until_ctrl_c(block.code, block.attributes["until"], desk):
        pass


@pytest.mark.parametrize("block", [block for block in RUN if block.language == "python"], ids=by_place)
def test_python_runs(block: Block, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.code, block.place, "exec"), {"__name__": "documented"})
    assert printed.getvalue().strip()


@pytest.mark.parametrize("block", [block for block in BLOCKS if "not-run" in block.attributes], ids=by_place)
def test_not_run(block: Block) -> None:
    """Loud in the summary, so that nobody takes them for tested; their syntax is."""
    if block.language == "bash":
        subprocess.run(["bash", "-n", "-c", block.code], check=True)
    pytest.skip(f"documentation, not run: {block.attributes['not-run']}")


def test_every_block_is_run_or_read_or_counted() -> None:
    assert {block.language for block in BLOCKS} <= {"bash", "python", "text", "json", "yaml", *EXCERPTS}
    assert sum("not-run" in block.attributes for block in BLOCKS) == NOT_RUN
    assert len(RUN) > NOT_RUN - 5, "most can be run"
    known = {*ELSEWHERE, "needs", "reads", "beside"}
    for block in BLOCKS:
        runner = Path(__file__).with_name(block.attributes.get("run-by", Path(__file__).name))
        assert "run-by" not in block.attributes or "run_by(__file__)" in runner.read_text(encoding="utf-8")
    assert all(block.attributes.keys() <= known and all(block.attributes.values()) for block in BLOCKS)
    for page in PAGES:
        fences = len(re.findall(r"^ *```", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert fences == 2 * sum(block.place.startswith(f"{page.relative_to(DOCS)}:") for block in BLOCKS), page


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language in EXCERPTS], ids=by_place)
def test_excerpts_stand_in_the_examples(block: Block) -> None:
    sources = (path for path in (REPOSITORY / "examples").rglob("*") if "node_modules" not in path.parts)
    files = [path for path in sources if path.suffix in (".c", ".h", ".html", ".kt", ".mjs", ".mts", ".swift")]
    assert any(block.code in path.read_text(encoding="utf-8") for path in files), block.code


def test_the_output_shown_is_the_output(desk: Path) -> None:
    """Of the first page's command, the block below it."""
    first = [block for block in BLOCKS if block.place.startswith("index.md")]
    command, shown = first[1], first[2]
    ended = subprocess.run(
        [desk / "bin" / command.code.split()[0], *command.code.split()[1:]],
        cwd=desk, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert [line.split() for line in ended.stdout.splitlines()] == [line.split() for line in shown.code.splitlines()]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language in ("json", "yaml")], ids=by_place)
def test_documents_are_read(block: Block, tmp_path: Path) -> None:
    from saidmeant.models.manifest import read_manifest

    path = tmp_path / "document"
    if block.language == "json":
        json.loads(block.code)
    if block.attributes.get("reads") == "manifest":
        path.write_text(" ".join(block.code.split()), encoding="utf-8")
        (utterance,) = read_manifest(path)
        assert utterance.surface == ("AY", "S", "IH", "NG", "K", "S", "<unk>")
    if block.language == "yaml":
        pytest.importorskip("torch", reason="recipes need torch: pip install '.[train]'")
        from saidmeant.models.recipe import load_recipe

        assert block.attributes["reads"] == "recipe"
        path.write_text(block.code, encoding="utf-8")
        recipe = load_recipe(path)
        assert (recipe.name, recipe.init, recipe.schedule.steps) == ("mine", "bundle:en-base", 1000)


def test_the_site_builds_without_warnings(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("mkdocstrings") is None:
        pytest.skip("mkdocs is not installed: pip install '.[docs]'")
    site = tmp_path / "site"
    ended = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", site],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "WARNING" not in ended.stderr
    reference = (site / "api" / "index.html").read_text(encoding="utf-8")
    from saidmeant import streaming

    assert all(f'id="saidmeant.streaming.{name}"' in reference for name in streaming.__all__)
    assert "shipped bundle by name" in reference, "docstrings"
    assert ":class:" not in reference
    loaded = re.findall(r'<(?:script|img|link)[^>]*(?:src|href)="(https?:[^"]+)"', reference)
    assert not loaded, "the site loads nothing from elsewhere"
