"""The arguments of ``saidmeant evaluate``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from .profile_arguments import PEERS

EVALUATE_HELP = "measure error rates, detection of mispronunciations and confidences on a manifest of recordings"
EVALUATE_EXAMPLES = """\
saidmeant evaluate dev.jsonl
saidmeant evaluate dev.jsonl --bundle my-bundle --json
saidmeant evaluate dev.jsonl --records dev.records    decode once, compute figures again at once
saidmeant evaluate dev.jsonl --peer whisper-base --limit 100
saidmeant evaluate korean.jsonl --bundle ko-base --peer vosk-ko --peer whisper-base

The manifest says of each recording what was meant (text) and, if it is annotated, what was said (words).  English is
measured by words (WER) and phones (PER).  Korean ("language": "ko") is measured by syllables without spaces (CER) and
jamo; without annotation its surface is compared with all that Standard Pronunciation makes of the text, recordings with
digits or Latin letters in the text are left out, and a table says how often lawful sounds are called deviant."""


def add_evaluate(verb: argparse.ArgumentParser, *, default_bundle: str, positive: Callable[[str], int]) -> None:
    """All of them."""
    verb.add_argument("manifest", type=Path, metavar="MANIFEST", help="JSON lines: audio, text, language, words")
    verb.add_argument(
        "--bundle",
        default=default_bundle,
        help="shipped name or folder, of the manifest's language (default: %(default)s)",
    )
    verb.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    verb.add_argument("--limit", type=positive, metavar="N", help="only N recordings, spread over the manifest")
    verb.add_argument(
        "--scripted",
        action="store_true",
        help="show the detection of mispronounced phones first for speakers whose text is known, as when they read "
        "aloud (both are always measured)",
    )
    verb.add_argument("--greedy", action="store_true", help="decode the meaning line without the language model")
    verb.add_argument(
        "--records",
        type=Path,
        metavar="FILE",
        help="keep what is recognised in this file, and take from it what it has; what was stopped goes on",
    )
    verb.add_argument(
        "--peer",
        action="append",
        choices=PEERS,
        default=[],
        help="the meaning's error rate of another recogniser on the same recordings; may be given again",
    )
