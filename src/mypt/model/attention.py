"""Causal self-attention: fused q, k, v and one call of a fused kernel.

Dropout belongs to the residual branch (`block.py`). GPT-2 also drops attention
weights; we do not, because the kernels for packed sequences cannot, and one
rule for all kernels is worth more than that regularizer.
"""

from jaxtyping import Float
from torch import Tensor, nn

from mypt.model.config import GPTConfig
from mypt.model.kv_cache import LayerCache
from mypt.model.linear import Linear
from mypt.model.masks import Mask
from mypt.model.packed_attention import attend
from mypt.model.positions import Rotation, rotate


class Attention(nn.Module):
    """Multi-head self-attention (Vaswani et al. 2017, arXiv:1706.03762)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.n_head = config.n_head
        self.qkv = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias, n_parts=3)
        self.output = Linear(config.n_embd, config.n_embd, bias=config.bias)

    def forward(
        self,
        x: Float[Tensor, "batch time embd"],
        rotation: Rotation | None = None,
        mask: Mask | None = None,
        cache: LayerCache | None = None,
    ) -> Float[Tensor, "batch time embd"]:
        """Mix each token with those it may see: by the mask, or else all before it."""
        q, k, v = self._split(x, rotation)
        if cache is not None:
            k, v = cache.append(k, v)
        y = attend(q, k, v, mask)  # (B, nh, T, hs)
        return self.output(y.transpose(1, 2).reshape(x.shape))  # (B, T, C)

    def _split(
        self, x: Float[Tensor, "batch time embd"], rotation: Rotation | None
    ) -> tuple[
        Float[Tensor, "batch n_head time head_size"],
        Float[Tensor, "batch n_head time head_size"],
        Float[Tensor, "batch n_head time head_size"],
    ]:
        batch, time, _ = x.shape
        qkv = self.qkv(x).view(batch, time, 3, self.n_head, -1)  # (B, T, 3, nh, hs)
        if rotation is None:
            q, k, v = qkv.unbind(2)
        else:
            qk, v = qkv.split((2, 1), dim=2)
            q, k = rotate(qk, rotation).unbind(2)
            v = v.squeeze(2)
        return q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)  # (B, nh, T, hs)
