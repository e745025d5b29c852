"""The command line: results on stdout, the rest on stderr, one clear line and a status for all that is wrong."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from terminals import on_a_terminal, without_styles

from saidmeant.streaming.arguments import command_line
from saidmeant.streaming.cli import main
from saidmeant.streaming.errors import UsageError

THINK = Path(__file__).parent / "data" / "think.wav"
COMMAND = [sys.executable, "-m", "saidmeant.streaming"]
VERBS = ["listen", "transcribe", "replay", "models", "devices", "export", "verify", "evaluate", "profile"]
SECONDS = 120  # patience for a busy machine

Captured = pytest.CaptureFixture[str]


def objects(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def transcribed(bundle: str, capsys: Captured) -> str:
    """The plain transcript of the sample."""
    assert main(["transcribe", "--bundle", bundle, str(THINK)]) == 0
    return capsys.readouterr().out


def test_version(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"saidmeant \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_teaches_with_examples_that_parse(verb: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*verb.split(), "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(name in text for name in VERBS) or verb
    examples = re.findall(
        r"^  (?:.*\| )?saidmeant ([^|>\n]*?)(?:  .*| [|>].*)?$", text.partition("examples:")[2], re.MULTILINE
    )
    assert examples
    for example in examples:
        if "COMMAND" not in example:
            assert command_line().parse_args(shlex.split(example)).verb == (verb or example.split()[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "the following arguments are required: COMMAND (see saidmeant --help)"),
        ("transcribe", "the following arguments are required: FILE (see saidmeant transcribe --help)"),
        ("transcribe --threads 0 a.wav", "argument --threads: '0' is not a whole number above 0"),
        ("transcribe --sample-rate x -", "argument --sample-rate: 'x' is not a whole number above 0"),
        ("export a", "the following arguments are required: BUNDLE (see saidmeant export --help)"),
        ("export a b --chunk-ms 100", "argument --chunk-ms: invalid choice: 100"),
        ("listen --endpoint lerner", "argument --endpoint: invalid choice: 'lerner'"),
        ("listen --endpoint command --pause-ms 500", "argument --pause-ms: not allowed with argument --endpoint"),
        ("transcribe --pause-ms 0.8 a.wav", "argument --pause-ms: '0.8' is not a whole number above 0"),
        ("listen --loud", "unrecognized arguments: --loud (see saidmeant --help)"),
    ],
)
def test_wrong_arguments_get_one_line_and_status_2(arguments: str, message: str, capsys: Captured) -> None:
    assert main(shlex.split(arguments)) == UsageError.exit_status == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"saidmeant: {message}")
    assert captured.err.count("\n") == 1


def test_an_unknown_bundle_gets_one_line(capsys: Captured) -> None:
    assert main(["transcribe", "--bundle", "en-bas", str(THINK)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"saidmeant: bundle 'en-bas' not found; shipped: .*\n", captured.err)


def test_a_missing_manifest_gets_one_line(bundle: str, capsys: Captured) -> None:
    assert main(["evaluate", "--bundle", bundle, "nowhere.jsonl"]) == 1
    assert re.fullmatch(r"saidmeant: .*nowhere\.jsonl.*\n", capsys.readouterr().err)


def test_a_manifest_that_is_none_gets_one_line(tmp_path: Path, bundle: str, capsys: Captured) -> None:
    manifest = tmp_path / "broken.jsonl"
    manifest.write_text('{"text": "no audio"}\n', encoding="utf-8")
    assert main(["evaluate", "--bundle", bundle, str(manifest)]) == 1
    assert re.fullmatch(r"saidmeant: .*broken\.jsonl, line 1: .*'audio' is missing\n", capsys.readouterr().err)


def test_a_missing_extra_gets_the_command_that_installs_it() -> None:
    program = "import sys; sys.modules['torch'] = None; from saidmeant.streaming.cli import main; sys.exit(main())"
    ended = subprocess.run(
        [sys.executable, "-c", program, "export", "model.safetensors", "bundle"],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "saidmeant: export needs more packages: pip install 'saidmeant[export]' (torch is missing)\n"


def test_the_transcript_is_two_aligned_lines(transcribed: str) -> None:
    meant, said, *note = transcribed.splitlines()
    assert meant.startswith("0:00  meant  ")
    assert said.startswith("      said   ")
    assert all(line.startswith("      note   ") for line in note)
    starts = [match.start() for match in re.finditer(r"(?<=  )\S", meant)][1:]
    assert len(starts) >= 3
    for start in starts:
        assert said[start - 1 : start + 1].strip() == said[start : start + 1].strip(), "a word stands above its phones"


def test_json_is_one_object_per_segment(bundle: str, capsys: Captured) -> None:
    assert main(["transcribe", "--json", "--bundle", bundle, str(THINK)]) == 0
    (final,) = objects(capsys.readouterr().out)
    assert next(iter(final)) == "file"
    assert final["file"] == str(THINK)
    assert final["final"]
    assert [span["word"] for span in final["spans"] if span["word"]] == [w["text"] for w in final["meaning"]["words"]]
    starts = [token["start"] for token in final["surface"]["tokens"]]
    assert starts == sorted(starts)
    said = " ".join(phone for span in final["spans"] for phone in span["surface"])
    assert said == final["surface"]["text"] == " ".join(token["text"] for token in final["surface"]["tokens"])
    assert set(final["divergence"]) == {"distance", "length", "rate"}


def test_pauses_that_end_sentences(repository: Path, bundle: str, capsys: Captured) -> None:
    """Three sentences, 1.3 s apart."""
    command = ["transcribe", "--bundle", bundle, "--json", str(repository / "tests" / "data" / "three_sentences.wav")]
    for options, segments in ((["--pause-ms", "500"], 3), (["--pause-ms", "3000"], 1), (["--endpoint", "command"], 3)):
        assert main([*command, *options]) == 0
        assert len(objects(capsys.readouterr().out)) == segments


def test_updates_add_partials(bundle: str, capsys: Captured) -> None:
    main(["transcribe", "--json", "--bundle", bundle, str(THINK)])
    (final,) = objects(capsys.readouterr().out)
    assert main(["transcribe", "--json", "--updates", "--bundle", bundle, str(THINK)]) == 0
    *partials, last = objects(capsys.readouterr().out)
    assert last == final
    assert len(partials) >= 2
    assert not any(partial["final"] for partial in partials)


def test_an_error_in_one_file_does_not_lose_the_others(
    tmp_path: Path, bundle: str, transcribed: str, capsys: Captured
) -> None:
    text = tmp_path / "text.wav"
    text.write_text("not audio " * 50, encoding="utf-8")
    files = [THINK, tmp_path / "nowhere.wav", tmp_path, text, THINK]
    assert main(["transcribe", "--bundle", bundle, *map(str, files)]) == 1
    captured = capsys.readouterr()
    assert captured.out == f"{THINK}:\n{transcribed}" * 2
    missing, folder, no_audio = captured.err.splitlines()
    assert missing == f"saidmeant: {tmp_path / 'nowhere.wav'} does not exist"
    assert folder == f"saidmeant: {tmp_path} is a folder, not an audio file"
    assert no_audio.startswith(f"saidmeant: {text} is not audio that libsndfile reads")


def test_what_was_heard_before_an_error_is_printed(
    tmp_path: Path, bundle: str, transcribed: str, capsys: Captured
) -> None:
    samples, sample_rate = soundfile.read(THINK, dtype="float32")
    path = tmp_path / "broken.wav"
    bad = np.full(4_800, np.nan, np.float32)
    soundfile.write(path, np.concatenate([samples, bad]), sample_rate, subtype="FLOAT")
    assert main(["transcribe", "--bundle", bundle, str(path)]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0] == transcribed.splitlines()[0]
    assert captured.err == "saidmeant: the samples contain NaN or infinity\n"


class Stdin(io.TextIOWrapper):
    """Standard input that holds the given bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


def raw() -> bytes:
    return soundfile.read(THINK, dtype="int16")[0].astype("<i2").tobytes()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("data", "options"), [(THINK.read_bytes(), []), (raw(), ["--sample-rate", "16000"])], ids=["file", "raw"]
)
def test_standard_input(
    data: bytes,
    options: list[str],
    bundle: str,
    transcribed: str,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(data))
    assert main(["transcribe", "--bundle", bundle, *options, "-"]) == 0
    assert capsys.readouterr().out == transcribed


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (b"", [], "standard input is empty"),
        (b"", ["--sample-rate", "16000"], "the raw PCM stream ended before its first sample"),
        (b"words " * 99, [], "standard input is not audio that libsndfile reads"),
    ],
)
def test_standard_input_that_is_no_audio(
    data: bytes,
    options: list[str],
    message: str,
    bundle: str,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(data))
    assert main(["transcribe", "--bundle", bundle, *options, "-"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"saidmeant: {message}")
    assert captured.err.count("\n") == 1


def test_silence_is_no_text_and_no_error(tmp_path: Path, bundle: str, capsys: Captured) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(32_000, np.float32), 16_000)
    assert main(["transcribe", "--bundle", bundle, str(tmp_path / "silence.wav")]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one child alone")
def test_ctrl_c_prints_the_final_update(bundle: str) -> None:
    process = subprocess.Popen(
        [*COMMAND, "transcribe", "--json", "--updates", "--bundle", bundle, "--sample-rate", "16000", "-", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(raw())
    process.stdin.flush()
    first = json.loads(process.stdout.readline())  # it has begun to listen
    assert not first["final"]
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert objects(output.decode())[-1]["final"]
    assert errors.decode() == "saidmeant: interrupted: - and what follows is left out\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes end differently on Windows")
def test_a_reader_that_leaves_is_no_traceback(bundle: str) -> None:
    process = subprocess.Popen(
        [*COMMAND, "transcribe", "--json", "--updates", "--bundle", bundle, *[str(THINK)] * 3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(SECONDS) == 1
    assert errors == b""


def test_live_lines_rewrite_themselves_on_a_terminal(bundle: str, transcribed: str) -> None:
    status, shown, errors = on_a_terminal(
        ["transcribe", "--live", "--bundle", bundle, str(THINK)], stdout=True, stderr=False
    )
    assert (status, errors) == (0, "")
    assert "\x1b[2K" in shown, "lines are erased and written anew"
    text = without_styles(shown)
    assert transcribed.rstrip() in text
    assert text.count("meant") > 2
    assert re.search(r"\[#+\.*\] +-?\d+ dB", text)


def test_live_is_finals_only_when_piped(bundle: str, transcribed: str, capsys: Captured) -> None:
    assert main(["transcribe", "--live", "--bundle", bundle, str(THINK)]) == 0
    assert capsys.readouterr().out == transcribed


def test_a_long_file_has_a_progress_bar_on_a_terminal_and_a_clean_pipe(tmp_path: Path, bundle: str) -> None:
    samples, sample_rate = soundfile.read(THINK, dtype="float32")
    path = tmp_path / "long.wav"
    soundfile.write(path, np.concatenate([samples, np.zeros(19 * sample_rate, np.float32)]), sample_rate)
    status, shown, output = on_a_terminal(
        ["transcribe", "--json", "--bundle", bundle, str(path)], stdout=False, stderr=True
    )
    assert status == 0
    assert re.search(r"transcribing.* [1-9]\d* %", without_styles(shown))
    assert objects(output)[0]["final"]


def test_models_lists_what_is_shipped(capsys: Captured) -> None:
    from saidmeant.streaming.bundle import shipped_bundles

    assert main(["models"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in shipped_bundles() if name in shown] == shipped_bundles()
    assert "real-time factor" not in shown
