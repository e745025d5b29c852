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
from pathlib import Path
from types import FrameType

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch.utils.data import DataLoader

from saidmeant.streaming.lexicon import shipped_lexicon
from saidmeant.streaming.lines import WORD_BOUNDARY

from .augment import WaveAugmenter
from .cache import cache_folder
from .checkpoint import CheckpointConfig, save_checkpoint
from .consistency import consistency_loss
from .ctc import ctc_loss
from .data import (
    MEANING_TOKENS,
    Batch,
    FeatureStore,
    Labeller,
    TrainingBatches,
    padded_to_chunks,
)
from .dual_encoder import STEM_FRAMES_PER_SECOND, STEM_STRIDE, DualEncoder
from .initialise import initialise
from .manifest import Utterance, read_manifest
from .recipe import Recipe, load_recipe
from .rooms import load_rooms

log = logging.getLogger("saidmeant.train")
EMISSION_SLACK = 2  # output frames after an utterance's end in which its last label may still come


class Trainer:
    """A model, its optimiser and the step it has reached."""

    def __init__(self, recipe: Recipe, run: Path, device: torch.device) -> None:
        self.recipe, self.run, self.device = recipe, run, device
        torch.manual_seed(recipe.seed)
        self.model = DualEncoder(recipe.encoder_config())
        self.model.regularise(recipe.schedule.dropout, recipe.schedule.skip)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": list(body_parameters(self.model)), "peak": recipe.schedule.body_rate},
                {"params": list(output_parameters(self.model)), "peak": recipe.schedule.head_rate},
            ],
            betas=(0.9, 0.98),
            weight_decay=recipe.schedule.weight_decay,
            fused=True,  # a sixth of a CPU step less
        )
        self.step = 0
        self.losses: dict[str, float] = {}

    def start(self) -> None:
        """Resume from the run folder, or initialise."""
        self.run.mkdir(parents=True, exist_ok=True)
        state_path = self.run / "trainer.pt"
        if state_path.exists():
            state = torch.load(state_path, map_location="cpu", weights_only=True)
            self.model.load_state_dict(state["model"])
            self.model.to(self.device)
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]
            log.info("resumed at step %d", self.step)
        else:
            initialise(self.model, self.recipe.init)
            self.model.to(self.device)
            log.info("initialised from %s", self.recipe.init)

    def train_step(self, batch: Batch) -> None:
        """One update.  The chunk length is drawn from the step's own seed, so that resuming repeats it."""
        schedule = self.recipe.schedule
        lengths, weights = list(schedule.chunk_ms), np.array(list(schedule.chunk_ms.values()))
        rng = np.random.default_rng([self.recipe.seed, self.step])
        chunks = rng.choice(lengths, size=2, p=weights / weights.sum()) * STEM_FRAMES_PER_SECOND // 1000
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate_factor(
                self.step, schedule.warmup_steps, schedule.decay_steps, schedule.steps
            )
        frozen = schedule.freeze_trunk_step is not None and self.step >= schedule.freeze_trunk_step
        for module in (self.model.stem, self.model.trunk):
            module.requires_grad_(not frozen)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            losses = self.batch_losses(batch, [int(chunk) for chunk in chunks])
        loss = torch.stack(list(losses.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), schedule.clip)
        self.optimizer.step()
        self.step += 1
        for name, value in losses.items():
            self.losses[name] = 0.98 * self.losses.get(name, value.item()) + 0.02 * value.item()

    def batch_losses(self, batch: Batch, chunks: Sequence[int]) -> dict[str, torch.Tensor]:
        """The CTC loss of each head and, with two views, their disagreement.  chunks: each view's, in stem frames."""
        log_mels = [batch.log_mel] if batch.other_view is None else [batch.log_mel, batch.other_view]
        views = [self.log_probs(*view, batch.position) for view in zip(log_mels, chunks, strict=False)]
        targets = {"surface": batch.surface, "meaning": batch.meaning}
        frames = -(-batch.frames // (STEM_STRIDE * self.recipe.encoder.pool)) + EMISSION_SLACK
        losses = {}
        for name in self.model.head_names:
            heads = [view[name] for view in views]
            each = [ctc_loss(head, frames.clamp(max=head.shape[1]), targets[name]) for head in heads]
            losses[name] = torch.stack(each).mean()
            if len(heads) == 2:
                losses[f"{name} agreement"] = self.recipe.schedule.consistency * consistency_loss(*heads, frames)
        return losses

    def log_probs(self, log_mel: torch.Tensor, chunk: int, position: torch.Tensor) -> dict[str, torch.Tensor]:
        """The model's outputs per head, chunk by chunk or (chunk 0) for the whole utterance."""
        padded = padded_to_chunks(log_mel.to(self.device), chunk or self.recipe.encoder.pool)
        outputs = self.model(padded, chunk, position.to(self.device))
        return {name: values.float() for name, values in outputs.items()}

    def save(self) -> None:
        """The checkpoint for export and, beside it, what resuming needs."""
        sources = tuple(f"{Path(s.manifest).stem} ({s.licence})" for s in self.recipe.data)
        config = CheckpointConfig(
            self.recipe.name, self.recipe.language, self.model.config, sources, self.recipe.init, self.step
        )
        save_checkpoint(self.run / "model.safetensors", self.model, config)
        partial = self.run / "trainer.partial"
        torch.save(
            {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step}, partial
        )
        partial.replace(self.run / "trainer.pt")


def body_parameters(model: DualEncoder) -> Iterator[torch.nn.Parameter]:
    """Everything but the freshly initialised output layers."""
    for name, parameter in model.named_parameters():
        if ".output." not in name:
            yield parameter


def output_parameters(model: DualEncoder) -> Iterator[torch.nn.Parameter]:
    """The freshly initialised output layers, which learn at a rate of their own."""
    for name in model.head_names:
        yield from model.head(name).output.parameters()


def rate_factor(step: int, warmup: int, decay: int, steps: int) -> float:
    """Linear warm-up, constant, linear decay to zero."""
    return min(1.0, (step + 1) / warmup, max(0.0, (steps - step) / decay))


def dev_errors(
    model: DualEncoder, utterances: Sequence[Utterance], store: FeatureStore, chunk: int
) -> dict[str, float]:
    """Greedy error rates of the offline pass: phones against the pronounced phones, words against the text.

    A quick gauge while training; ``saidmeant evaluate`` streams the exported model.
    """
    device = next(model.parameters()).device
    model.eval()
    edits = dict.fromkeys(model.head_names, 0)
    lengths = dict.fromkeys(model.head_names, 0)
    for utterance in utterances:
        log_mel = padded_to_chunks(torch.from_numpy(store.get(utterance))[None].to(device), chunk)
        with torch.inference_mode():
            outputs = model(log_mel, chunk)
        for head in model.config.heads:
            labels = greedy(outputs[head.name][0])
            reference: Sequence[str] | None
            if head.name == "surface":
                hypothesis, reference = [head.tokens[i - 1] for i in labels], utterance.surface
            else:
                text = "".join(MEANING_TOKENS[i - 1] for i in labels)
                hypothesis, reference = text.replace(WORD_BOUNDARY, " ").split(), utterance.text.split()
            if reference is not None:
                edits[head.name] += Levenshtein.distance(hypothesis, reference)
                lengths[head.name] += len(reference)
    model.train()
    return {name: edits[name] / max(1, lengths[name]) for name in edits}


def greedy(log_probs: torch.Tensor) -> list[int]:
    """The labels of the best path, repeats collapsed, blanks removed.  log_probs: (frames, labels)"""
    best = torch.unique_consecutive(log_probs.argmax(dim=1))
    return [int(i) for i in best if i]


def training_pool(recipe: Recipe) -> list[tuple[Utterance, float]]:
    """Every utterance with its weight."""
    return [(utterance, source.weight) for source in recipe.data for utterance in read_manifest(source.manifest)]


def wave_augmenter(recipe: Recipe) -> WaveAugmenter:
    """The recipe's augmentation of waveforms, with the voices of its sources of babble."""
    sources = [source for source in recipe.data if source.babble]
    background = [utterance.audio for source in sources for utterance in read_manifest(source.manifest)]
    return WaveAugmenter(recipe.wave, background, load_rooms(cache_folder() / "rooms"), recipe.seed)


def train(recipe: Recipe, run: Path, features: Path) -> None:
    """Run a recipe to its last step, from wherever the run folder stands."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trainer = Trainer(recipe, run, device)
    trainer.start()
    store = FeatureStore(features, wave_augmenter(recipe))
    labeller = Labeller(shipped_lexicon(recipe.language).pronunciations)
    batches = TrainingBatches(
        training_pool(recipe),
        labeller,
        store,
        recipe.augment,
        batch_seconds=recipe.schedule.batch_seconds / (2 if recipe.schedule.consistency else 1),
        seed=recipe.seed,
        two_views=recipe.schedule.consistency > 0,
    )
    batches.start = trainer.step
    dev = read_manifest(recipe.dev)
    dev = dev[:: max(1, len(dev) // recipe.dev_utterances)]
    stopped = stop_on_signal()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as progress:
        task = progress.add_task(recipe.name, total=recipe.schedule.steps, completed=trainer.step)
        began, first = time.monotonic(), trainer.step
        for batch in DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=8):
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
                errors = dev_errors(trainer.model, dev, store, chunk=16)
                log.info("step %d  dev %s", trainer.step, "  ".join(f"{k} {v:.1%}" for k, v in errors.items()))
    trainer.save()
    log.info("%s at step %d: %s", "stopped" if stopped else "finished", trainer.step, run / "model.safetensors")


def stop_on_signal() -> list[int]:
    """A list that becomes non-empty at the first SIGINT or SIGTERM; the step under way is finished and saved."""
    received: list[int] = []

    def handler(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)
    return received


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
        run.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(message)s", handlers=[logging.FileHandler(run / "train.log")]
        )
        train(recipe, run, options.features)
    except (ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
