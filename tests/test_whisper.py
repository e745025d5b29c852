"""Reading Whisper's encoder from its three formats, on made-up models small enough to write out here."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tiny_whisper import DIM, FEEDFORWARD, LAYERS, OPENAI, OPENAI_LAYER, openai_weights
from torch import Tensor

from saidmeant.models import whisper, whisper_package
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.encoder_config import EncoderConfig, HeadConfig

CONFIG = EncoderConfig(
    heads=(HeadConfig("surface", ("A",)), HeadConfig("meaning", ("x",))),
    dim=DIM,
    attention_heads=2,
    feedforward_dim=FEEDFORWARD,
    layers=LAYERS,
    trunk_layers=1,
    pool_layer=1,
)


@pytest.fixture
def openai() -> dict[str, Tensor]:
    return openai_weights()


def in_hugging_face_names(openai: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    renamed = {prefix + new: openai[f"encoder.{old}"] for old, (new, _) in OPENAI.items()}
    for layer in range(LAYERS):
        for old, (new, _) in OPENAI_LAYER.items():
            renamed[f"{prefix}layers.{layer}.{new}"] = openai[f"encoder.blocks.{layer}.{old}"]
    renamed[f"{prefix}embed_positions.weight"] = openai["encoder.positional_embedding"]
    renamed[prefix.replace("encoder", "decoder") + "layer_norm.weight"] = torch.ones(DIM)
    return renamed


def in_ctranslate2_names(openai: dict[str, Tensor]) -> dict[str, Tensor]:
    def norm(new: str, old: str) -> dict[str, Tensor]:
        return {f"{new}/gamma": openai[f"{old}.weight"], f"{new}/beta": openai[f"{old}.bias"]}

    renamed = norm("encoder/layer_norm", "encoder.ln_post")
    for conv in ("conv1", "conv2"):
        renamed |= {f"encoder/{conv}/{kind}": openai[f"encoder.{conv}.{kind}"] for kind in ("weight", "bias")}
    for layer in range(LAYERS):
        old, new = f"encoder.blocks.{layer}.", f"encoder/layer_{layer}/"
        renamed |= norm(new + "self_attention/layer_norm", old + "attn_ln")
        renamed |= norm(new + "ffn/layer_norm", old + "mlp_ln")
        parts = [openai[f"{old}attn.{part}.weight"] for part in ("query", "key", "value")]
        biases = [openai[f"{old}attn.query.bias"], torch.zeros(DIM), openai[f"{old}attn.value.bias"]]
        renamed[new + "self_attention/linear_0/weight"] = torch.cat(parts)
        renamed[new + "self_attention/linear_0/bias"] = torch.cat(biases)
        for kind in ("weight", "bias"):
            renamed[f"{new}self_attention/linear_1/{kind}"] = openai[f"{old}attn.out.{kind}"]
            renamed[f"{new}ffn/linear_0/{kind}"] = openai[f"{old}mlp.0.{kind}"]
            renamed[f"{new}ffn/linear_1/{kind}"] = openai[f"{old}mlp.2.{kind}"]
    renamed["decoder/layer_norm/gamma"] = torch.ones(DIM)
    return renamed


def ctranslate2_file(tensors: dict[str, Tensor], dtype: type = np.float32, specification: str = "WhisperSpec") -> bytes:
    """CTranslate2's binary format, version 6: little-endian, strings with their length and a final zero."""
    codes = {np.float32: 0, np.float16: 4}

    def string(text: str) -> bytes:
        return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"

    data = struct.pack("<I", 6) + string(specification) + struct.pack("<I", 3) + struct.pack("<I", len(tensors) + 1)
    data += string("encoder/num_heads") + struct.pack("<BBIh", 0, 2, 2, 2)  # a scalar attribute, int16
    for name, tensor in tensors.items():
        values = tensor.numpy().astype(dtype)
        data += string(name) + struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)
        data += struct.pack("<BI", codes[dtype], values.nbytes) + values.tobytes()
    return data + struct.pack("<I", 0)


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=0, msg=name)


def test_names_are_those_of_the_encoder(openai: dict[str, Tensor]) -> None:
    weights = whisper.from_openai(openai)
    assert len(weights) == len(OPENAI) + LAYERS * len(OPENAI_LAYER)
    assert torch.equal(weights["1.query.weight"], openai["encoder.blocks.1.attn.query.weight"])
    assert torch.equal(weights["0.contract.bias"], openai["encoder.blocks.0.mlp.2.bias"])
    assert torch.equal(weights["norm.weight"], openai["encoder.ln_post.weight"])


@pytest.mark.parametrize("prefix", ["model.encoder.", "encoder."])
def test_hugging_face_names_give_the_same_weights(openai: dict[str, Tensor], prefix: str) -> None:
    assert_same(whisper.from_hugging_face(in_hugging_face_names(openai, prefix)), whisper.from_openai(openai))


def test_ctranslate2_files_give_the_same_weights(openai: dict[str, Tensor]) -> None:
    tensors = whisper.read_ctranslate2(ctranslate2_file(in_ctranslate2_names(openai)))
    assert_same(whisper.from_ctranslate2(tensors), whisper.from_openai(openai))


def test_ctranslate2_half_precision_is_read_as_float32(openai: dict[str, Tensor]) -> None:
    named = in_ctranslate2_names(openai)
    tensors = whisper.read_ctranslate2(ctranslate2_file(named, np.float16))
    assert_same(tensors, {name: value.half().float() for name, value in named.items()})


def test_another_kind_of_ctranslate2_model_is_refused(openai: dict[str, Tensor]) -> None:
    with pytest.raises(ValueError, match="expected a CTranslate2 Whisper model of version 6, found TransformerSpec"):
        whisper.read_ctranslate2(ctranslate2_file(in_ctranslate2_names(openai), specification="TransformerSpec"))


@pytest.mark.parametrize("kind", ["openai.pt", "hugging_face.safetensors"])
def test_a_checkpoint_file_fills_trunk_branches_and_norms(openai: dict[str, Tensor], kind: str, tmp_path: Path) -> None:
    path = tmp_path / kind
    if kind.endswith(".pt"):
        torch.save({"dims": {"n_audio_layer": LAYERS}, "model_state_dict": openai}, path)
    else:
        save_file(in_hugging_face_names(openai, "model.encoder."), path)
    model = DualEncoder(CONFIG)
    whisper.initialise(model, path)
    assert torch.equal(model.stem.conv1.weight, openai["encoder.conv1.weight"])
    layers = dict(model.named_parameters())
    assert torch.equal(layers["trunk.0.expand.weight"], openai["encoder.blocks.0.mlp.0.weight"])
    for head in ("surface", "meaning"):
        assert torch.equal(layers[f"branches.{head}.0.expand.weight"], openai["encoder.blocks.1.mlp.0.weight"])
        assert torch.equal(layers[f"heads.{head}.norm.bias"], openai["encoder.ln_post.bias"])


def test_a_deeper_whisper_gives_its_lower_layers(tmp_path: Path) -> None:
    deep = openai_weights(layers=4)
    torch.save({"model_state_dict": deep}, tmp_path / "deep.pt")
    model = DualEncoder(CONFIG)
    whisper.initialise(model, tmp_path / "deep.pt")
    for layer, depth in ((model.trunk_stack()[0][1], 0), (model.branch_stack("surface")[0][1], 1)):
        assert torch.equal(layer.expand.weight, deep[f"encoder.blocks.{depth}.mlp.0.weight"])


def test_a_shallower_whisper_is_refused(tmp_path: Path) -> None:
    torch.save({"model_state_dict": openai_weights(layers=1)}, tmp_path / "shallow.pt")
    with pytest.raises(ValueError, match="has 1 encoder layers, the recipe's encoder 2"):
        whisper.initialise(DualEncoder(CONFIG), tmp_path / "shallow.pt")


class Bomb:
    """What a pickle with code in it looks like: loading it would create the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path(self.path),)  # type: ignore[return-value]


def test_code_in_a_pickle_is_not_executed(openai: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save({"model_state_dict": openai, "extra": Bomb(tmp_path / "executed")}, tmp_path / "bomb.pt")
    with pytest.raises(ValueError, match="without running code from it"):
        whisper.initialise(DualEncoder(CONFIG), tmp_path / "bomb.pt")
    assert not (tmp_path / "executed").exists()


@pytest.fixture
def tampered_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two packages, importable, with something else in them."""
    for number, package in enumerate(whisper_package.PACKAGES, 1):
        data = tmp_path / package / "data"
        data.mkdir(parents=True)
        (tmp_path / package / "__init__.py").touch()
        (data / f"model.bin.part{number}").write_bytes(b"not Whisper")
        monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("tampered_packages")
def test_packages_with_another_sha256_are_refused() -> None:
    with pytest.raises(ValueError, match="whisper-base: sha256 is [0-9a-f]{64}, expected 905e5bf8"):
        whisper.initialise(DualEncoder(CONFIG))
    with pytest.raises(ValueError, match="whisper-base: sha256 is [0-9a-f]{64}, expected 905e5bf8"):
        whisper_package.read_model()


def test_the_packages_hold_whisper_base() -> None:
    weights = whisper.from_ctranslate2(whisper.read_ctranslate2(whisper_package.read_model()))
    assert weights["5.expand.weight"].shape == (2048, 512)
    assert weights["stem.conv1.weight"].shape == (512, 80, 3)
    assert len(weights) == len(OPENAI) + 6 * len(OPENAI_LAYER)
