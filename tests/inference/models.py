"""Tiny models of every architecture, lively enough to say different things."""

from typing import Any

import torch

from mypt.inference.config import SamplingConfig
from mypt.inference.generate import generate
from mypt.inference.torch_engine import TorchEngine
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights

_LLAMA = {"norm_type": "rmsnorm", "mlp_type": "swiglu", "bias": False, "tie_weights": False}
KINDS: dict[str, dict[str, Any]] = {
    "learned gpt2": {"pos_encoding": "learned"},
    "learned llama": {"pos_encoding": "learned", **_LLAMA},
    "rope gpt2": {"pos_encoding": "rope"},
    "rope llama": {"pos_encoding": "rope", **_LLAMA},
}

BLOCK_SIZE = 16
VOCAB_SIZE = 29
PROMPTS = [[1, 2, 3, 4, 5], [7], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 11], [3, 3]]

GREEDY = SamplingConfig(temperature=0.0, repetition_penalty=1.5, repetition_window=6, max_new_tokens=12)
SAMPLED = SamplingConfig(
    temperature=0.9, top_k=20, top_p=0.95, repetition_penalty=1.1, seed=3, max_new_tokens=12
)


def make_model(kind: str = "rope llama", vocab_size: int = VOCAB_SIZE, block_size: int = BLOCK_SIZE) -> GPT:
    """Return a model whose weights are large, so that its choices are far apart and its contexts matter."""
    config = GPTConfig(
        n_layer=2,
        n_head=2,
        n_embd=16,
        dropout=0.1,
        block_size=block_size,
        vocab_size=vocab_size,
        **KINDS[kind],
    )
    model = init_weights(GPT(config), seed=1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(12.0 if parameter.dim() > 1 else 1.0)
    return model.eval()


def drawn(engine: TorchEngine, prompts: list[list[int]], sampling: SamplingConfig) -> list[tuple[int, ...]]:
    return [completion.ids for completion in generate(engine, prompts, sampling)]
