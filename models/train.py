"""Train a dual-output model:  python -m saidmeant.models.train models/recipes/en-base.yaml

Reads a strict YAML recipe and JSONL manifests (format: models/manifest.py), trains on a GPU if there is one, writes
``model.safetensors`` (the checkpoint that ``saidmeant export`` reads), ``trainer.pt`` and ``train.log`` to the run
folder, and resumes from there when started again.  Ctrl-C saves and stops.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch.utils.data import DataLoader

from .augment import WaveAugmenter
from .cache import cache_folder
from .data import Batch, FeatureStore, TrainingBatches
from .labels import labeller_of
from .manifest import Utterance, read_manifest
from .offline import CHUNK, error_rates, gauge_set
from .recipe import Recipe, load_recipe
from .rooms import load_rooms
from .trainer import Trainer

log = logging.getLogger("saidmeant.train")


def training_pool(recipe: Recipe) -> list[tuple[Utterance, float]]:
    """Every utterance with its weight."""
    return [(utterance, source.weight) for source in recipe.data for utterance in read_manifest(source.manifest)]


def wave_augmenter(recipe: Recipe) -> WaveAugmenter:
    """The recipe's augmentation of waveforms, with the voices of its sources of babble."""
    sources = [source for source in recipe.data if source.babble]
    background = [utterance.audio for source in sources for utterance in read_manifest(source.manifest)]
    return WaveAugmenter(recipe.wave, background, load_rooms(cache_folder() / "rooms"), recipe.seed)


def train(recipe: Recipe, run: Path, features: Path) -> int:
    """Run a recipe to its last step, from wherever the run folder stands; returns the step that was reached."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trainer = Trainer(recipe, run, device)
    run.mkdir(parents=True, exist_ok=True)
    with logging_to(run / "train.log"), stopping_on_signal() as stopped:
        trainer.start()
        store = FeatureStore(features, wave_augmenter(recipe))
        batches = training_batches(recipe, store)
        batches.start = trainer.step
        dev = gauge_set(read_manifest(recipe.dev), recipe.dev_utterances)
        with progress_bar() as progress:
            task = progress.add_task(recipe.name, total=recipe.schedule.steps, completed=trainer.step)
            began, first = time.monotonic(), trainer.step
            for batch in loaded(batches):
                if trainer.step >= recipe.schedule.steps or stopped:
                    break
                trainer.train_step(batch)
                losses = "  ".join(f"{name} {loss:.3f}" for name, loss in trainer.losses.items())
                progress.update(task, completed=trainer.step, description=f"{recipe.name}  {losses}")
                if trainer.step % 20 == 0:
                    pace = (time.monotonic() - began) / (trainer.step - first)
                    log.info("step %d  loss %s  %.2f s/step", trainer.step, losses, pace)
                if trainer.step % recipe.checkpoint_steps == 0:
                    trainer.save()
                if trainer.step % recipe.dev_steps == 0:
                    rates = error_rates(trainer.model, dev, store, CHUNK)
                    trainer.model.train()
                    log.info("step %d  dev %s", trainer.step, "  ".join(f"{k} {v:.1%}" for k, v in rates.items()))
        trainer.save()
        log.info("%s at step %d: %s", "stopped" if stopped else "finished", trainer.step, run / "model.safetensors")
    return trainer.step


def training_batches(recipe: Recipe, store: FeatureStore) -> TrainingBatches:
    """The recipe's batches; two views of an utterance share the seconds of a batch."""
    two_views = recipe.schedule.consistency > 0
    return TrainingBatches(
        training_pool(recipe),
        labeller_of(recipe.language),
        store,
        recipe.augment,
        batch_seconds=recipe.schedule.batch_seconds / (2 if two_views else 1),
        seed=recipe.seed,
        two_views=two_views,
    )


def loaded(batches: TrainingBatches) -> DataLoader[Batch]:
    """The batches, made ahead by a process of its own."""
    return DataLoader(
        batches, batch_size=None, num_workers=1, prefetch_factor=8, worker_init_fn=leave_signals_to_the_trainer
    )


def leave_signals_to_the_trainer(_worker: int) -> None:
    """A signal to the whole process group (Ctrl-C, a service manager) stops the trainer, which saves and ends this."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def progress_bar() -> Progress:
    """What a long training shows, on standard error."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


@contextmanager
def stopping_on_signal() -> Iterator[list[int]]:
    """A list that becomes non-empty at the first SIGINT or SIGTERM; the step under way is finished and saved."""
    received: list[int] = []

    def handler(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    previous = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, former in previous.items():
            signal.signal(number, former)


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """What training says goes to this file too."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", type=Path, help="a YAML recipe, for example models/recipes/en-base.yaml")
    parser.add_argument("--run", type=Path, help="run folder (default: ~/.cache/saidmeant/runs/NAME)")
    parser.add_argument("--features", type=Path, default=cache_folder() / "features", help="feature cache folder")
    options = parser.parse_args(arguments)
    try:
        recipe = load_recipe(options.recipe)
        run = options.run or cache_folder() / "runs" / recipe.name
        train(recipe, run, options.features)
    except (ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
