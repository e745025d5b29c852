"""The arguments of ``saidmeant bundle``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

BUNDLE_HELP = "put two models side by side into one bundle, one for what was said and one for what was meant"
BUNDLE_EXAMPLES = """\
saidmeant bundle --surface my-phones --meaning my-words my-pair
saidmeant bundle --surface my-phones --meaning sherpa-onnx-streaming-zipformer-en my-pair
saidmeant transcribe --bundle my-pair take1.wav

Each folder is a bundle that `saidmeant export` made of a checkpoint with a single output.  One of the two may be a
streaming model of your own for sherpa-onnx instead: a zipformer2 CTC model (one .onnx file) or a transducer (encoder,
decoder and joiner), with its tokens.txt.  Its tokens have no confidences: they are 0, and no word is called different
for what it says.  A pair costs the computation of two models; a bundle with both outputs needs one pass for both."""


def add_bundle(verb: argparse.ArgumentParser, *, positive: Callable[[str], int]) -> None:
    """The options of the verb; positive: the type of a number above 0."""
    verb.add_argument("target", type=Path, metavar="OUT", help="a folder that does not exist yet")
    verb.add_argument("--surface", required=True, metavar="DIR", help="the model of the phones: what was said")
    verb.add_argument("--meaning", required=True, metavar="DIR", help="the model of the words: what was meant")
    verb.add_argument(
        "--frame-ms",
        type=positive,
        metavar="N",
        help="how long an output frame of your own model is (default: what its graph says, else 40)",
    )
