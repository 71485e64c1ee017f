"""Compiles a model in place: each block, or all of it up to the head, and only for training.

Shapes are fixed (`dynamic=False`): a training step always has the same. Validation
and generation have others all the time, so they run as written. Names of
parameters stay the same, because modules are not wrapped.
"""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mypt.model.gpt import GPT

CompileMode = Literal["off", "block", "full"]


def resolve_compile(mode: Literal["auto"] | CompileMode, device: torch.device) -> CompileMode:
    """Return `auto` as blocks on a GPU and as nothing on a CPU, where compiling takes minutes."""
    if mode != "auto":
        return mode
    return "block" if device.type == "cuda" else "off"


def compile_model(model: GPT, mode: CompileMode) -> None:
    """Let a model train in compiled code; a block is compiled once for all of them."""
    if mode == "block":
        for block in model.blocks:
            block.forward = _WhileTraining(block, type(block).forward)
    elif mode == "full":
        model.hidden = _WhileTraining(model, type(model).hidden)  # type: ignore[method-assign]


class _WhileTraining:
    """A method of a module, compiled while it trains; a copy of the module gets its own."""

    def __init__(self, module: nn.Module, method: Callable[..., Tensor]) -> None:
        self._module = module
        self._as_written = method
        self._compiled = torch.compile(method, dynamic=False)

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        is_training = self._module.training and torch.is_grad_enabled()
        method = self._compiled if is_training else self._as_written
        return method(self._module, *args, **kwargs)
