"""One update after the other: a model, its optimiser, the losses of a recipe, and where it stands on disk."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from .checkpoint import CheckpointConfig, save_checkpoint
from .consistency import consistency_loss, divergence
from .ctc import ctc_loss
from .data import Batch, padded_to_chunks
from .dual_encoder import DualEncoder
from .encoder_config import STEM_FRAMES_PER_SECOND, STEM_STRIDE
from .encoder_layers import ConvolutionLayer
from .initialise import first_weights, initialise, trained_model
from .recipe import Recipe

log = logging.getLogger("saidmeant.train")
EMISSION_SLACK = 2  # output frames after an utterance's end in which its last label may still come


Input = tuple[torch.Tensor, int, torch.Tensor]
"""Log-mel (batch, frames, 80), stem frames per chunk, first positions (batch,)."""
Outputs = dict[str, torch.Tensor]
"""Log-probabilities (batch, output frames, labels) by head."""


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
        self.teacher = fitting_teacher(recipe.teacher, self.model).to(device) if recipe.teacher else None
        self.step = 0
        self.losses: dict[str, float] = {}

    def start(self) -> None:
        """Resume from the run folder, which is there, or initialise."""
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
        """The recipe's losses by name.  chunks: each view's, in stem frames."""
        schedule = self.recipe.schedule
        log_mels = [batch.log_mel] if batch.other_view is None else [batch.log_mel, batch.other_view]
        inputs = [(log_mel, chunk, batch.position) for log_mel, chunk in zip(log_mels, chunks, strict=False)]
        views = [self.log_probs(self.model, *each) for each in inputs]
        targets = {"surface": batch.surface, "meaning": batch.meaning}
        frames = -(-batch.frames // (STEM_STRIDE * self.recipe.encoder.pool)) + EMISSION_SLACK
        losses = {}
        for name in self.model.head_names:
            heads = [view[name] for view in views]
            each = [ctc_loss(head, frames.clamp(max=head.shape[1]), targets[name]) for head in heads]
            losses[name] = torch.stack(each).mean()
            if len(heads) == 2:
                losses[f"{name} agreement"] = schedule.consistency * consistency_loss(heads[0], heads[1], frames)
        if self.teacher is not None:
            losses["teaching"] = schedule.distillation * self.teaching_loss(self.teacher, inputs, views, frames)
        if schedule.orthogonality:
            losses["overlap"] = schedule.orthogonality * head_overlap(self.model)
        return losses

    def teaching_loss(
        self, teacher: DualEncoder, inputs: Sequence[Input], views: Sequence[Outputs], frames: torch.Tensor
    ) -> torch.Tensor:
        """How far each head is from what the teacher says of the same input in the same chunks, on a share of it."""
        losses = []
        count = len(frames)
        rng = np.random.default_rng([self.recipe.seed, self.step, count])
        asked = torch.from_numpy(rng.permutation(count)[: math.ceil(count * self.recipe.schedule.taught)])
        for (log_mel, chunk, position), said in zip(inputs, views, strict=True):
            with torch.no_grad():
                wanted = self.log_probs(teacher, log_mel[asked], chunk, position[asked])
            own = {name: values[asked] for name, values in said.items()}
            losses.append(torch.stack([divergence(wanted[name], own[name], frames[asked]) for name in own]).sum())
        return torch.stack(losses).mean()

    def log_probs(self, model: DualEncoder, log_mel: torch.Tensor, chunk: int, position: torch.Tensor) -> Outputs:
        """A model's outputs per head, chunk by chunk or (chunk 0) for the whole utterance."""
        padded = padded_to_chunks(log_mel.to(self.device), chunk or model.config.pool)
        outputs = model(padded, chunk, position.to(self.device))
        return {name: values.float() for name, values in outputs.items()}

    def save(self) -> None:
        """The checkpoint for export and, beside it, what resuming needs."""
        sources = tuple(f"{Path(s.manifest).stem} ({s.licence})" for s in self.recipe.data)
        began = first_weights(self.recipe.init)
        config = CheckpointConfig(self.recipe.name, self.recipe.language, self.model.config, sources, began, self.step)
        save_checkpoint(self.run / "model.safetensors", self.model, config)
        partial = self.run / "trainer.partial"
        torch.save(
            {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step}, partial
        )
        partial.replace(self.run / "trainer.pt")


def fitting_teacher(source: str, model: DualEncoder) -> DualEncoder:
    """The teacher, which must write the same symbols at the same frame rate.  Raises ValueError if it does not."""
    teacher = trained_model(source)
    for head in model.config.heads:
        if head not in teacher.config.heads:
            raise ValueError(f"teacher {source} has no {head.name} output with these symbols")
    if teacher.config.frame_ms != model.config.frame_ms:
        raise ValueError(f"teacher {source} has frames of {teacher.config.frame_ms} ms, not {model.config.frame_ms}")
    return teacher


def body_parameters(model: DualEncoder) -> Iterator[torch.nn.Parameter]:
    """Everything that may have been something else before."""
    fresh = {id(parameter) for parameter in output_parameters(model)}
    return (parameter for parameter in model.parameters() if id(parameter) not in fresh)


def output_parameters(model: DualEncoder) -> Iterator[torch.nn.Parameter]:
    """The output layers and convolutions, which Whisper does not have and which learn at a rate of their own."""
    for name in model.head_names:
        yield from model.head(name).output.parameters()
        for _, layer in model.branch_stack(name):
            if isinstance(layer, ConvolutionLayer):
                yield from layer.parameters()


def head_overlap(model: DualEncoder) -> torch.Tensor:
    """Mean squared cosine between what the two heads read of their input: 0 = the tasks use orthogonal directions.

    A remedy for a fully shared encoder, where both heads read the same frames.  Raises ValueError with one head.
    """
    if len(model.head_names) != 2:
        raise ValueError("orthogonality needs two heads")
    heads = [model.head(name) for name in model.head_names]
    one, other = (torch.nn.functional.normalize(head.output.weight * head.norm.weight, dim=1) for head in heads)
    return (one @ other.T).square().mean()


def rate_factor(step: int, warmup: int, decay: int, steps: int) -> float:
    """Linear warm-up, constant, linear decay to zero."""
    return min(1.0, (step + 1) / warmup, max(0.0, (steps - step) / decay))
