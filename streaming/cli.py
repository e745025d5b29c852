"""The command ``saidmeant``: its verbs, and what an error looks like.

A verb's module is imported when the verb runs, so that a missing extra concerns nobody else.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from .arguments import command_line
from .errors import SaidMeantError

Verb = Callable[[argparse.Namespace], int]
EXTRAS = {"export": "export", "verify": "export", "calibrate": "export", "profile": "peer"}
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and return its exit status.  Errors become one line on stderr."""
    _use_utf8()
    verb = ""
    try:
        parsed = command_line().parse_args(arguments)
        verb = parsed.verb
        _tell_previews(parsed)
        status = VERBS[verb](parsed)
        sys.stdout.flush()
        return status
    except SaidMeantError as error:
        return _fail(str(error), error.exit_status)
    except ModuleNotFoundError as error:
        if verb not in EXTRAS or (error.name or "").partition(".")[0] == "saidmeant":
            raise
        return _fail(f"{verb} needs more packages: pip install 'saidmeant[{EXTRAS[verb]}]' ({error.name} is missing)")
    except BrokenPipeError:  # whoever read our output has left; give the interpreter's last flush somewhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
    except KeyboardInterrupt:
        return INTERRUPTED


def _tell_previews(arguments: argparse.Namespace) -> None:
    from .preview import preview_notices

    for notice in preview_notices(arguments):
        print(f"saidmeant: {notice}", file=sys.stderr, flush=True)


def _listen(arguments: argparse.Namespace) -> int:
    from .transcription import listen

    return listen(arguments)


def _transcribe(arguments: argparse.Namespace) -> int:
    from .transcription import transcribe

    return transcribe(arguments)


def _replay(arguments: argparse.Namespace) -> int:
    from .replay import replay

    return replay(arguments)


def _serve(arguments: argparse.Namespace) -> int:
    from . import server_command

    return server_command.run(arguments)


def _models(arguments: argparse.Namespace) -> int:
    from .listing import list_bundles

    return list_bundles(speed=arguments.speed)


def _devices(arguments: argparse.Namespace) -> int:
    from .microphone import input_devices

    for device in input_devices():
        mark = "*" if device.default else " "
        print(f"{mark} {device.number:2} {device.name} ({device.channels} channels, {device.sample_rate} Hz)")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from saidmeant.export.convert import export_bundle
    from saidmeant.models.manifest import ManifestError

    try:
        export_bundle(
            arguments.checkpoint,
            arguments.target,
            chunk_ms=arguments.chunk_ms,
            precision=arguments.precision,
            calibrate=arguments.calibrate,
            mobile=arguments.target_platform == "mobile",
            preview=arguments.preview,
        )
    except ManifestError as error:
        raise SaidMeantError(str(error)) from error
    return 0


def _bundle(arguments: argparse.Namespace) -> int:
    from saidmeant.export.pair import bundle_pair

    made = bundle_pair(arguments.surface, arguments.meaning, arguments.target, frame_ms=arguments.frame_ms)
    size = made.size_bytes / 1e6
    print(f"{arguments.target}: a pair, chunks of {made.manifest.chunk_ms} ms, {size:.1f} MB", file=sys.stderr)
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from saidmeant.export.verify import verify_bundle

    passed: bool = verify_bundle(arguments.bundle)
    return 0 if passed else 1


def _calibrate(arguments: argparse.Namespace) -> int:
    from saidmeant.export import calibration
    from saidmeant.models.manifest import ManifestError

    try:
        return calibration.run(calibration.Request(arguments.bundle, arguments.manifest, arguments.records))
    except ManifestError as error:
        raise SaidMeantError(str(error)) from error


def _evaluate(arguments: argparse.Namespace) -> int:
    from saidmeant.models import evaluate
    from saidmeant.models.manifest import ManifestError

    try:
        return evaluate.run(
            evaluate.Request(
                arguments.manifest,
                bundle=arguments.bundle,
                as_json=arguments.json,
                limit=arguments.limit,
                scripted=arguments.scripted,
                greedy=arguments.greedy,
                records=arguments.records,
                peers=tuple(arguments.peer),
            )
        )
    except ManifestError as error:
        raise SaidMeantError(str(error)) from error


def _profile(arguments: argparse.Namespace) -> int:
    from . import profile_output

    return profile_output.run(arguments)


VERBS: dict[str, Verb] = {
    "listen": _listen,
    "transcribe": _transcribe,
    "replay": _replay,
    "serve": _serve,
    "models": _models,
    "devices": _devices,
    "export": _export,
    "bundle": _bundle,
    "verify": _verify,
    "calibrate": _calibrate,
    "evaluate": _evaluate,
    "profile": _profile,
}


def _use_utf8() -> None:
    """JSON and names of files are UTF-8 whatever the platform thinks; a terminal keeps its own encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _fail(message: str, status: int = 1) -> int:
    print(f"saidmeant: {' '.join(message.split())}", file=sys.stderr, flush=True)
    return status
