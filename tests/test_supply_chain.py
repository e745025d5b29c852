"""What comes from others: weights by their sha256, bounded dependencies, no pickles, no network at run time."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from saidmeant.models import kokoro, whisper_package
from saidmeant.models.kokoro_voices import VOICE_SHA256

DATA = Path(__file__).parent / "data"
SECONDS = 120  # patience for a busy machine
OFFLINE = """
import sys
def refuse(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.")):
        raise RuntimeError(f"the network was asked for: {event}")
sys.addaudithook(refuse)
from saidmeant.streaming.cli import main
sys.exit(main(sys.argv[1:]))
"""


def without_network() -> list[str]:
    """A command prefix that takes away every network interface, where the system lets us; C++ is then bound too."""
    unshare = shutil.which("unshare")
    for options in (["-n"], ["-r", "-n"]):
        if unshare and subprocess.run([unshare, *options, "true"], capture_output=True).returncode == 0:
            return [unshare, *options]
    return []


@pytest.mark.parametrize("options", [["--json"], ["--reference", "I think this is right"]])
def test_the_recogniser_needs_no_network(options: list[str], bundle: str) -> None:
    program = [sys.executable, "-c", OFFLINE, "transcribe", "--bundle", bundle, *options, str(DATA / "think.wav")]
    command = [*without_network(), *program]
    result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert (result.returncode, result.stderr) == (0, "")
    assert "think" in result.stdout


def test_the_test_above_would_notice() -> None:
    program = OFFLINE.partition("from saidmeant")[0] + "import socket\nsocket.create_connection(('127.0.0.1', 9))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=SECONDS)
    assert "the network was asked for: socket." in result.stderr


def test_the_runtime_imports_nothing_that_talks_to_the_network() -> None:
    program = "import sys, json, saidmeant.streaming, saidmeant.streaming.cli, saidmeant.streaming.transcription\n"
    program += "print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"requests", "urllib3", "httpx", "aiohttp", "huggingface_hub"} & set(json.loads(result.stdout))


def test_every_dependency_of_every_extra_is_bounded_on_both_sides(repository: Path) -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 reads no TOML")
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [project["build-system"]["requires"], project["project"]["dependencies"]]
    lists += project["project"]["optional-dependencies"].values()
    requirements = [each for several in lists for each in several if not each.startswith("saidmeant[")]
    assert len(requirements) > 30
    for requirement in requirements:
        assert "==" in requirement or (">=" in requirement and "<" in requirement), requirement


def test_nothing_is_unpickled(repository: Path) -> None:
    """torch.load and numpy.load say that they load no code, and pickle and yaml.load are not used at all."""
    seen = 0
    for path in [each for folder in ("streaming", "export", "models") for each in (repository / folder).glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            call = f"{owner}.{node.func.attr}"
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert owner not in {"pickle", "marshal", "shelve", "dill", "joblib"}, f"{path.name}: {call}"
            assert call not in {"yaml.load", "yaml.unsafe_load", "yaml.full_load"}, f"{path.name}: {call}"
            if call == "torch.load":
                assert options.get("weights_only") == "True", path.name
            if call == "np.load":
                assert options.get("allow_pickle", "False") == "False", path.name
            seen += call in {"torch.load", "np.load", "yaml.safe_load"}
    assert seen > 3


def test_whisper_in_the_cache_is_checked_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = whisper_package.model_folder()
    good = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(good) == {"model.bin", *whisper_package.COMPANIONS}
    for name in ("model.bin", "tokenizer.json"):
        (folder / name).write_bytes(b"something else" + good[name][14:])
    whisper_package.model_folder()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == good


def test_a_package_with_another_tokenizer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in whisper_package.COMPANIONS:
        (tmp_path / name).write_text("{}", encoding="utf-8")
    monkeypatch.setattr(whisper_package, "package_data", lambda package: tmp_path)
    with pytest.raises(ValueError, match="config.json: sha256 is [0-9a-f]{64}, expected 56a6d811"):
        whisper_package.model_folder()


def test_every_voice_of_kokoro_has_a_hash_and_no_other_is_taken() -> None:
    assert len(VOICE_SHA256) == 54
    assert set(kokoro.HELD_OUT_VOICES) <= set(VOICE_SHA256)
    for name in ("model", "vocab.json", *(f"{voice}.bin" for voice in VOICE_SHA256)):
        with pytest.raises(ValueError, match=f"{name}: sha256 is [0-9a-f]{{64}}, expected {kokoro.SHA256[name][:8]}"):
            kokoro._checked(name, b"something else")
    with pytest.raises(ValueError, match="expected that of a voice"):
        kokoro._checked("my_own.bin", b"anything")


def test_the_voices_here_are_those() -> None:
    folder = kokoro.default_folder() / "package" / "voices"
    if not folder.is_dir():
        pytest.skip(f"Kokoro's packages are not in {kokoro.default_folder()} (see models/README.md)")
    for path in folder.glob("*.bin"):
        assert kokoro._checked(path.name, path.read_bytes())
