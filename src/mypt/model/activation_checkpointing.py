"""What a block keeps for backward: everything, the dear results only, or nothing but its input.

Whatever is not kept is computed again in backward, with the same random draws,
so that gradients are the same to the bit.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from torch import Tensor
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

ActivationCheckpointing = Literal["none", "selective", "full"]

_KEPT = frozenset(
    {
        "aten.mm.default",
        "aten.addmm.default",
        "aten._scaled_mm.default",
        "aten._scaled_dot_product_flash_attention.default",
        "aten._scaled_dot_product_flash_attention_for_cpu.default",
        "aten._scaled_dot_product_efficient_attention.default",
        "aten._scaled_dot_product_cudnn_attention.default",
        "torch_attn._varlen_attn.default",
        "flex_attention",
    }
)
"""Operations whose results cost more to compute again than to keep: all that multiply matrices."""


def run_checkpointed(mode: ActivationCheckpointing, function: Callable[..., Tensor], *inputs: Any) -> Tensor:
    """Return what a function makes of its inputs, keeping for backward what the mode says."""
    if mode == "none":
        return function(*inputs)
    if mode == "full":
        return checkpoint(function, *inputs, use_reentrant=False)
    contexts = partial(create_selective_checkpoint_contexts, _policy)
    return checkpoint(function, *inputs, use_reentrant=False, context_fn=contexts)


def _policy(_: Any, operation: Any, *_inputs: Any, **_options: Any) -> CheckpointPolicy:
    is_kept = str(operation) in _KEPT
    return CheckpointPolicy.MUST_SAVE if is_kept else CheckpointPolicy.PREFER_RECOMPUTE
