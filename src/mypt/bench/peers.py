"""Hugging Face's Llama and GPT-2 in the shape of one of our models, for a ratio on the same machine.

They run as their users run them: fp32 weights, autocast where the precision has
16 bits, scaled-dot-product attention, their own loss, fused AdamW, the same clipping.
"""

import importlib.util
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from mypt.bench.random_rows import RandomRows
from mypt.errors import ConfigError
from mypt.model.config import GPTConfig
from mypt.training.precision import DTYPES
from mypt.training.recipe import TrainingConfig

_N_BATCHES = 4  # made beforehand, so that no peer waits for data


class Peer:
    """One of them, taking whole steps."""

    def __init__(
        self, model: nn.Module, training: TrainingConfig, precision: str, batches: list[Tensor]
    ) -> None:
        self.model = model
        self._batches = batches
        self._device = batches[0].device
        self._dtype = DTYPES[precision]
        self._clip = training.grad_clip
        self._done = 0
        betas = (training.beta1, training.beta2)
        self._optimizer = torch.optim.AdamW(
            model.parameters(), lr=training.learning_rate, betas=betas, weight_decay=training.weight_decay,
            fused=True,
        )  # fmt: skip

    @property
    def n_parameters(self) -> int:
        """Return how many weights it trains."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    def step(self) -> None:
        """Take one step as a plain loop over its model would."""
        ids = self._batches[self._done % len(self._batches)]
        self._done += 1
        self._optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self._device.type, self._dtype, enabled=self._dtype != torch.float32):
            loss = self.model(input_ids=ids, labels=ids, use_cache=False).loss
        loss.backward()
        if self._clip:
            clip_grad_norm_(self.model.parameters(), self._clip)
        self._optimizer.step()


def refuse_without_transformers() -> None:
    """Raise ConfigError where there is nothing to compare with."""
    if importlib.util.find_spec("transformers") is None:
        raise ConfigError(
            "--peers compares with Hugging Face models, and `transformers` is not installed here",
            hint="pip install transformers, or leave --peers out",
        )


def make_peer(
    name: str, config: GPTConfig, training: TrainingConfig, precision: str, rows: RandomRows
) -> Peer:
    """Return a peer with fresh weights on the device of the training; it is compiled where ours is."""
    device = torch.device(training.device)
    torch.manual_seed(0)
    model = PEERS[name](config).to(device).train()
    if training.compile in ("block", "full"):
        model.compile(dynamic=False)
    batches = [torch.from_numpy(rows.batch(i).inputs.copy()).to(device) for i in range(_N_BATCHES)]
    return Peer(model, training, precision, batches)


def _llama(config: GPTConfig) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM  # optional, and slow to import

    shape: dict[str, Any] = {
        "vocab_size": config.vocab_size,
        "max_position_embeddings": config.block_size,
        "hidden_size": config.n_embd,
        "num_hidden_layers": config.n_layer,
        "num_attention_heads": config.n_head,
        "intermediate_size": config.mlp_hidden_size,
        "tie_word_embeddings": config.tie_weights,
    }
    return LlamaForCausalLM(LlamaConfig(**shape, **_SAME))


def _gpt2(config: GPTConfig) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel  # optional, and slow to import

    shape: dict[str, Any] = {
        "vocab_size": config.vocab_size,
        "n_positions": config.block_size,
        "n_embd": config.n_embd,
        "n_layer": config.n_layer,
        "n_head": config.n_head,
        "resid_pdrop": config.dropout,
        "embd_pdrop": config.dropout,
        "attn_pdrop": 0.0,
    }
    return GPT2LMHeadModel(GPT2Config(**shape, **_SAME))


_SAME: dict[str, Any] = {
    "attn_implementation": "sdpa", "loss_type": "ForCausalLM", "bos_token_id": 0, "eos_token_id": 0,
}  # fmt: skip

PEERS: Mapping[str, Callable[[GPTConfig], Any]] = MappingProxyType({"llama": _llama, "gpt2": _gpt2})
