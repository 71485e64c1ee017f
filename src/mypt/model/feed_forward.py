"""The two feed-forwards: GPT-2's, with a choice of activation, and the gated SwiGLU."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from mypt.model.config import GPTConfig, MlpType
from mypt.model.linear import Linear

_ACTIVATIONS: Mapping[MlpType, Callable[[Tensor], Tensor]] = MappingProxyType(
    {"gelu": partial(F.gelu, approximate="tanh"), "gelu_exact": F.gelu, "relu": F.relu}
)


class PlainMLP(nn.Module):
    """Up, an activation, down; GPT-2's is the tanh form of GELU (Hendrycks and Gimpel, arXiv:1606.08415)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.activation = _ACTIVATIONS[config.mlp_type]
        self.up = Linear(config.n_embd, config.mlp_hidden_size, bias=config.bias)
        self.down = Linear(config.mlp_hidden_size, config.n_embd, bias=config.bias)

    def forward(self, x: Float[Tensor, "*rows embd"]) -> Float[Tensor, "*rows embd"]:
        """Transform each token on its own."""
        return self.down(self.activation(self.up(x)))


class SwiGLU(nn.Module):
    """down(silu(gate(x)) * up(x)), with gate and up as one product (Shazeer 2020, arXiv:2002.05202)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.gate_up = Linear(config.n_embd, 2 * config.mlp_hidden_size, bias=config.bias, n_parts=2)
        self.down = Linear(config.mlp_hidden_size, config.n_embd, bias=config.bias)

    def forward(self, x: Float[Tensor, "*rows embd"]) -> Float[Tensor, "*rows embd"]:
        """Transform each token on its own."""
        gate, up = self.gate_up(x).chunk(2, dim=-1)  # (..., hidden) each
        return self.down(F.silu(gate) * up)


MLP = PlainMLP | SwiGLU

MLPS: Mapping[MlpType, type[MLP]] = MappingProxyType(
    {"gelu": PlainMLP, "gelu_exact": PlainMLP, "relu": PlainMLP, "swiglu": SwiGLU}
)
