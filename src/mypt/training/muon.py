"""Muon: momentum whose update is made orthogonal, for hidden matrices (Jordan et al. 2024).

The update is scaled to the size that AdamW's has, so that both share one
learning rate (Liu et al. 2025, arXiv:2502.16982). A fused weight is as many
matrices as it has parts, and each is made orthogonal on its own.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan's quintic: steep at 0, near 1 from there on
_STEPS = 5
_EPSILON = 1e-7
_ADAMW_RMS = 0.2  # of AdamW's update before the learning rate, as measured by Liu et al.


class Muon(Optimizer):
    """Nesterov momentum, orthogonalized, with decoupled weight decay; needs whole matrices.

    A group's `n_parts` says how many matrices of equal height are stacked in each of its weights.
    """

    found_inf: Tensor | None = None
    """Where set and 1, a step changes neither weights nor momentum, which the device decides alone."""

    def __init__(
        self,
        params: Iterable[nn.Parameter] | Iterable[dict[str, Any]],
        *,
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
        dtype: torch.dtype | None = None,
    ) -> None:
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "n_parts": 1}
        super().__init__(params, defaults)
        self.dtype = dtype
        """What updates are made orthogonal in; bf16 on a GPU and fp32 elsewhere, unless given."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update every weight that has a gradient."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._update(weight, weight.grad, group)
        return loss

    def _update(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        rate, friction, n_parts = group["lr"], group["momentum"], group["n_parts"]
        state = self.state[weight]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(weight)
        momentum = state["momentum_buffer"]
        is_good: Tensor | float = 1.0
        if self.found_inf is not None:
            is_good = 1.0 - self.found_inf
            gradient = torch.where(is_good > 0, gradient, 0.0)  # a product with 0 would leave NaN
        momentum.lerp_(gradient, (1 - friction) * is_good)
        parts = gradient.lerp(momentum, friction).unflatten(0, (n_parts, -1))  # (parts, rows, columns)
        update = orthogonalize(parts, self.dtype or _fast_dtype(weight)).flatten(0, 1)
        scale = _ADAMW_RMS * math.sqrt(max(parts.shape[1:]))
        weight.mul_(1 - rate * group["weight_decay"] * is_good)
        weight.add_(update * is_good, alpha=-rate * scale)


def orthogonalize(
    matrices: Float[Tensor, "parts rows columns"], dtype: torch.dtype
) -> Float[Tensor, "parts rows columns"]:
    """Return each matrix with its singular values moved near 1, by Newton-Schulz iterations."""
    is_tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if is_tall else matrices).to(dtype)
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=_EPSILON)
    linear, cubic, quintic = _COEFFICIENTS
    for _ in range(_STEPS):
        gram = x @ x.mT  # of the shorter side
        polynomial = torch.baddbmm(gram, gram, gram, beta=cubic, alpha=quintic)
        x = torch.baddbmm(x, polynomial, x, beta=linear)
    return x.mT if is_tall else x


def _fast_dtype(weight: Tensor) -> torch.dtype:
    return torch.bfloat16 if weight.is_cuda else torch.float32
