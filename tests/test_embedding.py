"""The bundle in other languages: lane code passes the golden vectors, programs print what the Python API gives."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden import VECTORS
from numpy.typing import NDArray

from saidmeant.streaming import AudioFile, Recognizer
from saidmeant.streaming.bundle import find_folder

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
CLIPS = ("think", "weather", "right", "three_sentences")
LAST_BITS = 1e-6
"""An int8 model rounds its activations, and what changes the audio or the arithmetic so little may tip a token over."""
Samples = NDArray[np.float32]
Update = dict[str, Any]


def needed(*programs: str) -> None:
    """Skips without them, except in CI, where .ci/run installs them."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{', '.join(missing)} not found, though this is CI")
    if missing:
        pytest.skip(f"{', '.join(missing)} not found: apt-get install gcc libc6-dev make nodejs npm")


def run(*command: object, folder: Path | None = None, audio: bytes | None = None) -> str:
    words = [str(word) for word in command]
    ended = subprocess.run(words, cwd=folder, input=audio, capture_output=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout.decode() + ended.stderr.decode()
    return ended.stdout.decode()


@pytest.fixture(scope="module")
def greedy(bundle: str) -> Recognizer:
    return Recognizer.load(bundle, language_model=None)


@pytest.fixture(scope="module")
def expected(greedy: Recognizer) -> Callable[[Samples], list[list[Update]]]:
    """The final updates of audio by the Python API, and those of the same audio with last bits changed."""

    def transcribe(samples: Samples) -> list[Update]:
        return [json.loads(json.dumps(plain(final.as_dict()))) for final in greedy.transcribe(iter([samples]))]

    def all_of(samples: Samples) -> list[list[Update]]:
        changes = [LAST_BITS * np.random.default_rng(seed).standard_normal(len(samples)) for seed in range(3)]
        changed = [(samples * (1 + change)).astype(np.float32) for change in changes]
        return [transcribe(each) for each in (samples, *changed)]

    return all_of


def samples_of(clip: str) -> Samples:
    return np.concatenate(list(AudioFile(EXAMPLES.parent / "tests" / "data" / f"{clip}.wav")))


@pytest.fixture(scope="module")
def c_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """examples/c, built as its README says, every warning an error."""
    needed("gcc", "make")
    folder = tmp_path_factory.mktemp("c")
    targets = [folder / name for name in ("transcribe", "check_golden")]
    run(
        "make", f"BUILD={folder}", "CC=gcc", "CFLAGS=-O2 -Werror", f"SHERPA={sherpa()}", *targets, folder=EXAMPLES / "c"
    )
    return folder


def sherpa() -> Path:
    import sherpa_onnx

    return Path(sherpa_onnx.__file__).parent


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of examples/node with what its lock file names."""
    needed("node", "npm")
    folder = tmp_path_factory.mktemp("node") / "node"
    shutil.copytree(EXAMPLES / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=folder)
    return folder


def program(language: str, request: pytest.FixtureRequest) -> list[object]:
    folder = request.getfixturevalue(f"{language}_folder")
    return [folder / "transcribe"] if language == "c" else ["node", folder / "transcribe.mjs"]


def plain(update: Update) -> Update:
    """Without what only Python has."""
    return {
        "segment": update["segment"],
        "final": update["final"],
        "surface": {name: update["surface"][name] for name in ("text", "tokens")},
        "meaning": {name: update["meaning"][name] for name in ("text", "tokens", "words")},
    }


def approximate(value: Any) -> Any:
    """Times and confidences to a thousandth; everything else as it is."""
    if isinstance(value, dict):
        return {name: approximate(item) for name, item in value.items()}
    if isinstance(value, list):
        return [approximate(item) for item in value]
    return pytest.approx(value, abs=0.0011) if isinstance(value, float) else value


def finals_of(printed: str) -> list[Update]:
    updates = [plain(json.loads(line)) for line in printed.splitlines()]
    return [update for update in updates if update["final"]]


def spelled(updates: list[Update]) -> list[list[str]]:
    """Both lines token by token, and the words."""
    lines = (("surface", "tokens"), ("meaning", "tokens"), ("meaning", "words"))
    return [[each["text"] for each in update[line][what]] for update in updates for line, what in lines]


def assert_same(printed: str, expected: list[list[Update]], language: str) -> None:
    """In C everything is equal.  WebAssembly's lines are Python's of this audio, or of it with last bits changed."""
    found = finals_of(printed)
    assert found
    if language == "c":
        assert found == approximate(expected[0])
        return
    assert [update["segment"] for update in found] == [update["segment"] for update in expected[0]]
    assert spelled(found) in [spelled(each) for each in expected]


LANGUAGES = pytest.mark.parametrize("language", ["c", "node"])


def test_lane_code_in_c(c_folder: Path) -> None:
    printed = run(c_folder / "check_golden", *VECTORS)
    assert printed.count(" 0 wrong\n") == len(VECTORS)


def test_lane_code_in_c_can_fail(c_folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text(VECTORS[0].read_text(encoding="utf-8").replace("phone\tM\t", "phone\tN\t"), encoding="utf-8")
    ended = subprocess.run([c_folder / "check_golden", broken], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.count(" 1 wrong\n")) == (1, 1)


def test_lane_code_in_node(node_folder: Path) -> None:
    printed = run("node", node_folder / "check_golden.mjs", *VECTORS)
    assert printed.count("all as expected\n") == len(VECTORS)


def test_lane_code_in_node_can_fail(node_folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text(VECTORS[0].read_text(encoding="utf-8").replace("phone\tM\t", "phone\tN\t"), encoding="utf-8")
    command = ["node", str(node_folder / "check_golden.mjs"), str(broken)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def tsc(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(folder / "node_modules" / ".bin" / "tsc"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_typescript_program_compiles_and_runs(node_folder: Path, bundle: str, sample: Path) -> None:
    compiled = tsc(node_folder, "--noEmit", "false")
    assert compiled.returncode == 0, compiled.stdout
    program = """
        import sherpa from "sherpa-onnx";
        import { listen, seconds } from "./typed.mjs";
        const finals = listen(process.argv[1], seconds(sherpa.readWave(process.argv[2]).samples));
        console.log(finals.length, finals.every((update) => update.meaning.words[0].confidence > 0));
    """
    command = ("node", "--input-type=module", "--eval", program, find_folder(bundle), sample)
    *_, final, counted = run(*command, folder=node_folder).splitlines()
    assert final.startswith("final ")
    assert counted == "1 true"


def test_a_typescript_program_that_is_wrong_does_not_compile(node_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "wrong"
    shutil.copytree(node_folder, folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(node_folder / "node_modules")
    program = folder / "typed.mts"
    program.write_text(program.read_text(encoding="utf-8").replace("meaning.words", "meaning.wordz"), encoding="utf-8")
    assert "TS2551" in tsc(folder).stdout


@LANGUAGES
def test_a_float_model_as_in_python(language: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Here nothing is quantised, and every language prints the same tokens, times, confidences and words."""
    pytest.importorskip("torch", reason="makes a small model: pip install '.[export]'")
    from tiny import noise, tiny_bundle, tiny_model

    folder = tiny_bundle(tmp_path / "tiny", tiny_model()).folder
    pcm = (noise(6.0) * 32767).clip(-32768, 32767).astype("<i2")
    samples = pcm.astype(np.float32) / np.float32(32768)
    finals = [update.as_dict() for update in Recognizer.load(folder, language_model=None).transcribe([samples])]
    printed = run(*program(language, request), "--json", folder, "-", audio=pcm.tobytes())
    assert finals_of(printed) == approximate([json.loads(json.dumps(plain(update))) for update in finals])
    assert len(finals[0]["surface"]["tokens"]) > 10


@LANGUAGES
@pytest.mark.parametrize("clip", CLIPS)
def test_files_as_in_python(
    language: str,
    clip: str,
    bundle: str,
    expected: Callable[[Samples], list[list[Update]]],
    request: pytest.FixtureRequest,
) -> None:
    audio = EXAMPLES.parent / "tests" / "data" / f"{clip}.wav"
    printed = run(*program(language, request), "--json", find_folder(bundle), audio)
    assert_same(printed, expected(samples_of(clip)), language)


@LANGUAGES
def test_live_with_a_pause_as_in_python(
    language: str, bundle: str, expected: Callable[[Samples], list[list[Update]]], request: pytest.FixtureRequest
) -> None:
    """Two sentences with two seconds between them: a segment ends, and a fresh stream goes on."""
    samples = np.concatenate([samples_of("think"), np.zeros(32_000, np.float32), samples_of("right")])
    wanted = expected(samples)
    assert len(wanted[0]) == 2
    pcm = (samples * 32768).astype("<i2").tobytes()
    printed = run(*program(language, request), "--json", "--updates", find_folder(bundle), "-", audio=pcm)
    assert_same(printed, wanted, language)
    assert len(printed.splitlines()) > len(wanted[0]), "updates while somebody speaks"


@LANGUAGES
def test_errors_are_one_line(language: str, bundle: str, sample: Path, request: pytest.FixtureRequest) -> None:
    for arguments in ([find_folder(bundle), "nowhere.wav"], ["nowhere", sample]):
        command = [str(word) for word in (*program(language, request), *arguments)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 1
        assert len(ended.stderr.splitlines()) == 1
        assert "nowhere" in ended.stderr


def test_the_lock_file_names_no_host() -> None:
    packages = json.loads((EXAMPLES / "node" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, package in packages.items():
        assert package.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/"), name
        assert not name or package["integrity"].startswith("sha512-")
