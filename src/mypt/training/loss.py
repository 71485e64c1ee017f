"""The weighted negative log-likelihood of a micro-batch, as a sum.

A sum and not a mean: the mean over an optimizer step divides once, by the
weights of *all* its micro-batches, so accumulation equals the big batch.

The logits of a whole micro-batch are its largest tensor by far, so they exist
only a chunk of rows at a time: a chunk's gradient is computed together with its
loss, as in Liger Kernel (Hsu et al. 2024, arXiv:2410.10989). Rows that nothing
is learned from never meet the head.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mypt.dataset.batch import Batch
from mypt.model.gpt import GPT

_CHUNK = 1024
"""Rows whose logits exist at once, in the compute dtype."""
_SLICE = 16
"""Rows that are worked on at once in fp32: few enough to stay in a cache."""


@dataclass(frozen=True)
class DeviceBatch:
    """A micro-batch as tensors where the model is."""

    inputs: Int[Tensor, "batch time"]
    targets: Int[Tensor, "batch time"]
    weights: Float[Tensor, "batch time"]


def to_device(batch: Batch, device: torch.device) -> DeviceBatch:
    """Copy a micro-batch to the device."""
    return DeviceBatch(
        inputs=torch.from_numpy(batch.inputs).to(device),
        targets=torch.from_numpy(batch.targets).to(device),
        weights=torch.from_numpy(batch.weights).to(device),
    )


def weighted_nll_sum(model: GPT, batch: DeviceBatch) -> Float[Tensor, ""]:
    """Return Σ weight · nll over the micro-batch, in nats, in fp32 whatever the model computes in."""
    hidden = model.hidden(batch.inputs).flatten(0, 1)  # (B*T, C)
    targets, weights = batch.targets.flatten(), batch.weights.flatten()
    learned = weights.nonzero().squeeze(1)
    if len(learned) < len(weights):
        hidden, targets, weights = hidden[learned], targets[learned], weights[learned]
    vocab_size = model.config.vocab_size
    return _ChunkedNll.apply(hidden, model.head_weight, targets, weights, vocab_size)  # type: ignore[no-untyped-call]


def nll_per_token(model: GPT, batch: DeviceBatch) -> Float[Tensor, " tokens"]:
    """Return -log p of every target in nats, in fp32, without a way back to the weights."""
    with torch.no_grad():
        hidden = model.hidden(batch.inputs).flatten(0, 1)  # (B*T, C)
        pairs = zip(hidden.split(_CHUNK), batch.targets.flatten().split(_CHUNK), strict=True)
        return torch.cat([_nll_and_gradient(model.head(rows), targets, None) for rows, targets in pairs])


class _ChunkedNll(torch.autograd.Function):
    """Head and loss in one, so that the gradient of the logits is never kept."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Float[Tensor, "rows embd"],
        head: Float[Tensor, "padded_vocab embd"],
        targets: Int[Tensor, " rows"],
        weights: Float[Tensor, " rows"],
        vocab_size: int,
    ) -> Float[Tensor, ""]:
        matrix = head[:vocab_size].to(hidden.dtype)  # (V, C)
        grad_hidden = torch.empty_like(hidden)
        grad_head = torch.zeros_like(head)
        total = torch.zeros((), device=hidden.device)
        logits = hidden.new_empty(min(_CHUNK, len(hidden)), vocab_size)
        for start in range(0, len(hidden), _CHUNK):
            rows = slice(start, start + _CHUNK)
            chunk = torch.mm(hidden[rows], matrix.T, out=logits[: len(targets[rows])])
            nll = _nll_and_gradient(chunk, targets[rows], weights[rows])
            total += torch.dot(nll, weights[rows])
            torch.mm(chunk, matrix, out=grad_hidden[rows])
            grad_head[:vocab_size] += chunk.T @ hidden[rows]
        ctx.save_for_backward(grad_hidden, grad_head)
        return total

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        grad_hidden, grad_head = ctx.saved_tensors
        (grad,) = grad_outputs
        return grad_hidden * grad.to(grad_hidden.dtype), grad_head * grad, None, None, None


def _nll_and_gradient(
    logits: Float[Tensor, "rows vocab"],
    targets: Int[Tensor, " rows"],
    weights: Float[Tensor, " rows"] | None,
) -> Float[Tensor, " rows"]:
    """Return each row's nll; with weights, turn the logits into the gradient of the weighted sum."""
    nll = torch.empty(len(logits), dtype=torch.float32, device=logits.device)
    for start in range(0, len(logits), _SLICE):
        rows = slice(start, start + _SLICE)
        log_p = torch.log_softmax(logits[rows].float(), dim=-1)
        at_target = targets[rows, None]
        nll[rows] = -log_p.gather(1, at_target).squeeze(1)
        if weights is not None:
            scale = weights[rows, None]
            logits[rows] = log_p.exp_().mul_(scale).scatter_add_(1, at_target, -scale)
    return nll
