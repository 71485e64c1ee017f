"""The two feed-forwards: GPT-2's GELU and the gated SwiGLU."""

from collections.abc import Mapping
from types import MappingProxyType

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from mypt.model.config import GPTConfig, MlpType
from mypt.model.linear import Linear


class GeluMLP(nn.Module):
    """Up, GELU in GPT-2's tanh form (Hendrycks and Gimpel 2016, arXiv:1606.08415), down."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.up = Linear(config.n_embd, config.mlp_hidden_size, bias=config.bias)
        self.down = Linear(config.mlp_hidden_size, config.n_embd, bias=config.bias)

    def forward(self, x: Float[Tensor, "*rows embd"]) -> Float[Tensor, "*rows embd"]:
        """Transform each token on its own."""
        return self.down(F.gelu(self.up(x), approximate="tanh"))


class SwiGLU(nn.Module):
    """down(silu(gate(x)) * up(x)), with gate and up as one product (Shazeer 2020, arXiv:2002.05202)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.gate_up = Linear(config.n_embd, 2 * config.mlp_hidden_size, bias=config.bias)
        self.down = Linear(config.mlp_hidden_size, config.n_embd, bias=config.bias)

    def forward(self, x: Float[Tensor, "*rows embd"]) -> Float[Tensor, "*rows embd"]:
        """Transform each token on its own."""
        gate, up = self.gate_up(x).chunk(2, dim=-1)  # (..., hidden) each
        return self.down(F.silu(gate) * up)


MLP = GeluMLP | SwiGLU

MLPS: Mapping[MlpType, type[MLP]] = MappingProxyType({"gelu": GeluMLP, "swiglu": SwiGLU})
