"""``python -m saidmeant.models.synthesize OUT``: synthetic learner speech whose pronounced phones are known exactly.

A prompt's phones are changed as learners change them (:mod:`.speech_plans`), evenly over the bins of divergence, and a
synthesiser that takes phones speaks the result (:mod:`.kokoro`: natural, slow; :mod:`.espeak`: crude, fast).  OUT gets
FLAC files (Opus takes a fifth of the room, but longer to write than espeak-ng to speak); OUT.jsonl, beside it, is
their manifest.  A line is added once its file is complete, so a set can be used while it grows.  Started again, the
command goes on where it was stopped.  What is made depends on the seed and not on the number of workers; sets of other
seeds go into other folders.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import soundfile
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from . import kokoro
from .evaluate import BINS as LABELS
from .evaluate import INTERRUPTED
from .metrics import divergence_rate
from .prompts import SPLITS
from .speech_plans import ENGINES, LANGUAGES, Job, Plan, Planner, engine_of
from .voice import SAMPLE_RATE, Audio, finish

DEFAULT_HOURS = {"train": 2.0, "held-out": 0.3}
SENTENCES = "../shared/data/sentences-{language}.txt"


class Maker:
    """Speaks plans and writes their files."""

    def __init__(self, job: Job, folder: Path) -> None:
        self._folder = folder
        self._engine = engine_of(job)

    def make(self, plan: Plan) -> dict[str, Any]:
        """Write the file, in one step, and return the manifest's line.  Raises ValueError if it is not spoken."""
        audio: Audio = finish(*self._engine.speak(plan.words, plan.voice), plan.voice.seed)
        file = self._folder / f"{plan.id}.flac"
        partial = file.with_suffix(".partial")
        soundfile.write(partial, audio, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
        partial.replace(file)
        return plan.line(f"{self._folder.name}/{file.name}", len(audio) / SAMPLE_RATE)


_maker: list[Maker] = []
"""The maker of a worker process."""


def _start_worker(job: Job, folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends the workers
    _maker.append(Maker(job, folder))


def _work(plan: Plan) -> dict[str, Any]:
    return _maker[0].make(plan)


def lines(job: Job, folder: Path, first: int, workers: int) -> Iterator[dict[str, Any]]:
    """The manifest's lines from a number on, in order, without end; files are written on the way."""
    planner = Planner(job)
    if workers == 1:
        maker = Maker(job, folder)
        for number in count(first):
            yield maker.make(planner.plan(number))
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (job, folder))
    waiting: deque[Future[dict[str, Any]]] = deque()
    numbers = count(first)
    try:
        while True:
            while len(waiting) < 3 * workers:
                waiting.append(pool.submit(_work, planner.plan(next(numbers))))
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def existing(manifest: Path, folder: Path, job: Job) -> list[dict[str, Any]]:
    """The lines that are there and whose files are; the manifest is cut after them.

    Raises ValueError if they are those of another job.
    """
    if not manifest.exists():
        return []
    kept: list[dict[str, Any]] = []
    for number, text in enumerate(manifest.read_text(encoding="utf-8").splitlines()):
        try:
            line = json.loads(text)
        except ValueError:
            break  # the process was killed while it wrote
        wanted = f"{job.name}-{number:06d}"
        if not isinstance(line, dict) or line.get("id") != wanted:
            raise ValueError(
                f"{manifest}, line {number + 1}: this is another set, expected {wanted}; name another folder"
            )
        if not (folder / Path(line["audio"]).name).is_file():
            break
        kept.append(line)
    partial = manifest.with_suffix(".partial")
    partial.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8", newline="\n")
    partial.replace(manifest)
    return kept


def synthesize(job: Job, folder: Path, hours: float, workers: int) -> Counter[str]:
    """Make so much audio and return the utterances by bin.  Raises ValueError."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder.with_name(f"{folder.name}.jsonl")
    done = existing(manifest, folder, job)
    bins = Counter(bin_of(line) for line in done)
    seconds = sum(line["duration"] for line in done)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.1f} min"))
    with (
        Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as progress,
        manifest.open("a", encoding="utf-8", newline="\n") as file,
    ):
        task = progress.add_task(f"{job.engine} {job.split}", total=60 * hours, completed=seconds / 60)
        if seconds >= 3600 * hours:
            return bins
        source = lines(job, folder, len(done), workers)
        try:
            for line in source:
                file.write(json.dumps(line) + "\n")
                file.flush()
                bins[bin_of(line)] += 1
                seconds += line["duration"]
                progress.update(task, completed=seconds / 60)
                if seconds >= 3600 * hours:
                    return bins
        finally:
            source.close()  # type: ignore[attr-defined]
    return bins


def bin_of(line: dict[str, Any]) -> str:
    """The label of a manifest line's bin of divergence."""
    canonical, surface = (
        [phone for word in line["words"] for phone in word[name]] for name in ("canonical", "surface")
    )
    rate = divergence_rate(surface, canonical)
    return next(label for label, most in LABELS if rate <= most)


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    given = _parser().parse_args(arguments)
    sentences = tuple(given.sentences or [Path(SENTENCES.format(language=given.language))])
    folder = given.kokoro or kokoro.default_folder()
    job = Job(
        *(given.engine, given.split, given.seed, sentences, folder),
        language=given.language,
        pace=tuple(given.pace),
        standard=given.standard,
    )
    hours = DEFAULT_HOURS[given.split] if given.hours is None else given.hours
    if given.workers < 1 or hours <= 0 or not 0 < job.pace[0] <= job.pace[1]:
        print("saidmeant: --workers, --hours and --pace must be above 0, FROM not above TO", file=sys.stderr)
        return 2
    try:
        bins = synthesize(job, given.out, hours, given.workers)
    except (ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("saidmeant: stopped; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED
    shown = ", ".join(f"{label}: {bins[label]}" for label, _ in LABELS)
    print(f"{given.out}.jsonl: {bins.total()} utterances, by divergence {shown}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.synthesize", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder for the audio; the manifest is OUT.jsonl")
    parser.add_argument("--engine", choices=ENGINES, default="kokoro", help="default: %(default)s")
    parser.add_argument("--split", choices=SPLITS, default="train", help="voices and sentences; default: %(default)s")
    parser.add_argument("--hours", type=float, help="of audio; default: 2, held-out 0.3")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=1, help="processes; default: %(default)s")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="default: %(default)s")
    parser.add_argument(
        "--sentences",
        type=Path,
        nargs="+",
        help=f"files, also .bz2 and .gz, a sentence a line; default: {SENTENCES.format(language='LANGUAGE')}",
    )
    parser.add_argument("--standard", action="store_true", help="nobody strays from how it should sound")
    slow, fast = kokoro.PACE
    parser.add_argument(
        "--pace",
        type=float,
        nargs=2,
        metavar=("FROM", "TO"),
        default=kokoro.PACE,
        help=f"how fast Kokoro's voices speak, 1 = as they like; default: {slow} {fast}",
    )
    parser.add_argument("--kokoro", type=Path, help=f"folder of its packages; default: {kokoro.default_folder()}")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
