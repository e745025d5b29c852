"""The arguments that say how results look and where they go, for the verbs that show updates."""

from __future__ import annotations

import argparse
from pathlib import Path

from .documents import SUFFIXES
from .renderings import RENDERINGS


def add_listen_output(verb: argparse.ArgumentParser) -> None:
    _add_phones(verb)
    _add_json(verb)
    _add_updates(verb)
    _add_record(verb, "keep the session in this folder: audio (WAV) and finished sentences (JSON lines)")


def add_transcribe_output(verb: argparse.ArgumentParser) -> None:
    _add_phones(verb)
    _add_format(_add_json(verb), verb)
    _add_updates(verb)
    _add_record(verb, "with --sample-rate: keep what arrives in this folder, as WAV and JSON lines")


def add_replay_output(verb: argparse.ArgumentParser) -> None:
    _add_phones(verb)
    _add_format(_add_json(verb), verb)
    verb.add_argument("--play", action="store_true", help="play the recording, if there is an audio output")
    verb.add_argument(
        "--speed", type=_speed, default=1.0, metavar="FACTOR", help="2: twice as fast, 0.5: half as fast (default: 1)"
    )


def _add_phones(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--phones",
        choices=RENDERINGS,
        default="arpabet",
        help="how phones are written; for think: TH IH NG K, θɪŋk, thingk.  JSON always has ARPAbet "
        "(default: %(default)s)",
    )


def _add_json(verb: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    group = verb.add_mutually_exclusive_group()
    group.add_argument(
        "--json",
        action="store_const",
        const="json",
        dest="format",
        default="text",
        help="one JSON object per line",
    )
    return group


def _add_format(group: argparse._MutuallyExclusiveGroup, verb: argparse.ArgumentParser) -> None:
    group.add_argument(
        "--format",
        choices=tuple(SUFFIXES),
        default="text",
        help="text, json (the same as --json), csv: on standard output for any number of recordings; textgrid (Praat), "
        "srt, vtt (subtitles): a document for each (default: text)",
    )
    verb.add_argument("--output", type=Path, metavar="DIR", help="write a file per recording into this folder")


def _add_updates(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--updates", action="store_true", help="also what may still change, not only finished sentences")


def _add_record(verb: argparse.ArgumentParser, what: str) -> None:
    verb.add_argument("--record", type=Path, metavar="DIR", help=what + "; without it nothing is written to disk")


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a factor from 0.1 to 100")
    return speed
