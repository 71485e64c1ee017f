"""Causal attention behind one function, by the kernel that the form of the mask asks for.

All kernels compute the same: softmax over what a token may see. No weight is
dropped, because the kernels for packed rows cannot.
"""

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, flex_attention

from mypt.model.masks import Bounds, Lengths, Mask

Heads = Float[Tensor, "batch n_head time head_size"]
Keys = Float[Tensor, "batch n_head keys head_size"]
Flat = Float[Tensor, "tokens n_head head_size"]


def attend(q: Heads, k: Keys, v: Keys, mask: Mask | None = None) -> Heads:
    """Return for each query the mix of what it may see: by the mask, or else all before it."""
    if mask is None:
        # A lone query is the last token, which sees every key.
        return F.scaled_dot_product_attention(q, k, v, is_causal=q.shape[2] > 1)
    if isinstance(mask, Bounds):
        return _varlen(q, k, v, mask)
    if isinstance(mask, Lengths):
        return _one_by_one(q, k, v, mask)
    if isinstance(mask, BlockMask):
        return _flex(q, k, v, mask)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def has_varlen(device: torch.device, dtype: torch.dtype) -> bool:
    """Say whether the kernel for rows of varying length computes in this dtype on this device."""
    return (
        device.type == "cuda"
        and dtype in (torch.bfloat16, torch.float16)
        and importlib.util.find_spec("torch.nn.attention.varlen") is not None
        and torch.backends.cuda.is_flash_attention_available()
        and torch.cuda.get_device_capability(device) >= (8, 0)
    )


def _varlen(q: Heads, k: Heads, v: Heads, bounds: Bounds) -> Heads:
    """Attend in all segments at once; shapes do not depend on where the segments lie."""
    from torch.nn.attention.varlen import varlen_attn  # takes seconds to import, and only GPUs need it

    starts, longest = bounds
    flat_q, flat_k, flat_v = _flat(q), _flat(k), _flat(v)
    causal = (-1, 0)
    y = varlen_attn(flat_q, flat_k, flat_v, starts, starts, longest, longest, window_size=causal)
    return _rows(cast("Tensor", y), q)


def _one_by_one(q: Heads, k: Heads, v: Heads, mask: Lengths) -> Heads:
    """Attend in each segment alone: on a CPU, arithmetic saved is worth more than calls saved."""
    segments = zip(*(_flat(x).split(mask.lengths) for x in (q, k, v)), strict=True)
    alone = [_alone(*segment) for segment in segments]
    return _rows(torch.cat(alone), q)


def _alone(q: Flat, k: Flat, v: Flat) -> Flat:
    q, k, v = (x.transpose(0, 1)[None] for x in (q, k, v))  # (1, nh, length, hs)
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)[0].transpose(0, 1)


def _flat(x: Heads) -> Flat:
    """Return the tokens of all rows behind one another: a view, when x is a part of a fused product."""
    return x.transpose(1, 2).flatten(0, 1)


def _rows(flat: Flat, like: Heads) -> Heads:
    return flat.unflatten(0, (like.shape[0], like.shape[2])).transpose(1, 2)


def _flex(q: Heads, k: Heads, v: Heads, mask: BlockMask) -> Heads:
    """Attend in the squares of the mask; only compiled is it a kernel, and on a CPU it has no backward."""
    if q.is_cuda and not torch.compiler.is_compiling():
        return _compiled_flex_attention()(q, k, v, block_mask=mask)
    return flex_attention(q, k, v, block_mask=mask)


@cache
def _compiled_flex_attention() -> Callable[..., Tensor]:
    return torch.compile(flex_attention, dynamic=False)
