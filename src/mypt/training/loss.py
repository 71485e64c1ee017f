"""The weighted negative log-likelihood of a micro-batch, as a sum.

A sum and not a mean: the mean over an optimizer step divides once, by the
weights of *all* its micro-batches, so accumulation equals the big batch.

The logits of a whole micro-batch are its largest tensor by far, so they exist
only a chunk of rows at a time: a chunk's gradient is computed together with its
loss, as in Liger Kernel (Hsu et al. 2024, arXiv:2410.10989). Rows that nothing
is learned from never meet the head.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from mypt.model.gpt import GPT
from mypt.training.device_batch import LOSS_ROWS, DeviceBatch

_SLICE = 16 * 50_304
"""Logits that a CPU works on at once in fp32: few enough to stay in a cache, and no loop of tiny slices."""


def weighted_nll_sum(model: GPT, batch: DeviceBatch, scale: float = 1.0) -> Float[Tensor, ""]:
    """Return scale · Σ weight · nll over the micro-batch, in nats, in fp32 whatever the model computes in."""
    hidden = model.hidden(batch.inputs, packing=batch.packing).flatten(0, 1)  # (B*T, C)
    targets = batch.targets.flatten()
    if batch.learned is not None:
        hidden, targets = hidden[batch.learned], targets[batch.learned]
    learned = Learned(targets, batch.weights * scale, model.config.vocab_size)
    return _ChunkedNll.apply(hidden, model.head_weight, model.head_bias, learned)  # type: ignore[no-untyped-call]


class Scores(NamedTuple):
    """What is measured on every token; 0 and False where the target does not count."""

    nll: Float[Tensor, " tokens"]
    """-log p of the target in nats, in fp32."""
    is_hit: Bool[Tensor, " tokens"] | None
    """Whether the most likely token is the target, where that was asked for."""


def score_tokens(model: GPT, batch: DeviceBatch, *, counts_hits: bool = False) -> Scores:
    """Return how well each target that counts is predicted, without a way back to the weights."""
    n_rows = LOSS_ROWS[batch.inputs.device.type]
    with torch.no_grad():
        hidden = model.hidden(batch.inputs, packing=batch.packing).flatten(0, 1)  # (B*T, C)
        targets = batch.targets.flatten()
        nll = torch.zeros(len(targets), device=targets.device)
        is_hit = torch.zeros(len(targets), dtype=torch.bool, device=targets.device)
        counted = (
            torch.arange(len(targets), device=targets.device) if batch.learned is None else batch.learned
        )
        for places in counted.split(n_rows):
            logits = model.head(hidden[places])
            nll[places] = _nll_and_gradient(logits, targets[places], None)
            if counts_hits:
                is_hit[places] = logits.argmax(dim=-1) == targets[places]
        return Scores(nll, is_hit if counts_hits else None)


class Learned(NamedTuple):
    """What is learned from rows of hidden states."""

    targets: Int[Tensor, " rows"]
    weights: Float[Tensor, " rows"]
    vocab_size: int
    """Ids from here on are padding of the head."""


class _ChunkedNll(torch.autograd.Function):
    """Head and loss in one, so that the gradient of the logits is never kept."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Float[Tensor, "rows embd"],
        head: Float[Tensor, "padded_vocab embd"],
        bias: Float[Tensor, " padded_vocab"] | None,
        learned: Learned,
    ) -> Float[Tensor, ""]:
        targets, weights, vocab_size = learned
        n_rows = LOSS_ROWS[hidden.device.type]
        matrix = head.to(hidden.dtype)  # (V, C), padding included: whole tiles for matrix units
        grad_hidden = torch.empty_like(hidden)
        grad_head = torch.zeros_like(head) if ctx.needs_input_grad[1] else None
        grad_bias = None if bias is None else torch.zeros_like(bias)
        total = torch.zeros((), device=hidden.device)
        logits = hidden.new_empty(min(n_rows, len(hidden)), len(head))
        for start in range(0, len(hidden), n_rows):
            rows = slice(start, start + n_rows)
            chunk = torch.mm(hidden[rows], matrix.T, out=logits[: len(targets[rows])])
            if bias is not None:
                chunk += bias.to(chunk.dtype)
            chunk[:, vocab_size:] = -torch.inf
            nll = _rows_function(hidden.device.type)(chunk, targets[rows], weights[rows])
            total += torch.dot(nll, weights[rows])
            torch.mm(chunk, matrix, out=grad_hidden[rows])
            if grad_head is not None:
                grad_head += chunk.T @ hidden[rows]
            if grad_bias is not None:
                grad_bias += chunk.sum(dim=0, dtype=torch.float32)
        ctx.save_for_backward(grad_hidden, grad_head, grad_bias)
        return total

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grad_outputs
        scaled = [None if gradient is None else gradient.mul_(grad) for gradient in ctx.saved_tensors]
        return (*scaled, None)


def _nll_and_gradient(
    logits: Float[Tensor, "rows vocab"],
    targets: Int[Tensor, " rows"],
    weights: Float[Tensor, " rows"] | None,
) -> Float[Tensor, " rows"]:
    """Return each row's nll; with weights, turn the logits into the gradient of the weighted sum."""
    n_at_once = max(1, _SLICE // logits.shape[1]) if logits.device.type == "cpu" else len(logits)
    nll = torch.empty(len(logits), dtype=torch.float32, device=logits.device)
    for start in range(0, len(logits), n_at_once):
        rows = slice(start, start + n_at_once)
        log_p = torch.log_softmax(logits[rows].float(), dim=-1)
        at_target = targets[rows, None]
        nll[rows] = -log_p.gather(1, at_target).squeeze(1)
        if weights is not None:
            scale = weights[rows, None]
            logits[rows] = log_p.exp_().mul_(scale).scatter_add_(1, at_target, -scale)
    return nll


RowsFunction = Callable[[Tensor, Tensor, Tensor | None], Tensor]


@cache
def _rows_function(device_type: str) -> RowsFunction:
    """Fuse it on a GPU, where a chunk of logits should be read and written once."""
    return _nll_and_gradient if device_type == "cpu" else torch.compile(_nll_and_gradient, dynamic=False)
