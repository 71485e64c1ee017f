"""NEFTune: uniform noise on token embeddings in training (Jain et al. 2023, arXiv:2310.05914)."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def neftune_noise(
    x: Float[Tensor, "batch time embd"], positions: Int[Tensor, "#batch time"], alpha: float
) -> Float[Tensor, "batch time embd"]:
    """Return noise between ±alpha / sqrt(L * C) for embeddings of width C, L tokens to a segment.

    Positions count from 0 in each segment, so neither padding nor neighbours in the row matter.
    """
    reach = alpha * (segment_lengths(positions) * x.shape[-1]).rsqrt()
    return torch.empty_like(x).uniform_(-1, 1) * reach[..., None].to(x.dtype)


def segment_lengths(positions: Int[Tensor, "rows time"]) -> Int[Tensor, "rows time"]:
    """Return for each token how many its segment has; a segment begins at each position 0."""
    numbers = (positions == 0).flatten().cumsum(0) - 1
    counts = torch.zeros_like(numbers).scatter_add_(0, numbers, torch.ones_like(numbers))
    return counts[numbers].view(positions.shape)
