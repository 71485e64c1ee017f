"""Hidden products in 8 bits: half the time of bf16 on GPUs that can, where matrices are large.

Each tensor gets one scale for all of its values, found anew every time: its
largest value becomes the largest number that the format has. Inputs and weights
are e4m3, gradients e5m2, which has more range and less precision (Micikevicius
et al. 2022, arXiv:2209.05433). Master weights stay fp32, and sums are taken in fp32.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.linear import Linear
from mypt.model.size import count_parameters

_FORWARD = torch.float8_e4m3fn
_BACKWARD = torch.float8_e5m2
_MULTIPLE = 16
"""The product in 8 bits takes sides that are multiples of this."""
_SMALLEST_SIDE = 128
"""Below, finding scales takes longer than the product saves."""
_SMALLEST_MODEL = 600_000_000
"""Between the 350M shape, where published runs gain nothing, and the 750M shape, where they gain 1.17x."""
_FIRST_CAPABILITY = (8, 9)


class Verdict(NamedTuple):
    """Whether something pays, and why or why not."""

    pays: bool
    reason: str


class Scaled(NamedTuple):
    """A tensor in 8 bits, and what to multiply it with to get its values back."""

    values: Tensor
    inverse_scale: Float[Tensor, ""]


class Float8Linear(Linear):
    """A linear layer that trains in 8 bits and is evaluated like any other."""

    def forward(self, x: Float[Tensor, "*rows n_in"]) -> Float[Tensor, "*rows n_out"]:
        """Return the projection of each row."""
        rows = x.flatten(0, -2)
        if not self.training or len(rows) % _MULTIPLE:
            return super().forward(x)
        y = _Float8Product.apply(rows, self.weight).view(*x.shape[:-1], -1)  # type: ignore[no-untyped-call]
        return y if self.bias is None else y + self.bias.to(y.dtype)


def use_float8(model: GPT) -> int:
    """Let the hidden matrices of a model train in 8 bits, and return how many do.

    Parameters keep their names and values; small or uneven matrices and the head stay as they are.
    """
    found = [
        (parent, name, child)
        for parent in model.blocks.modules()
        for name, child in parent.named_children()
        if isinstance(child, Linear) and _fits(child.weight)
    ]
    for parent, name, linear in found:
        setattr(parent, name, _float8_twin(linear))
    return len(found)


def float8_pays(config: GPTConfig, capability: tuple[int, int] | None = None) -> Verdict:
    """Judge 8 bits for an architecture, and for a GPU of a compute capability where it is known."""
    if capability is not None and capability < _FIRST_CAPABILITY:
        name = ".".join(map(str, capability))
        return Verdict(
            pays=False, reason=f"a GPU of compute capability {name} has no products in 8 bits; 8.9 has"
        )
    for name, side in (("n_embd", config.n_embd), ("mlp_hidden_size", config.mlp_hidden_size)):
        if side % _MULTIPLE:
            return Verdict(pays=False, reason=f"{name}={side} is not a multiple of {_MULTIPLE}")
    n_parameters = count_parameters(config)
    if n_parameters < _SMALLEST_MODEL:
        size = f"{n_parameters / 1e6:,.0f}M parameters"
        return Verdict(
            pays=False, reason=f"{size} are too few: 8 bits pay from about {_SMALLEST_MODEL // 10**6}M on"
        )
    return Verdict(pays=True, reason=f"{n_parameters / 1e6:,.0f}M parameters in matrices that fit")


def quantize(x: Float[Tensor, "rows columns"], dtype: torch.dtype) -> Scaled:
    """Return a tensor in 8 bits, its largest value at the end of the format's range."""
    limit = torch.finfo(dtype).max
    scale = limit / x.abs().amax().float().clamp(min=1e-30)
    # Rounding may go past the end, and past the end is NaN.
    values = (x.float() * scale).clamp(-limit, limit).to(dtype)
    return Scaled(values, scale.reciprocal())


class _Float8Product(torch.autograd.Function):
    """x Wᵀ and its two gradients, each one product of 8-bit matrices."""

    @staticmethod
    def forward(ctx: Any, x: Float[Tensor, "rows n_in"], weight: Float[Tensor, "n_out n_in"]) -> Tensor:
        x8, weight8 = quantize(x, _FORWARD), quantize(weight, _FORWARD)
        ctx.save_for_backward(*x8, *weight8)
        ctx.dtypes = x.dtype, weight.dtype
        return _product(x8, Scaled(weight8.values.T, weight8.inverse_scale), x.dtype, is_fast=True)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x_values, x_scale, weight_values, weight_scale = ctx.saved_tensors
        x_dtype, weight_dtype = ctx.dtypes
        grad = quantize(grad_outputs[0], _BACKWARD)
        grad_x = grad_weight = None
        if ctx.needs_input_grad[0]:
            grad_x = _product(grad, Scaled(_by_columns(weight_values), weight_scale), x_dtype)
        if ctx.needs_input_grad[1]:
            transposed = Scaled(grad.values.T.contiguous(), grad.inverse_scale)
            grad_weight = _product(transposed, Scaled(_by_columns(x_values), x_scale), weight_dtype)
        return grad_x, grad_weight


def _product(a: Scaled, b: Scaled, dtype: torch.dtype, *, is_fast: bool = False) -> Tensor:
    """Multiply a matrix that lies by rows with one that lies by columns, as the hardware takes them.

    Fast sums have less precision, which is enough for activations but not for gradients.
    """
    return torch._scaled_mm(
        a.values,
        b.values,
        scale_a=a.inverse_scale,
        scale_b=b.inverse_scale,
        out_dtype=dtype,
        use_fast_accum=is_fast,
    )


def _by_columns(matrix: Tensor) -> Tensor:
    return matrix.T.contiguous().T


def _fits(weight: Tensor) -> bool:
    return all(side % _MULTIPLE == 0 and side >= _SMALLEST_SIDE for side in weight.shape)


def _float8_twin(linear: Linear) -> Float8Linear:
    """Return a layer of the very same parameters."""
    n_out, n_in = linear.weight.shape
    with torch.device("meta"):
        twin = Float8Linear(n_in, n_out, bias=False, n_parts=linear.n_parts)
    twin.weight, twin.bias = linear.weight, linear.bias
    return twin.train(linear.training)
