"""Write examples/golden/*.txt: token streams as sherpa-onnx gives them, and the two lines they must become.

    python scripts/make_golden_vectors.py

Every language's lane code must pass them (examples/golden/README.md has the format).  The tokens of the clips come from
the shipped bundle, those of ``edges`` are made up for what no clip has.  Stops if the clips no longer show what the
vectors are there for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saidmeant.streaming import AudioFile, Recognizer
from saidmeant.streaming.bundle import Manifest
from saidmeant.streaming.lanes import CANDIDATE_PREFIX, INDEX_SECONDS, LaneSplitter
from saidmeant.streaming.lines import Clock, Scale, meaning_line, surface_line

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "examples" / "golden"
CLIPS = {"think": (), "weather": (3,)}
"""By name of a clip in tests/data, after how many steps of the model its stream is replaced by a fresh one."""
STEP_SAMPLES = 1_600
SILENCE_SECONDS = 1.0
Step = list[tuple[str, float]]
"""The tokens that one decoding step added, with sherpa-onnx's times."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What lane code needs of a manifest."""

    lanes: tuple[str, ...]
    frame_ms: int
    look_ahead_ms: int
    scale: Scale

    @classmethod
    def of(cls, manifest: Manifest) -> Settings:
        scale = Scale(manifest.confidence_levels, manifest.calibration)
        return cls(manifest.lanes, manifest.frame_ms, manifest.look_ahead_ms, scale)

    def lines(self) -> Iterator[str]:
        yield row("lanes", *self.lanes)
        yield row("frame_ms", self.frame_ms)
        yield row("look_ahead_ms", self.look_ahead_ms)
        yield row("levels", *self.scale.levels)
        for name in ("phones", "words"):
            if table := getattr(self.scale.calibration, name):
                yield row(name, *table)


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of sherpa-onnx: ``origin`` frames of the session came before it."""

    origin: int
    steps: list[Step]


def row(*fields: object) -> str:
    return "\t".join(f"{field:.10g}" if isinstance(field, float) else str(field) for field in fields)


def vector(settings: Settings, streams: Sequence[Stream], seconds: float) -> Iterator[str]:
    """The lines of one file."""
    yield from settings.lines()
    yield row("seconds", seconds)
    for stream in streams:
        yield row("stream", stream.origin)
        splitter = LaneSplitter(settings.lanes)
        fed: Step = []
        for step in stream.steps:
            yield from (row("token", symbol, f"{time:.2f}") for symbol, time in step)
            yield "step"
            fed += step
            splitter.feed([symbol for symbol, _ in fed], [time for _, time in fed])
        yield from expected(settings, splitter, stream.origin, seconds)


def expected(settings: Settings, splitter: LaneSplitter, origin: int, seconds: float) -> Iterator[str]:
    clock = Clock(origin - settings.look_ahead_ms // settings.frame_ms, settings.frame_ms / 1000, seconds)
    surface = surface_line(splitter.runs.get("surface", []), clock, settings.scale, final=True)
    meaning = meaning_line(splitter.runs.get("meaning", []), clock, settings.scale, final=True)
    for kind, items in (("phone", surface.tokens), ("character", meaning.tokens), ("word", meaning.words)):
        yield from (row(kind, i.text, round(i.start, 6), round(i.end, 6), round(i.confidence, 6)) for i in items)
    yield row("said", surface.text)
    yield row("meant", meaning.text)


def recorded(recognizer: Recognizer, path: Path, cuts: Sequence[int]) -> tuple[list[Stream], float]:
    """The streams of a clip; after each of ``cuts`` steps a fresh one begins at the first frame not come out."""
    clip = AudioFile(path)
    samples = np.concatenate(list(clip))
    manifest = recognizer.bundle.manifest
    frame_samples = clip.sample_rate * manifest.frame_ms // 1000
    streams, origin = [], 0
    for cut in (*cuts, None):
        steps = decoded(recognizer, samples[origin * frame_samples :], clip.sample_rate, cut)
        streams.append(Stream(origin, steps))
        origin += (len(steps) * manifest.chunk_ms - manifest.look_ahead_ms) // manifest.frame_ms
    return streams, clip.duration


def decoded(recognizer: Recognizer, samples: np.ndarray, rate: int, limit: int | None) -> list[Step]:
    stream, steps, seen = recognizer.host.create_stream(), [], 0
    stream.accept_waveform(rate, np.concatenate([samples, np.zeros(int(rate * SILENCE_SECONDS), np.float32)]))
    while recognizer.host.is_ready(stream) and len(steps) != limit:
        recognizer.host.decode_stream(stream)
        result = recognizer.host.recognizer.get_result(stream)
        steps.append(list(zip(result.tokens[seen:], result.timestamps[seen:], strict=True)))
        seen = len(result.tokens)
    return steps


def shown(settings: Settings, streams: Sequence[Stream]) -> set[str]:
    """What of the things that lane code gets wrong a clip contains."""
    found = set()
    for stream in streams:
        ends = {}  # by lane, its last token, frame and step
        for number, step in enumerate(stream.steps):
            for symbol, time in step:
                frame, lane = divmod(round(time / INDEX_SECONDS), len(settings.lanes))
                if symbol.startswith(CANDIDATE_PREFIX):
                    found.add("candidates")
                    continue
                before = ends.get(lane)
                if before and before[:2] == (symbol, frame - 1) and "confidence" not in settings.lanes[lane]:
                    found.add("a repeat" if before[2] == number else "a repeat across a border of steps")
                if before and before[1] == frame - 1 and "confidence" in settings.lanes[lane] and symbol != before[0]:
                    found.add("confidences that differ within a run")
                ends[lane] = (symbol, frame, number)
        found |= {"a later stream"} if stream.origin else set()
    return found


EDGES = (
    (("-", "|", 0), ("AY", "i", 0), ("AY", "-", 1), ("-", "'", 0), ("AY", "-", 0), ("EH", "m", 0)),
    (("EH", "m", 1), ("M", "|", 1), ("-", "|", 0), ("-", "n", 1)),
)
"""By step and frame: a phone, a character, the level of both; '-' is the blank."""


def edges() -> Iterator[str]:
    """No tables, no candidates, times cut at both ends, a label again after a blank and over a border, I'm."""
    settings = Settings(("surface", "surface_confidence", "meaning", "meaning_confidence"), 40, 160, Scale((0.2, 0.7)))
    steps: list[Step] = []
    index = 0
    for frames in EDGES:
        step: Step = []
        for phone, character, level in frames:
            for prefix, label in (("S", phone), ("M", character)):
                if label != "-":
                    step.append((f"{prefix}:{label}", index * INDEX_SECONDS))
                    step.append((f"C:{level}", (index + 1) * INDEX_SECONDS))
                index += 2
        steps.append(step)
    yield from vector(settings, [Stream(0, steps)], 0.15)


WANTED = {
    "candidates",
    "a repeat",
    "a repeat across a border of steps",
    "confidences that differ within a run",
    "a later stream",
}


def main() -> None:
    recognizer = Recognizer.load("en-base", language_model=None)
    settings = Settings.of(recognizer.bundle.manifest)
    files = {"edges": "\n".join(edges())}
    found: set[str] = set()
    for name, cuts in CLIPS.items():
        streams, seconds = recorded(recognizer, ROOT / "tests" / "data" / f"{name}.wav", cuts)
        files[name] = "\n".join(vector(settings, streams, seconds))
        found |= shown(settings, streams)
    if missing := WANTED - found:
        raise SystemExit(f"the clips do not show: {', '.join(sorted(missing))}; choose others")
    for name, text in files.items():
        (GOLDEN / f"{name}.txt").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
