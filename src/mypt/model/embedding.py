"""A table of learned rows, kept in fp32 and handed out in the compute dtype."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class Embedding(nn.Module):
    """Row lookup; rows are zero until `init_weights` or a checkpoint fills them."""

    def __init__(self, n_rows: int, n_embd: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_rows, n_embd))

    def forward(self, ids: Int[Tensor, "*rows"], dtype: torch.dtype) -> Float[Tensor, "*rows embd"]:
        """Return the rows of the ids."""
        return F.embedding(ids, self.weight).to(dtype)
