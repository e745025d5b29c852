"""A narrower encoder that starts from what a trained one knows:

    python -m saidmeant.models.slim models/recipes/en-tiny-start.yaml START.safetensors

The recipe's teacher is rotated onto the principal directions of its residual stream and cut to the recipe's width
(SliceGPT, Ashkboos et al. 2024, arXiv 2401.15024); every attention head keeps the subspace that carries its scores and
its output; feed-forward units and convolution channels are chosen by what they contribute, and those that stay are
refitted by least squares to do the work of all.  Depth and number of heads are the teacher's.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from saidmeant.streaming.errors import SaidMeantError

from .cache import cache_folder
from .checkpoint import CheckpointConfig, save_checkpoint
from .data import FeatureStore
from .dual_encoder import DualEncoder
from .encoder_config import EncoderConfig
from .encoder_input import POSITIONS, position_embedding
from .encoder_layers import EncoderLayer
from .evaluate import choose
from .initialise import trained_model
from .manifest import read_manifest
from .moments import Moments, Place, gather
from .recipe import load_recipe

UTTERANCES = 120
CHUNK = 16  # stem frames: 320 ms, as deployed
RIDGE = 1e-4  # of the mean variance, added to what is inverted
NARROWED = ("dim", "feedforward_dim", "stem_dim")
Affine = tuple[Tensor, Tensor]
"""Weights (out, in) and bias (out,)."""


@dataclass(frozen=True, slots=True)
class Slicer:
    """Reads from and writes to a residual stream that was rotated and cut.

    ``basis`` (wide, narrow): orthonormal columns but for the one direction (1, ..., 1), which layer norms cannot see.
    """

    basis: Tensor
    moments: dict[Place, Moments]

    @property
    def scale(self) -> float:
        """Numbers of the narrow stream are smaller by this factor; so positions keep their amplitude."""
        wide, narrow = self.basis.shape
        return math.sqrt(narrow / wide)

    def reading(self, place: Place, norm: nn.LayerNorm, affine: Affine) -> Affine:
        """What a map behind a layer norm becomes behind a plain norm of the narrow stream.

        The cut part of the stream is predicted from the part that stayed, as well as a linear map can.
        """
        moments, (weight, bias) = self.moments[place], affine
        kept = self.basis.T @ moments.second @ self.basis
        share = math.sqrt(float(kept.trace() / moments.second.trace()))
        seen = _embed(self.basis.T)
        full = regression(seen @ moments.total @ seen.T, moments.total[:-1] @ seen.T)
        gained = weight * norm.weight
        return gained @ full[:, :-1] * (share / self.scale), bias + weight @ norm.bias + gained @ full[:, -1]

    def writing(self, affine: Affine) -> Affine:
        """What a map that adds to the wide stream adds to the narrow one."""
        weight, bias = affine
        return self.scale * self.basis.T @ weight, self.scale * self.basis.T @ bias


def narrowed(source: DualEncoder, config: EncoderConfig, moments: dict[Place, Moments]) -> DualEncoder:
    """A model of the given shape that does what ``source`` does as well as linear algebra can make it.

    moments: of ``source``, from :func:`.moments.gather`.  Raises ValueError if more than the widths differ.
    """
    for field in fields(EncoderConfig):
        if field.name not in NARROWED and getattr(config, field.name) != getattr(source.config, field.name):
            raise ValueError(f"{field.name}: the narrow encoder must have the wide one's")
    if config.convolution_dim:
        raise ValueError("convolution_dim: branches of convolution cannot be made narrower")
    if config.dim > source.config.dim or not config.stem_dim or source.config.stem_dim:
        raise ValueError("stem_dim must be set for a narrow encoder, and dim not be larger than the wide one's")
    wide = source.double().requires_grad_(False)
    slicer = Slicer(_basis(config.dim, moments), moments)
    model = DualEncoder(config).double().requires_grad_(False)
    _slice_stem(slicer, wide, model)
    names = {id(module): name for name, module in wide.named_modules()}
    for (_, one), (_, other) in zip(wide.attention_layers(), model.attention_layers(), strict=True):
        _slice_attention(slicer, names[id(one)], one, other)
        _slice_feedforward(slicer, names[id(one)], one, other)
    for name in wide.head_names:
        head, mine = wide.head(name), model.head(name)
        _put(mine.output, slicer.reading(names[id(head.norm)], head.norm, _affine(head.output)))
    return model.float().requires_grad_(True)


def _basis(narrow: int, moments: dict[Place, Moments]) -> Tensor:
    """The principal directions of what all layer norms see, turned so that positions come where they are added."""
    seen = [found.second for place, found in moments.items() if place.endswith("norm")]
    total = torch.stack([second / second.trace() for second in seen]).mean(dim=0)
    wide = len(total)
    principal = torch.linalg.eigh(total).eigenvectors[:, -(narrow - 1) :]  # (wide, narrow - 1), none along (1, ..., 1)
    ones = torch.full((narrow, 1), narrow**-0.5, dtype=torch.float64)
    centred = torch.linalg.svd(torch.eye(narrow, dtype=torch.float64) - ones @ ones.T).U[:, :-1]
    index = torch.arange(POSITIONS)[None]
    old, new = (position_embedding(index, dim)[0].double().T for dim in (wide, narrow))
    turned = torch.linalg.svd(centred.T @ new @ (principal.T @ old).T)  # orthogonal Procrustes problem
    return principal @ (centred @ turned.U @ turned.Vh).T


def _slice_stem(slicer: Slicer, wide: DualEncoder, model: DualEncoder) -> None:
    conv1, conv2 = wide.stem.conv1, wide.stem.conv2
    patches, outputs = slicer.moments["stem.conv2"], slicer.moments["stem.project"]
    channels = model.stem.conv1.out_channels
    power = patches.second.diagonal().unflatten(0, (-1, 3)).mean(dim=1)
    first = _largest(power * conv2.weight.square().sum(dim=(0, 2)), channels)
    second = _largest(outputs.second.diagonal() * slicer.basis.square().sum(dim=1), channels)
    taps = (first[:, None] * 3 + torch.arange(3)).flatten()
    weight, bias = refitted((conv2.weight.flatten(1), cast(Tensor, conv2.bias)), patches, taps)
    model.stem.conv1.load_state_dict({name: value[first] for name, value in conv1.state_dict().items()})
    model.stem.conv2.load_state_dict({"weight": weight[second].unflatten(1, (-1, 3)), "bias": bias[second]})
    identity = torch.eye(len(outputs.mean), dtype=torch.float64), torch.zeros(len(outputs.mean), dtype=torch.float64)
    _put(model.stem.project, slicer.writing(refitted(identity, outputs, second)))


def _slice_attention(slicer: Slicer, name: str, wide: EncoderLayer, narrow: EncoderLayer) -> None:
    """Per head: queries and keys keep the directions that make the scores, values those that make the output."""
    place, heads = f"{name}.attention_norm", wide.attention_heads
    seen, norm = slicer.moments[place], wide.attention_norm
    old, new = len(wide.query.weight) // heads, len(narrow.query.weight) // heads
    pieces: dict[str, list[Tensor]] = {"query": [], "key": [], "value": [], "out": []}
    for head in range(heads):
        rows = slice(head * old, (head + 1) * old)
        query, key, value = (_rows(_affine(part), rows) for part in (wide.query, wide.key, wide.value))
        from_query, _ = _roots(_image(seen.second, seen.mean, norm, query, centred=False))
        from_key, _ = _roots(_image(seen.second, seen.mean, norm, key, centred=True))
        cut_query, cut_key = _agreeing(from_query, from_key, new, (new / old) ** 0.25)
        root, inverse = _roots(_image(seen.second, seen.mean, norm, value, centred=False))
        left, sizes, right = torch.linalg.svd(slicer.basis.T @ wide.out.weight[:, rows] @ root, full_matrices=False)
        cut_value = right[:new] @ inverse
        for part, cut, affine in (("query", cut_query, query), ("key", cut_key, key), ("value", cut_value, value)):
            pieces[part].append(torch.cat([cut @ affine[0], (cut @ affine[1])[:, None]], dim=1))
        pieces["out"].append(slicer.scale * left[:, :new] * sizes[:new])
    for part in ("query", "key", "value"):
        stacked = torch.cat(pieces[part])
        _put(getattr(narrow, part), slicer.reading(place, norm, (stacked[:, :-1], stacked[:, -1])))
    _put(narrow.out, (torch.cat(pieces["out"], dim=1), slicer.scale * slicer.basis.T @ wide.out.bias))


def _slice_feedforward(slicer: Slicer, name: str, wide: EncoderLayer, narrow: EncoderLayer) -> None:
    units = slicer.moments[f"{name}.contract"]
    contribution = units.second.diagonal() * (slicer.basis.T @ wide.contract.weight).square().sum(dim=0)
    kept = _largest(contribution, len(narrow.expand.weight))
    expand = wide.expand.weight[kept], wide.expand.bias[kept]
    _put(narrow.expand, slicer.reading(f"{name}.feedforward_norm", wide.feedforward_norm, expand))
    _put(narrow.contract, slicer.writing(refitted(_affine(wide.contract), units, kept)))


def refitted(affine: Affine, moments: Moments, kept: Tensor) -> Affine:
    """The map of the kept inputs alone that comes closest to the map of all."""
    weight, bias = affine
    columns = torch.cat([kept, torch.tensor([len(moments.total) - 1])])
    full = regression(moments.total[columns][:, columns], moments.total[:-1][:, columns])
    return weight @ full[:, :-1], bias + weight @ full[:, -1]


def regression(inputs: Tensor, products: Tensor) -> Tensor:
    """Least squares with a little ridge: products (wanted, n) times the inverse of inputs (n, n), whose last is 1."""
    ridge = torch.full((len(inputs),), RIDGE * float(inputs.diagonal()[:-1].mean()), dtype=inputs.dtype)
    ridge[-1] = 0.0
    return torch.linalg.solve(inputs + ridge.diag(), products.T).T


def _image(second: Tensor, mean: Tensor, norm: nn.LayerNorm, affine: Affine, *, centred: bool) -> Tensor:
    """Second moments, or the covariance, of a map's outputs behind a norm."""
    weight, bias = affine[0] * norm.weight, affine[1] + affine[0] @ norm.bias
    offset = weight @ mean
    covariance = weight @ second @ weight.T - torch.outer(offset, offset)
    return covariance if centred else covariance + torch.outer(offset + bias, offset + bias)


def _roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """A symmetric square root and its inverse."""
    values, vectors = torch.linalg.eigh(matrix)
    roots = values.clamp(min=RIDGE * float(values.mean())).sqrt()
    return vectors * roots @ vectors.T, vectors / roots @ vectors.T


def _agreeing(query: Tensor, key: Tensor, size: int, factor: float) -> tuple[Tensor, Tensor]:
    """The cuts (size, old) of queries and keys, given the roots of their moments, that keep most of the scores."""
    left, values, right = torch.linalg.svd(query @ key)
    share = factor * values[:size].sqrt()[:, None]
    return share * left.T[:size] @ torch.linalg.inv(query), share * right[:size] @ torch.linalg.inv(key)


def _largest(values: Tensor, count: int) -> Tensor:
    """Indices of the largest values, in order."""
    return values.argsort(descending=True)[:count].sort().values


def _embed(matrix: Tensor) -> Tensor:
    """The matrix with one more input and output, which passes through."""
    return torch.block_diag(matrix, torch.ones(1, 1, dtype=matrix.dtype))


def _affine(linear: nn.Linear) -> Affine:
    bias = torch.zeros(linear.out_features, dtype=linear.weight.dtype) if linear.bias is None else linear.bias
    return linear.weight, bias


def _rows(affine: Affine, rows: slice) -> Affine:
    return affine[0][rows], affine[1][rows]


def _put(linear: nn.Module, affine: Affine) -> None:
    assert isinstance(linear, nn.Linear)
    linear.weight.copy_(affine[0])
    if linear.bias is not None:
        linear.bias.copy_(affine[1])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m saidmeant.models.slim",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", type=Path, help="its teacher is narrowed to its encoder, on its first data set")
    parser.add_argument("target", type=Path, help="the checkpoint to write")
    parser.add_argument("--features", type=Path, default=cache_folder() / "features", help="feature cache folder")
    options = parser.parse_args(arguments)
    try:
        recipe = load_recipe(options.recipe)
        teacher = trained_model(recipe.teacher)
        utterances = choose(read_manifest(recipe.data[0].manifest), UTTERANCES)
        moments = gather(teacher, utterances, FeatureStore(options.features), CHUNK)
        model = narrowed(teacher, recipe.encoder_config(), moments)
        config = CheckpointConfig(recipe.name, recipe.language, model.config, (), recipe.teacher, 0)
        save_checkpoint(options.target.expanduser(), model, config)
    except (SaidMeantError, ValueError, OSError) as error:
        print(f"saidmeant: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
