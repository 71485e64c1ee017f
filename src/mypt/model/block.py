"""One transformer block: attention and feed-forward, each normed before and added after."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from mypt.model.activation_checkpointing import ActivationCheckpointing, run_checkpointed
from mypt.model.attention import Attention
from mypt.model.config import GPTConfig
from mypt.model.feed_forward import MLPS
from mypt.model.kv_cache import LayerCache
from mypt.model.linear import Linear
from mypt.model.masks import Mask
from mypt.model.norms import NORMS
from mypt.model.positions import Rotation


class Block(nn.Module):
    """x + dropout(attention(norm(x))), then the same with the feed-forward."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.activation_checkpointing: ActivationCheckpointing = "none"
        self.attention_norm = NORMS[config.norm_type](config)
        self.attention = Attention(config)
        self.mlp_norm = NORMS[config.norm_type](config)
        self.mlp = MLPS[config.mlp_type](config)

    def forward(
        self,
        x: Float[Tensor, "batch time embd"],
        rotation: Rotation | None = None,
        mask: Mask | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "batch time embd"]:
        """Add what attention and feed-forward have to say to the residual stream."""
        if self.training and cache is None:
            return run_checkpointed(self.activation_checkpointing, self._add_branches, x, rotation, mask)
        return self._add_branches(x, rotation, mask, cache)

    def _add_branches(
        self,
        x: Float[Tensor, "batch time embd"],
        rotation: Rotation | None,
        mask: Mask | None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "batch time embd"]:
        attended = self.attention(self.attention_norm(x), rotation, mask, cache)
        x = x + F.dropout(attended, self.dropout, self.training)
        return x + F.dropout(self.mlp(self.mlp_norm(x)), self.dropout, self.training)

    @property
    def residual_projections(self) -> tuple[Linear, Linear]:
        """Return the two layers that write to the residual stream."""
        return self.attention.output, self.mlp.down
