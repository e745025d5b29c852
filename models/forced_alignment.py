"""When real recordings say each word and phone, by forced alignment: a second source of true times for the profiler.

``python -m saidmeant.models.forced_alignment dev.jsonl aligned.jsonl --limit 50`` aligns the text of every utterance
with PocketSphinx (BSD; its own English model, 10 ms frames), which shares neither model nor training data with this
recogniser.  An utterance that cannot be aligned is left out, and the count is printed.  Then
``saidmeant profile aligned.jsonl``.  Needs the extra ``align``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from saidmeant.streaming.profile_clips import TruePhone, TrueTimes, TrueWord

from .manifest import Utterance, read_manifest

SAMPLE_RATE = 16_000
FRAME_SECONDS = 0.01
NOT_SPEECH = ("<s>", "</s>", "<sil>", "(NULL)")


def source() -> str:
    """Who says so."""
    return f"forced alignment by PocketSphinx {metadata.version('pocketsphinx')}, 10 ms frames"


def align(utterance: Utterance) -> TrueTimes | None:
    """The times of a text in its recording; None if a word is unknown or the audio does not fit.

    A decoder per utterance: one that has failed once ends the process the next time.
    """
    from pocketsphinx import Decoder

    decoder: Any = Decoder(lm=None, loglevel="FATAL")
    words = utterance.text.lower().split()
    if not words or any(decoder.lookup_word(word) is None for word in words):
        return None
    samples, rate = soundfile.read(utterance.audio, dtype="float32")
    if rate != SAMPLE_RATE:
        samples = soxr.resample(samples, rate, SAMPLE_RATE)
    audio = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    decoder.set_align_text(" ".join(words))
    if not _decodes(decoder, audio):
        return None
    decoder.set_alignment()  # the phones within the words just found
    if not _decodes(decoder, audio):
        return None
    found = [_word(entry) for entry in decoder.get_alignment() if entry.name not in NOT_SPEECH]
    return TrueTimes(source(), tuple(found)) if [word.text for word in found] == words else None


def _decodes(decoder: Any, audio: bytes) -> bool:
    decoder.start_utt()
    decoder.process_raw(audio, full_utt=True)
    try:
        decoder.end_utt()
    except RuntimeError:  # the end of the text was not reached
        return False
    return True


def _word(entry: Any) -> TrueWord:
    """A word of PocketSphinx with its phones; ``the(2)`` is a second pronunciation."""
    phones = tuple(TruePhone(phone.name, *_span(phone)) for phone in entry)
    return TrueWord(entry.name.partition("(")[0], *_span(entry), phones)


def _span(entry: Any) -> tuple[float, float]:
    start = entry.start * FRAME_SECONDS
    return round(start, 3), round(start + entry.duration * FRAME_SECONDS, 3)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m saidmeant.models.forced_alignment", description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("target", type=Path, help="a manifest for `saidmeant profile`")
    parser.add_argument("--limit", type=int, metavar="N", help="only N utterances, spread over the manifest")
    options = parser.parse_args(arguments)
    utterances = read_manifest(options.manifest)
    if options.limit:
        utterances = utterances[:: max(1, len(utterances) // options.limit)][: options.limit]
    aligned = 0
    with options.target.open("w", encoding="utf-8") as file:
        for utterance in utterances:
            times = align(utterance)
            if times is not None:
                audio = os.path.relpath(utterance.audio, options.target.parent)
                line = {"audio": audio, "text": utterance.text, "timing": asdict(times)}
                file.write(json.dumps(line) + "\n")
                aligned += 1
    print(f"{aligned} of {len(utterances)} utterances aligned", file=sys.stderr)
    return 0 if aligned else 1


if __name__ == "__main__":
    sys.exit(main())
