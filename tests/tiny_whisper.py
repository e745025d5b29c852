"""Made-up Whisper encoders, small enough to write out here."""

from __future__ import annotations

import torch
from torch import Tensor

DIM, FEEDFORWARD, LAYERS = 8, 32, 2
OPENAI = {  # OpenAI's name, Hugging Face's name, shape
    "conv1.weight": ("conv1.weight", (DIM, 80, 3)),
    "conv1.bias": ("conv1.bias", (DIM,)),
    "conv2.weight": ("conv2.weight", (DIM, DIM, 3)),
    "conv2.bias": ("conv2.bias", (DIM,)),
    "ln_post.weight": ("layer_norm.weight", (DIM,)),
    "ln_post.bias": ("layer_norm.bias", (DIM,)),
}
OPENAI_LAYER = {
    "attn_ln.weight": ("self_attn_layer_norm.weight", (DIM,)),
    "attn_ln.bias": ("self_attn_layer_norm.bias", (DIM,)),
    "attn.query.weight": ("self_attn.q_proj.weight", (DIM, DIM)),
    "attn.query.bias": ("self_attn.q_proj.bias", (DIM,)),
    "attn.key.weight": ("self_attn.k_proj.weight", (DIM, DIM)),
    "attn.value.weight": ("self_attn.v_proj.weight", (DIM, DIM)),
    "attn.value.bias": ("self_attn.v_proj.bias", (DIM,)),
    "attn.out.weight": ("self_attn.out_proj.weight", (DIM, DIM)),
    "attn.out.bias": ("self_attn.out_proj.bias", (DIM,)),
    "mlp_ln.weight": ("final_layer_norm.weight", (DIM,)),
    "mlp_ln.bias": ("final_layer_norm.bias", (DIM,)),
    "mlp.0.weight": ("fc1.weight", (FEEDFORWARD, DIM)),
    "mlp.0.bias": ("fc1.bias", (FEEDFORWARD,)),
    "mlp.2.weight": ("fc2.weight", (DIM, FEEDFORWARD)),
    "mlp.2.bias": ("fc2.bias", (DIM,)),
}


def openai_weights(layers: int = LAYERS) -> dict[str, Tensor]:
    """A whole model in OpenAI's names, decoder weights included."""
    generator = torch.Generator().manual_seed(0)
    shapes = {f"encoder.{name}": shape for name, (_, shape) in OPENAI.items()}
    for layer in range(layers):
        shapes |= {f"encoder.blocks.{layer}.{name}": shape for name, (_, shape) in OPENAI_LAYER.items()}
    tensors = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    tensors["encoder.positional_embedding"] = torch.zeros(1500, DIM)
    tensors["decoder.blocks.0.attn.query.weight"] = torch.randn(DIM, DIM, generator=generator)
    return tensors
