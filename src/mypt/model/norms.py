"""Normalization layers: computed in fp32, returned in the input's dtype."""

from collections.abc import Mapping
from types import MappingProxyType

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from mypt.model.config import GPTConfig, NormType

_LAYER_NORM_EPS = 1e-5  # GPT-2's
_RMS_NORM_EPS = 1e-6  # Llama's


class LayerNorm(nn.Module):
    """Zero mean and unit variance (Ba et al. 2016, arXiv:1607.06450)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(config.n_embd))
        self.bias = nn.Parameter(torch.zeros(config.n_embd)) if config.bias else None

    def forward(self, x: Float[Tensor, "*rows embd"]) -> Float[Tensor, "*rows embd"]:
        """Normalize each token on its own."""
        bias = None if self.bias is None else self.bias.float()
        y = F.layer_norm(x.float(), self.weight.shape, self.weight.float(), bias, _LAYER_NORM_EPS)
        return y.to(x.dtype)


class RMSNorm(nn.Module):
    """Unit root mean square, no mean and no bias (Zhang and Sennrich 2019, arXiv:1910.07467)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(config.n_embd))

    def forward(self, x: Float[Tensor, "*rows embd"]) -> Float[Tensor, "*rows embd"]:
        """Normalize each token on its own."""
        y = F.rms_norm(x.float(), self.weight.shape, self.weight.float(), _RMS_NORM_EPS)
        return y.to(x.dtype)


Norm = LayerNorm | RMSNorm

NORMS: Mapping[NormType, type[Norm]] = MappingProxyType({"layernorm": LayerNorm, "rmsnorm": RMSNorm})
