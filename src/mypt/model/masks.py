"""Who may attend to whom, as dense boolean masks (true: may)."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


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
