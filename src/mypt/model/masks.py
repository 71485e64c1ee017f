"""Who may attend to whom, in the form that each attention kernel reads."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int, Int32, Int64
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask

_BLOCK = 128
"""Side of the squares in which flex attention skips or keeps."""


class Bounds(NamedTuple):
    """The segments of a flattened micro-batch, for the kernel of rows of varying length."""

    starts: Int32[Tensor, " bounds"]
    """First token of each segment; then the number of tokens, as often as it takes to fill the tensor."""
    longest: int
    """No segment has more tokens."""


class Lengths(NamedTuple):
    """The segments of a flattened micro-batch, to be attended one after the other."""

    lengths: tuple[int, ...]


Mask = Bool[Tensor, "batch 1 time keys"] | Bounds | Lengths | BlockMask
"""What is not plain causal attention."""


def segment_mask(segments: Int[Tensor, "batch time"]) -> Bool[Tensor, "batch 1 time time"]:
    """Return a causal mask in which each token sees only its own segment."""
    time = segments.shape[1]
    same = segments[:, :, None] == segments[:, None, :]  # (B, T, T)
    causal = torch.ones(time, time, dtype=torch.bool, device=segments.device).tril()
    return (same & causal)[:, None]


def slot_mask(slots: Int[Tensor, "batch time"], n_keys: int) -> Bool[Tensor, "batch 1 time keys"]:
    """Return a mask in which the token in each cache slot sees that slot and those before it."""
    keys = torch.arange(n_keys, device=slots.device)
    return (keys <= slots[:, :, None])[:, None]


def block_mask(segments: Int[Tensor, "batch time"], runs: Int64[np.ndarray, "batch time"]) -> BlockMask:
    """Return the segment mask for flex attention: which squares to skip, to mask and to take whole.

    `runs` are the segments, on the CPU and numbered in rising order, so that two ends decide about a square.
    """
    time = runs.shape[1]
    first = np.arange(0, time, _BLOCK)
    last = np.minimum(first + _BLOCK, time) - 1
    rows, columns = np.arange(len(first))[:, None], np.arange(len(first))[None]
    meets = (runs[:, first][:, :, None] <= runs[:, last][:, None, :]) & (columns <= rows)
    is_one = runs[:, last][:, :, None] == runs[:, first][:, None, :]
    is_whole = is_one & (columns < rows) & ((rows + 1) * _BLOCK <= time)

    return BlockMask.from_kv_blocks(
        *_listed(meets & ~is_whole, segments.device),
        *_listed(is_whole, segments.device),
        BLOCK_SIZE=_BLOCK,
        mask_mod=lambda row, _head, query, key: (query >= key) & (segments[row, query] == segments[row, key]),
        seq_lengths=(time, time),
    )


def _listed(
    chosen: Bool[np.ndarray, "batch rows columns"], device: torch.device
) -> tuple[Int32[Tensor, "batch 1 rows"], Int32[Tensor, "batch 1 rows columns"]]:
    """Return how many squares of each row are chosen, and all squares, the chosen ones first."""
    counts = chosen.sum(axis=-1, dtype=np.int32)[:, None]
    order = np.argsort(~chosen, axis=-1, kind="stable").astype(np.int32)[:, None]
    return torch.from_numpy(counts).to(device), torch.from_numpy(order).to(device)
