"""A head trained on frozen frames: learns what they say, and only that; the model under it stays as it is."""

from __future__ import annotations

from pathlib import Path

import torch
from tiny import tiny_model
from torch import Tensor

from saidmeant.models.data import FeatureStore
from saidmeant.models.encoder_config import HeadConfig
from saidmeant.models.labels import TOKENS, labeller_of
from saidmeant.models.manifest import read_manifest
from saidmeant.models.offline import greedy
from saidmeant.models.probe import Material, branch_frames, fit_head, probe

DIM = 16


def telling(target: tuple[int, ...], seed: int) -> Tensor:
    """Frames that spell a target: three frames a label, one between them, a little noise."""
    generator = torch.Generator().manual_seed(seed)
    frames = torch.zeros(4 * len(target) + 2, DIM)
    for place, label in enumerate(target):
        frames[4 * place + 1 : 4 * place + 4, label] = 4.0
    return frames + 0.1 * torch.randn(frames.shape, generator=generator)


def test_reads_what_the_frames_tell() -> None:
    torch.manual_seed(1)
    targets = [tuple(int(label) for label in torch.randint(1, 6, (5,))) for _ in range(400)]
    frames = [telling(target, seed) for seed, target in enumerate(targets)]
    head = fit_head(frames, [*targets[:-1], None], labels=6)  # the last one has no target, and is no use but no harm
    with torch.inference_mode():
        right = sum(greedy(head(telling(t, 999)[None])[0]) == list(t) for t in targets[:50])
    assert right > 40


def test_every_task_on_every_branch_and_nothing_below_moves(repository: Path, tmp_path: Path) -> None:
    model = tiny_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    utterances = read_manifest(repository / "tests" / "data" / "samples.jsonl")[:4]
    labeller = labeller_of("en")
    material = Material(utterances[:3], utterances[3:], FeatureStore(tmp_path), labeller, chunk=16)
    tasks = [HeadConfig(name, TOKENS["en"][name]) for name in ("surface", "meaning")]
    scored = probe(model, tasks, material)
    assert set(scored) == {(a, b) for a in ("surface", "meaning") for b in ("surface", "meaning")}
    for (_, task), scores in scored.items():
        assert [score.surface is None for score in scores] == [task == "meaning"]
        assert [score.meaning is None for score in scores] == [task == "surface"]
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    frames = branch_frames(model, utterances[:1], material)
    assert not torch.equal(frames["surface"][0], frames["meaning"][0])
