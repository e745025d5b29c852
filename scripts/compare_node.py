"""How far WebAssembly's lines are from Python's:  python scripts/compare_node.py FILE... [--bundle BUNDLE]

Prints how many tokens of each file differ between examples/node (after `npm ci` there) and the Python API, decoding
greedily.  Beside it stands how many differ in Python alone when every sample is changed by about a millionth of
itself: an int8 model rounds its activations, and a last bit may tip a rounding, whatever changed it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from saidmeant.streaming import AudioFile, Recognizer
from saidmeant.streaming.bundle import find_folder
from saidmeant.streaming.inlet import Inlet

PROGRAM = Path(__file__).resolve().parents[1] / "examples" / "node" / "transcribe.mjs"
LAST_BITS = 1e-6
LINES = ("surface", "meaning")
Tokens = tuple[list[str], list[str]]
"""Of the surface and of the meaning."""


@dataclass(frozen=True, slots=True)
class Count:
    """Tokens of a file, and how many of them differ."""

    tokens: int
    node: int
    python: int

    def __add__(self, other: Count) -> Count:
        return Count(self.tokens + other.tokens, self.node + other.node, self.python + other.python)


def in_python(recognizer: Recognizer, samples: NDArray[np.float32]) -> Tokens:
    finals = recognizer.transcribe(iter([samples]))
    surface, meaning = ([token.text for final in finals for token in getattr(final, line).tokens] for line in LINES)
    return surface, meaning


def in_node(folder: Path, pcm: NDArray[np.int16]) -> Tokens:
    command = ["node", str(PROGRAM), "--json", str(folder), "-"]
    printed = subprocess.run(command, input=pcm.tobytes(), capture_output=True, check=True).stdout
    finals = [json.loads(line) for line in printed.splitlines()]
    surface, meaning = ([token["text"] for final in finals for token in final[line]["tokens"]] for line in LINES)
    return surface, meaning


def different(first: Tokens, second: Tokens) -> int:
    return sum(Levenshtein.distance(a, b) for a, b in zip(first, second, strict=True))


def compare(recognizer: Recognizer, file: Path, seed: int) -> Count:
    audio, inlet = AudioFile(file), Inlet()
    heard = [inlet.accept(chunk, audio.sample_rate) for chunk in audio]
    pcm = (np.concatenate([*heard, inlet.flush()]) * 32768).round().clip(-32768, 32767).astype("<i2")
    samples = pcm.astype(np.float32) / np.float32(32768)
    changes = LAST_BITS * np.random.default_rng(seed).standard_normal(len(samples))
    said = in_python(recognizer, samples)
    changed = in_python(recognizer, (samples * (1 + changes)).astype(np.float32))
    node = in_node(recognizer.bundle.folder, pcm)
    return Count(sum(map(len, said)), different(said, node), different(said, changed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--bundle", default="en-base")
    options = parser.parse_args()
    recognizer = Recognizer.load(find_folder(options.bundle), language_model=None)
    total = Count(0, 0, 0)
    print("tokens  Node  Python, last bits changed")
    for seed, file in enumerate(options.files):
        total += (count := compare(recognizer, file, seed))
        print(f"{count.tokens:6}  {count.node:4}  {count.python:6}  {file}", flush=True)
    print(f"{total.tokens:6}  {total.node:4}  {total.python:6}  {len(options.files)} files")


if __name__ == "__main__":
    main()
