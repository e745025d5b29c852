"""The encoder runs in two ways, whole under a mask and chunk by chunk with caches; they must be one function."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from saidmeant.models.dual_encoder import MASKED, DualEncoder
from saidmeant.models.encoder_config import STEM_OVERLAP, STEM_STRIDE, EncoderConfig, HeadConfig
from saidmeant.models.encoder_input import POSITIONS, normalise, position_embedding
from saidmeant.models.encoder_masks import attention_mask

SURFACE = HeadConfig("surface", ("A", "B", "C"))
MEANING = HeadConfig("meaning", ("x", "y"))
TINY = EncoderConfig(
    heads=(SURFACE, MEANING), dim=16, attention_heads=2, feedforward_dim=24, layers=4, trunk_layers=2, pool_layer=2,
    left_context=12, look_ahead=3,
)  # fmt: skip

CONVOLUTION = {"layers": 3, "trunk_layers": 2, "pool_layer": 2, "convolution_dim": 12}


def tiny(**changes: object) -> DualEncoder:
    torch.manual_seed(0)
    return DualEncoder(dataclasses.replace(TINY, **changes)).eval()  # type: ignore[arg-type]


def speech(batch: int, chunks: int, chunk: int) -> Tensor:
    """Random log10 mel for whole chunks: (batch, frames, 80)"""
    frames = STEM_STRIDE * chunk * chunks + STEM_OVERLAP
    return torch.randn(batch, frames, 80, generator=torch.Generator().manual_seed(1)) * 2 - 3


def fed_windows(log_mel: Tensor, chunk: int) -> list[Tensor]:
    """What the device feeds: overlapping windows, each clamped by its own maximum."""
    hop, length = STEM_STRIDE * chunk, STEM_STRIDE * chunk + STEM_OVERLAP
    return [normalise(log_mel[:, start : start + length]) for start in range(0, log_mel.shape[1] - STEM_OVERLAP, hop)]


@torch.inference_mode()
def streamed(model: DualEncoder, log_mel: Tensor, chunk: int) -> dict[str, Tensor]:
    state = model.initial_state(len(log_mel))
    pieces: dict[str, list[Tensor]] = {name: [] for name in model.head_names}
    for window in fed_windows(log_mel, chunk):
        outputs, state = model.step(window, state)
        for name, log_probs in outputs.items():
            pieces[name].append(log_probs)
    return {name: torch.cat(parts, dim=1) for name, parts in pieces.items()}


@pytest.mark.parametrize("chunk", [2, 8])
@pytest.mark.parametrize("look_ahead", [0, 3])
@pytest.mark.parametrize(("trunk_layers", "pool_layer"), [(0, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 3), (4, 2)])
def test_streaming_equals_the_masked_pass(trunk_layers: int, pool_layer: int, look_ahead: int, chunk: int) -> None:
    model = tiny(trunk_layers=trunk_layers, pool_layer=pool_layer, look_ahead=look_ahead)
    log_mel = speech(batch=2, chunks=7, chunk=chunk)
    with torch.inference_mode():
        whole = model(log_mel, chunk)
    pieces = streamed(model, log_mel, chunk)
    for name in ("surface", "meaning"):
        assert pieces[name].shape == whole[name].shape
        # streaming is look_ahead frames late: what it says first is from before the start
        assert (pieces[name][:, :look_ahead, 0] == 0).all()
        assert (pieces[name][:, :look_ahead, 1:] == MASKED).all()
        settled = whole[name].shape[1] - look_ahead
        torch.testing.assert_close(pieces[name][:, look_ahead:], whole[name][:, :settled], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("chunk", [2, 8])
@pytest.mark.parametrize("convolution_dim", [0, 12])
@pytest.mark.parametrize("heads", [(SURFACE, MEANING), (SURFACE,)])
def test_a_layer_of_the_trunk_may_hear_early(heads: tuple[HeadConfig, ...], convolution_dim: int, chunk: int) -> None:
    shape = {"layers": 4, "trunk_layers": 3, "pool_layer": 3, "look_ahead_layer": 1}
    model = tiny(**shape, convolution_dim=convolution_dim, heads=heads)
    log_mel = speech(batch=2, chunks=9, chunk=chunk)
    with torch.inference_mode():
        whole = model(log_mel, chunk)
    pieces = streamed(model, log_mel, chunk)
    for name in model.head_names:
        assert (pieces[name][:, :3, 0] == 0).all()
        torch.testing.assert_close(pieces[name][:, 3:], whole[name][:, :-3], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("layer", [2, 3])
def test_only_a_layer_of_the_trunk_below_the_pooling_may_hear_early(layer: int) -> None:
    with pytest.raises(ValueError, match="look_ahead_layer must be"):
        tiny(look_ahead_layer=layer)


@pytest.mark.parametrize("chunk", [2, 8])
@pytest.mark.parametrize("look_ahead", [0, 3])
def test_branches_of_convolution_stream_as_well(look_ahead: int, chunk: int) -> None:
    model = tiny(**CONVOLUTION, look_ahead=look_ahead)
    log_mel = speech(batch=2, chunks=7, chunk=chunk)
    with torch.inference_mode():
        whole = model(log_mel, chunk)
    pieces = streamed(model, log_mel, chunk)
    assert len(model.initial_state(1).caches) == 2  # of the trunk alone
    for name in ("surface", "meaning"):
        assert (pieces[name][:, :look_ahead, 0] == 0).all()
        settled = whole[name].shape[1] - look_ahead
        torch.testing.assert_close(pieces[name][:, look_ahead:], whole[name][:, :settled], atol=1e-5, rtol=1e-5)


def test_a_convolution_hears_its_frame_and_the_look_ahead_alone() -> None:
    layer = tiny(**CONVOLUTION).branch_stack("surface")[0][1]
    frames = torch.randn(1, 12, TINY.dim, generator=torch.Generator().manual_seed(1))
    changed = frames.clone()
    changed[:, 7] += 1.0
    with torch.inference_mode():
        differs = (layer(frames, torch.ones(1)) != layer(changed, torch.ones(1))).any(dim=2)[0]
    assert differs.nonzero().flatten().tolist() == [4, 5, 6, 7]


@pytest.mark.parametrize("changes", [{"layers": 4}, {"pool_layer": 1}, {"trunk_layers": 1}])
def test_a_branch_of_convolution_is_one_layer(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a branch of convolution is one layer"):
        tiny(**{**CONVOLUTION, **changes})


def test_dropout_and_skipped_layers_act_in_training_only() -> None:
    model = tiny()
    log_mel = speech(batch=4, chunks=3, chunk=4)
    with torch.inference_mode():
        plain = model(log_mel, 4)["surface"]
        model.regularise(dropout=0.2, skip=0.0)
        assert torch.equal(model(log_mel, 4)["surface"], plain)
        model.train()
        assert not torch.equal(model(log_mel, 4)["surface"], plain)
        model.regularise(dropout=0.0, skip=0.999999)  # whole utterances go past every layer: only the stem is left
        bare = tiny()
        for _, layer in bare.all_layers():
            for linear in (layer.out, layer.contract):
                torch.nn.init.zeros_(linear.weight)
                torch.nn.init.zeros_(linear.bias)
        torch.testing.assert_close(model(log_mel, 4)["surface"], bare(log_mel, 4)["surface"])


def test_a_single_output_streams_as_well() -> None:
    model = tiny(heads=(SURFACE,))
    log_mel = speech(batch=1, chunks=5, chunk=4)
    with torch.inference_mode():
        whole = model(log_mel, 4)["surface"]
    torch.testing.assert_close(streamed(model, log_mel, 4)["surface"][:, 3:], whole[:, :-3], atol=1e-5, rtol=1e-5)


def test_streams_may_start_at_different_times_and_share_a_batch() -> None:
    model, chunk = tiny(), 4
    first, second = speech(batch=2, chunks=6, chunk=chunk).split(1)
    alone = streamed(model, second, chunk)["meaning"]
    late = 2  # chunks that the first stream is ahead
    early, fresh = model.initial_state(1), model.initial_state(1)
    windows, others = fed_windows(first, chunk), fed_windows(second, chunk)
    together = []
    with torch.inference_mode():
        for window in windows[:late]:
            _, early = model.step(window, early)
        state = type(early)(
            caches=tuple(
                type(a)(torch.cat([a.key, b.key]), torch.cat([a.value, b.value]))
                for a, b in zip(early.caches, fresh.caches, strict=True)
            ),
            delays=tuple(torch.cat(pair) for pair in zip(early.delays, fresh.delays, strict=True)),
            frames=torch.cat([early.frames, fresh.frames]),
        )
        for window, other in zip(windows[late:], others, strict=False):
            outputs, state = model.step(torch.cat([window, other]), state)
            together.append(outputs["meaning"][1:])
    joined = torch.cat(together, dim=1)
    torch.testing.assert_close(joined, alone[:, : joined.shape[1]], atol=1e-5, rtol=1e-5)


def test_what_comes_later_than_the_look_ahead_changes_nothing() -> None:
    model, chunk = tiny(), 4
    log_mel = speech(batch=1, chunks=6, chunk=chunk)
    changed = log_mel.clone()
    boundary = 3 * STEM_STRIDE * chunk + STEM_OVERLAP  # the first mel frame that chunk 3 does not hold
    changed[:, boundary:] += 1.0
    with torch.inference_mode():
        before, after = model(log_mel, chunk)["surface"], model(changed, chunk)["surface"]
    settled = 3 * chunk // TINY.pool - TINY.look_ahead
    torch.testing.assert_close(before[:, :settled], after[:, :settled])
    assert not torch.allclose(before[:, settled:], after[:, settled:])


def test_the_position_wraps_and_the_offset_shifts_it() -> None:
    index = torch.tensor([[0, POSITIONS - 1, POSITIONS, 2 * POSITIONS + 7]])
    embedded = position_embedding(index, 16)
    assert torch.equal(embedded[0, 2], embedded[0, 0])
    assert torch.equal(embedded[0, 3], position_embedding(torch.tensor([[7]]), 16)[0, 0])
    model = tiny()
    log_mel = speech(batch=2, chunks=3, chunk=4)
    with torch.inference_mode():
        near = model(log_mel, 4, torch.tensor([5, 0]))["surface"]
        far = model(log_mel, 4, torch.tensor([5 + POSITIONS, POSITIONS // 2]))["surface"]
    torch.testing.assert_close(near[0], far[0])
    assert not torch.allclose(near[1], far[1])


def picture(mask: Tensor) -> str:
    return "\n".join("".join("#" if cell else "." for cell in row) for row in mask[0, 0])


def test_attention_mask_without_look_ahead() -> None:
    # rows ask, columns answer: chunks of 2, 3 frames of left context
    assert picture(attention_mask(8, chunk=2, left=3)) == "\n".join([
        "##......",
        "##......",
        "####....",
        "####....",
        ".#####..",
        ".#####..",
        "...#####",
        "...#####",
    ])  # fmt: skip


def test_attention_mask_with_the_chunk_grid_shifted_into_the_past() -> None:
    # chunks of 4 delayed by 1: frames 0-2, 3-6, 7-; the pooling layer sees the look-ahead of 1, later layers do not
    assert picture(attention_mask(9, chunk=4, left=2, delay=1, look_ahead=1)) == "\n".join([
        "####.....",
        "####.....",
        "####.....",
        ".#######.",
        ".#######.",
        ".#######.",
        ".#######.",
        ".....####",
        ".....####",
    ])  # fmt: skip
    assert picture(attention_mask(9, chunk=4, left=2, delay=1)) == "\n".join([
        "###......",
        "###......",
        "###......",
        ".######..",
        ".######..",
        ".######..",
        ".######..",
        ".....####",
        ".....####",
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": ()}, "surface, meaning or both"),
        ({"heads": (SURFACE, MEANING, HeadConfig("third", ("z",)))}, "surface, meaning or both"),
        ({"trunk_layers": 5}, "trunk_layers: 5"),
        ({"trunk_layers": -1}, "trunk_layers: -1"),
        ({"pool_layer": 0}, "pool_layer: 0"),
        ({"pool_layer": 4}, "pool_layer: 4"),
        ({"dim": 15}, "dim must divide"),
        ({"left_context": 13}, "left_context by pool"),
    ],
)
def test_impossible_shapes_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TINY, **changes)  # type: ignore[arg-type]
