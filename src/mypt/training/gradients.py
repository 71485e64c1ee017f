"""How the gradients of micro-batches become the gradient of a step, on one process or many."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor, nn

from mypt.errors import ConfigError


@runtime_checkable
class GradientSum(Protocol):
    """Adds up one step; `.grad` of every parameter holds the sum over all processes at the end."""

    def add(self, loss: Float[Tensor, ""]) -> None:
        """Take what the backward pass of a micro-batch has left in `.grad`, and its share of the loss."""
        ...

    def finish(self) -> Float[Tensor, ""]:
        """Complete the sum over all processes and return the loss of the step."""
        ...


class RunningSum:
    """Adds in the order in which micro-batches come, then over processes; the fast way."""

    def __init__(self, parameters: Sequence[nn.Parameter], n_processes: int, *, is_sharded: bool) -> None:
        self._parameters = [] if is_sharded or n_processes == 1 else parameters
        self._n_processes = n_processes
        self._loss: Tensor | None = None

    def add(self, loss: Float[Tensor, ""]) -> None:
        """Autograd has added the gradients already; sharded ones also over processes."""
        self._loss = loss if self._loss is None else self._loss + loss

    def finish(self) -> Float[Tensor, ""]:
        """Sum over processes, all parameters at once."""
        loss, self._loss = self._loss, None
        if loss is None:
            raise AssertionError("a step has at least one micro-batch")
        if self._n_processes > 1:
            tensors = [loss, *(p.grad for p in self._parameters if p.grad is not None)]
            for work in [dist.all_reduce(tensor, async_op=True) for tensor in tensors]:
                if work is not None:
                    work.wait()
        return loss


class TreeSum:
    """Adds in one binary tree over the micro-batches of a step: the same bytes on 1, 2, 4, … processes.

    Each process holds a contiguous run of micro-batches, which is a subtree. The
    odd factor of their number is summed from left to right at the leaves.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], n_micro_batches: int, n_processes: int) -> None:
        self._parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self._leaf_size = odd_factor(n_micro_batches)
        if n_processes & (n_processes - 1) or n_micro_batches // self._leaf_size % n_processes:
            raise ConfigError(
                f"audit mode cannot divide grad_accum_steps={n_micro_batches} among {n_processes} processes",
                hint="use a power of two of processes, and a multiple of it for training.grad_accum_steps",
            )
        self._n_processes = n_processes
        self._n_in_leaf = 0
        self._loss: Tensor | None = None
        self._stack: list[tuple[int, list[Tensor]]] = []
        """Subtrees that wait for their right neighbour, as (height, sums)."""

    def add(self, loss: Float[Tensor, ""]) -> None:
        """Close a leaf when it is full, and join it with its left neighbours of the same height."""
        self._loss = loss if self._loss is None else self._loss + loss
        self._n_in_leaf += 1
        if self._n_in_leaf < self._leaf_size:
            return
        height, sums = 0, [self._loss, *(_taken(parameter) for parameter in self._parameters)]
        self._loss, self._n_in_leaf = None, 0
        while self._stack and self._stack[-1][0] == height:
            _, left = self._stack.pop()
            sums = [a.add_(b) for a, b in zip(left, sums, strict=True)]
            height += 1
        self._stack.append((height, sums))

    def finish(self) -> Float[Tensor, ""]:
        """Join the subtrees of all processes, and give every parameter its sum."""
        ((_, sums),) = self._stack
        self._stack = []
        loss, *gradients = [self._over_processes(part) for part in sums]
        for parameter, gradient in zip(self._parameters, gradients, strict=True):
            parameter.grad = gradient
        return loss

    def _over_processes(self, part: Tensor) -> Tensor:
        if self._n_processes == 1:
            return part
        parts = [torch.empty_like(part) for _ in range(self._n_processes)]
        dist.all_gather(parts, part.contiguous())
        while len(parts) > 1:
            parts = [a.add_(b) for a, b in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]


def odd_factor(number: int) -> int:
    """Return the largest odd divisor of a positive number."""
    return number // (number & -number)


def _taken(parameter: nn.Parameter) -> Tensor:
    """Return a parameter's gradient and leave none behind; zeros where it had no part in the loss."""
    gradient = parameter.grad
    parameter.grad = None
    return torch.zeros_like(parameter) if gradient is None else gradient
