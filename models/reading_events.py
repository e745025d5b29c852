"""How well a known text is followed:  python -m saidmeant.models.reading_events dev.jsonl [--records FILE]

Readings with known slips (reading_clips.py) are decoded once (reading_heard.py), then followed frame by frame as in a
session; what the follower says is compared with what was done to the audio (reading_figures.py).  Half A of the
speakers is for choosing, half B is reported.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from saidmeant.streaming.audio import AudioFile
from saidmeant.streaming.errors import SaidMeantError
from saidmeant.streaming.hypothesis import Token
from saidmeant.streaming.recognizer import Recognizer

from .evaluate import load
from .manifest import ManifestError, Utterance
from .reading_clips import SAMPLE_RATE, Clip, clips, sentence
from .reading_figures import figures, follow, shown
from .reading_heard import Cache
from .records import Records, key, open_records, recognizer_digest
from .statistics import halves

SHORTEST_SECONDS = 5.0
"""Of most clips."""


def chosen(
    utterances: Sequence[Utterance], recognizer: Recognizer, records: Records, minutes: float, seed: int
) -> Iterator[Clip]:
    """The clips of a manifest's speakers, for so many minutes; what has no record is decoded to find its words."""
    speakers = {utterance.speaker for utterance in utterances}
    each = 4 + 2 * int(60 * minutes / SHORTEST_SECONDS / len(speakers))  # so that only what is needed is read
    counts: Counter[str] = Counter()
    sentences = []
    for utterance in utterances:
        if utterance.words is not None and counts[utterance.speaker] < each:
            found = sentence(utterance, _phones(utterance, recognizer, records))
            if found is not None:
                counts[utterance.speaker] += 1
                sentences.append(found)
    yield from clips(sentences, seed)


def _phones(utterance: Utterance, recognizer: Recognizer, records: Records) -> Sequence[Token]:
    if key(utterance) in records.recognised:
        return records.recognised[key(utterance)].phones or ()
    updates = recognizer.transcribe(AudioFile(utterance.audio), endpoint=None)
    return [token for update in updates for token in update.surface.tokens]


def some(found: Iterable[Clip], minutes: float) -> Iterator[Clip]:
    """The first so many minutes of audio."""
    seconds = 0.0
    for clip in found:
        seconds += len(clip.samples) / SAMPLE_RATE
        if seconds > 60 * minutes:
            return
        yield clip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.  Raises SaidMeantError or ManifestError."""
    given = _parser().parse_args(arguments)
    utterances = load(given.manifest)
    recognizer = Recognizer.load(given.bundle)
    records = open_records(given.records, recognizer) if given.records else Records()
    cache = Cache(given.cache, recognizer_digest(recognizer))
    report = {}
    for name, speakers in zip("AB", halves(utterance.speaker for utterance in utterances), strict=True):
        if name not in given.halves:
            continue
        own = [utterance for utterance in utterances if utterance.speaker in speakers]
        found = some(chosen(own, recognizer, records, given.minutes, given.seed), given.minutes)
        report[name] = figures([follow(clip, cache.heard(clip, recognizer), recognizer) for clip in found])
        if not given.json:
            print(f"half {name}: {shown(report[name])}", flush=True)
    if given.json:
        print(json.dumps(report))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m saidmeant.models.reading_events", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("manifest", type=Path, help="JSON lines with annotated words: speechocean762-dev.jsonl")
    parser.add_argument("--bundle", default="en-base", help="shipped name or folder (default: %(default)s)")
    parser.add_argument("--records", type=Path, help="what `saidmeant evaluate --records` kept: where the words are")
    parser.add_argument("--cache", type=Path, help="keep what is heard of the clips in this file, and reuse it")
    parser.add_argument("--minutes", type=float, default=6.0, help="of audio per half (default: %(default)s)")
    parser.add_argument("--halves", default="AB", help="of the speakers; A is for choosing (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the clips (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SaidMeantError, ManifestError) as error:
        sys.exit(f"reading_events: {error}")
