"""A linear layer that keeps fp32 master weights and computes in its input's dtype.

The cast stands where it happens, so no autocast is needed anywhere.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class Linear(nn.Module):
    """y = x Wᵀ + b; weights are zero until `init_weights` or a checkpoint fills them."""

    def __init__(self, n_in: int, n_out: int, *, bias: bool, n_parts: int = 1) -> None:
        super().__init__()
        self.n_parts = n_parts
        """How many matrices of equal height the weight is stacked from."""
        self.weight = nn.Parameter(torch.zeros(n_out, n_in))
        self.bias = nn.Parameter(torch.zeros(n_out)) if bias else None

    def forward(self, x: Float[Tensor, "*rows n_in"]) -> Float[Tensor, "*rows n_out"]:
        """Return the projection of each row."""
        bias = None if self.bias is None else self.bias.to(x.dtype)
        return F.linear(x, self.weight.to(x.dtype), bias)
