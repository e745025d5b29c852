"""The arguments of the command ``saidmeant``, and the help that teaches them."""

from __future__ import annotations

import argparse
from importlib import metadata
from pathlib import Path
from typing import NoReturn, TypeAlias

from .bundle_arguments import BUNDLE_EXAMPLES, BUNDLE_HELP, add_bundle
from .endpoint import DEFAULT_PRESET, PRESETS
from .errors import UsageError
from .evaluate_arguments import EVALUATE_EXAMPLES, EVALUATE_HELP, add_evaluate
from .output_arguments import add_listen_output, add_replay_output, add_transcribe_output
from .profile_arguments import PROFILE_EXAMPLES, PROFILE_HELP, add_profile
from .server_arguments import SERVE_EXAMPLES, add_server

DEFAULT_BUNDLE = "en-base"
DESCRIPTION = """\
A streaming speech recogniser for people who speak a second language.  While you talk it shows, one above the other,
what you meant (words) and what you said (phones).  It runs on this machine's CPU and needs no network."""
EXAMPLES = """\
examples:
  saidmeant listen                          transcribe the microphone, until Ctrl-C
  saidmeant transcribe take1.wav            two lines per sentence: meant, said
  saidmeant transcribe --json *.flac        one JSON object per sentence
  saidmeant transcribe --live take1.wav     watch the lines grow, at the pace of speech
  saidmeant transcribe --format textgrid take1.wav > take1.TextGrid
  saidmeant listen --record sessions        keep the audio and its transcript
  saidmeant serve                           a page that listens, on this machine or for others
  saidmeant COMMAND --help                  more about a command

Results go to standard output, everything else to standard error.
Exit status: 0 done, 1 something could not be read or done, 2 wrong arguments."""


class Parser(argparse.ArgumentParser):
    """Reports a wrong argument like every other error."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


Verbs: TypeAlias = "argparse._SubParsersAction[Parser]"


def command_line() -> argparse.ArgumentParser:
    """The parser: ``verb`` is the name of the verb.  Wrong arguments raise :class:`UsageError`."""
    parser = Parser(
        "saidmeant", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"saidmeant {metadata.version('saidmeant')}")
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    _add_listen(verbs)
    _add_transcribe(verbs)
    _add_replay(verbs)
    _add_serve(verbs)
    models = _add(verbs, "models", "list the shipped bundles: size, errors, speed", "saidmeant models --speed")
    models.add_argument("--speed", action="store_true", help="time them on this machine: processor seconds per second")
    _add(verbs, "devices", "list the microphones; * marks the default one", "saidmeant devices")
    _add_export(verbs)
    add_bundle(_add(verbs, "bundle", BUNDLE_HELP, BUNDLE_EXAMPLES), positive=_positive)
    _add_verify(verbs)
    _add_calibrate(verbs)
    evaluate = _add(verbs, "evaluate", EVALUATE_HELP, EVALUATE_EXAMPLES)
    add_evaluate(evaluate, default_bundle=DEFAULT_BUNDLE, positive=_positive)
    add_profile(
        _add(verbs, "profile", PROFILE_HELP, PROFILE_EXAMPLES), default_bundle=DEFAULT_BUNDLE, positive=_positive
    )
    return parser


def _add(verbs: Verbs, name: str, what: str, examples: str) -> argparse.ArgumentParser:
    return verbs.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog="examples:\n  " + examples.replace("\n", "\n  "),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_listen(verbs: Verbs) -> None:
    verb = _add(
        verbs,
        "listen",
        "transcribe the microphone while you speak; Ctrl-C ends and shows the last words",
        "saidmeant listen\nsaidmeant listen --device 'USB Audio'\nsaidmeant listen --endpoint command\n"
        "saidmeant listen --json --updates | your-program\nsaidmeant listen --phones respelling --record sessions\n"
        "saidmeant listen --reference 'I think this is right'    follow somebody who reads this",
    )
    verb.add_argument("--device", help="number or name of a microphone, as in `saidmeant devices`")
    _add_recognizer(verb)
    _add_endpoint(verb)
    add_listen_output(verb)


def _add_transcribe(verbs: Verbs) -> None:
    verb = _add(
        verbs,
        "transcribe",
        "transcribe recordings: words (meant) above phones (said)",
        "saidmeant transcribe take1.wav\nsaidmeant transcribe --json *.flac > takes.jsonl\n"
        "saidmeant transcribe --format srt --phones ipa take1.wav > take1.srt\n"
        "saidmeant transcribe --format textgrid --output annotated *.wav\n"
        "ffmpeg -i talk.mp4 -f wav - | saidmeant transcribe -\n"
        "arecord -t raw -f S16_LE -r 16000 | saidmeant transcribe --live --sample-rate 16000 -",
    )
    verb.add_argument(
        "files", nargs="+", metavar="FILE", help="a recording (WAV, FLAC, OGG, MP3 ...); - is standard input"
    )
    verb.add_argument(
        "--sample-rate",
        type=_positive,
        metavar="HZ",
        help="standard input is raw 16-bit little-endian mono PCM at this rate, transcribed as it arrives; "
        "without it, it is a recording and read to its end first",
    )
    verb.add_argument("--live", action="store_true", help="on a terminal: let the lines grow at the pace of speech")
    _add_recognizer(verb)
    _add_endpoint(verb)
    add_transcribe_output(verb)


def _add_replay(verbs: Verbs) -> None:
    verb = _add(
        verbs,
        "replay",
        "show a session again that was kept as JSON, or export it, without decoding it again",
        "saidmeant replay sessions/2026-02-28_14-03-07.jsonl\n"
        "saidmeant replay --play take1.jsonl take1.wav\n"
        "saidmeant replay --format textgrid take1.jsonl take1.wav > take1.TextGrid",
    )
    verb.add_argument("session", type=Path, metavar="SESSION", help="what --record or `transcribe --json` wrote")
    verb.add_argument(
        "audio",
        nargs="?",
        type=Path,
        metavar="AUDIO",
        help="its recording, for --play, the level meter and the length of a TextGrid (default: the file that SESSION "
        "names, if it lies beside it)",
    )
    add_replay_output(verb)


def _add_serve(verbs: Verbs) -> None:
    verb = _add(verbs, "serve", "open a page that listens, and a WebSocket protocol behind it", SERVE_EXAMPLES)
    verb.add_argument("--bundle", default=DEFAULT_BUNDLE, help="shipped name or folder (default: %(default)s)")
    verb.add_argument("--lexicon", type=Path, metavar="FILE", help="your own words: a word and its phones per line")
    verb.add_argument("--greedy", action="store_true", help="words as the network spells them, without language model")
    add_server(verb)


def _add_export(verbs: Verbs) -> None:
    verb = _add(
        verbs,
        "export",
        "convert a checkpoint into a bundle, and verify it",
        "saidmeant export runs/en-base/model.safetensors my-bundle\n"
        "saidmeant export model.safetensors fast --chunk-ms 160 --calibrate dev.jsonl\n"
        "saidmeant export runs/ko-base/model.safetensors ko-base --preview 'it has heard synthetic speech alone'",
    )
    verb.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="what `saidmeant.models.train` writes")
    verb.add_argument("target", type=Path, metavar="BUNDLE", help="a folder that does not exist yet")
    verb.add_argument("--chunk-ms", type=int, choices=(160, 320, 640), default=320, help="default: 320")
    verb.add_argument(
        "--precision",
        choices=("int8", "int7", "float32"),
        default="int8",
        help="int7: 7-bit weights, which do not saturate on x86 CPUs without VNNI (default: int8)",
    )
    verb.add_argument(
        "--calibrate",
        type=Path,
        metavar="MANIFEST",
        help="measure error rates in float32 and int8 on these recordings, and refuse a lossy result",
    )
    verb.add_argument(
        "--preview",
        default="",
        metavar="WHY",
        help="mark it as a preview, for this reason in half a line; every command that loads it says so",
    )
    verb.add_argument(
        "--target",
        dest="target_platform",
        choices=("any", "mobile"),
        default="any",
        help="mobile: a batch of one with every shape fixed; the same results with a third fewer nodes, but under "
        "1%% fewer bytes (it prints both), and streams cannot be batched (default: any)",
    )


def _add_verify(verbs: Verbs) -> None:
    verb = _add(
        verbs,
        "verify",
        "check a bundle: its files, and that slicing, batching and resets do not change results",
        "saidmeant verify en-base\nsaidmeant verify my-bundle",
    )
    verb.add_argument("bundle", metavar="BUNDLE", help="name of a shipped bundle, or a folder")


def _add_calibrate(verbs: Verbs) -> None:
    verb = _add(
        verbs,
        "calibrate",
        "fit what a bundle's confidences mean, and when a word is called different, on annotated recordings",
        "saidmeant calibrate my-bundle dev.jsonl\nsaidmeant calibrate my-bundle dev.jsonl --records dev.records",
    )
    verb.add_argument("bundle", type=Path, metavar="BUNDLE", help="a folder; its manifest is written anew")
    verb.add_argument("manifest", type=Path, metavar="MANIFEST", help="JSON lines: audio, text, words, speaker")
    verb.add_argument(
        "--records", type=Path, metavar="FILE", help="keep what is recognised, and take from it what it has"
    )


def _add_recognizer(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--bundle", default=DEFAULT_BUNDLE, help="shipped name or folder (default: %(default)s)")
    verb.add_argument("--threads", type=_positive, default=1, metavar="N", help="CPU threads (default: 1)")
    verb.add_argument("--lexicon", type=Path, metavar="FILE", help="your own words: a word and its phones per line")
    verb.add_argument("--greedy", action="store_true", help="words as the network spells them, without language model")
    text = verb.add_mutually_exclusive_group()
    text.add_argument(
        "--reference",
        metavar="TEXT",
        help="the text that is read aloud: follow it word by word; @FILE reads it from a file",
    )
    text.add_argument("--reference-file", type=Path, metavar="FILE", help="the same, one sentence per line")


def _add_endpoint(verb: argparse.ArgumentParser) -> None:
    ends = verb.add_mutually_exclusive_group()
    ends.add_argument(
        "--endpoint",
        choices=tuple(PRESETS),
        default=DEFAULT_PRESET,
        help="when a sentence ends: learner waits where the words look unfinished, dictation waits longer, command "
        "hardly waits (default: %(default)s)",
    )
    ends.add_argument(
        "--pause-ms", type=_positive, metavar="N", help="instead: after so many milliseconds of silence, always"
    )


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number
