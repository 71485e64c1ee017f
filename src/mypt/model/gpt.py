"""The model: ids in, logits out."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mypt.errors import InputError
from mypt.model.block import Block
from mypt.model.config import GPTConfig
from mypt.model.embedding import Embedding
from mypt.model.kv_cache import KVCache, LayerCache
from mypt.model.masks import segment_mask
from mypt.model.norms import NORMS
from mypt.model.positions import POSITIONS, Rotation, segment_positions


class GPT(nn.Module):
    """A decoder-only transformer, pre-norm as in GPT-2 (Radford et al. 2019).

    Its weights are zero until `init_weights` or a checkpoint fills them.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.compute_dtype = torch.float32
        """Dtype of activations; the weights stay in fp32."""
        self.checkpoint_activations = False
        """Whether training keeps only each block's input and computes the rest again in backward."""
        self.token_embedding = Embedding(config.padded_vocab_size, config.n_embd)
        self.position_encoding = POSITIONS[config.pos_encoding](config)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.final_norm = NORMS[config.norm_type](config)
        self.unembedding = None if config.tie_weights else Embedding(config.padded_vocab_size, config.n_embd)

    def forward(
        self,
        ids: Int[Tensor, "batch time"],
        *,
        positions: Int[Tensor, "#batch time"] | None = None,
        segments: Int[Tensor, "batch time"] | None = None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "batch time vocab"]:
        """Return the logits of each next token, over the ids that exist."""
        return self.head(self.hidden(ids, positions=positions, segments=segments, cache=cache))

    def hidden(
        self,
        ids: Int[Tensor, "batch time"],
        *,
        positions: Int[Tensor, "#batch time"] | None = None,
        segments: Int[Tensor, "batch time"] | None = None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "batch time embd"]:
        """Return the normed residual stream, which the head reads.

        A segment is a run of equal numbers in a row of `segments`; each is
        computed as if it were alone. Positions count from 0 in each segment, or
        go on behind the cache, unless given. Raises InputError for more tokens
        than the model or the cache can hold.
        """
        self._refuse_impossible(ids, segments, cache)
        layers: Sequence[LayerCache | None]
        if cache is None:
            counted, mask = _read_segments(ids, segments)
            layers = [None] * len(self.blocks)
        else:
            step = cache.step(ids.shape[1])
            counted, mask, layers = step.slots, step.mask, cache.layers(step)
        x, rotation = self._embed(ids, counted if positions is None else positions)
        for block, layer in zip(self.blocks, layers, strict=True):
            x = self._run(block, x, rotation, mask, layer)
        return self.final_norm(x)

    def head(self, x: Float[Tensor, "*rows embd"]) -> Float[Tensor, "*rows vocab"]:
        """Return the logits for final hidden states, all of them or a selection."""
        weight = self.head_weight
        if self.config.vocab_size < weight.shape[0]:
            weight = weight[: self.config.vocab_size]  # padding rows never take part
        return F.linear(x, weight.to(x.dtype))

    @property
    def head_weight(self) -> Float[Tensor, "padded_vocab embd"]:
        """Return the weight of the output head, padding rows included."""
        return (self.token_embedding if self.unembedding is None else self.unembedding).weight

    def _embed(
        self, ids: Int[Tensor, "batch time"], positions: Int[Tensor, "#batch time"]
    ) -> tuple[Float[Tensor, "batch time embd"], Rotation | None]:
        x = self.token_embedding(ids, self.compute_dtype)  # (B, T, C)
        x = self.position_encoding.add_to(x, positions)
        x = F.dropout(x, self.config.dropout, self.training)
        return x, self.position_encoding.rotation(positions)

    def _run(
        self,
        block: nn.Module,
        x: Float[Tensor, "batch time embd"],
        rotation: Rotation | None,
        mask: Bool[Tensor, "batch 1 time keys"] | None,
        layer: LayerCache | None,
    ) -> Float[Tensor, "batch time embd"]:
        if self.checkpoint_activations and self.training:
            return checkpoint(block, x, rotation, mask, layer, use_reentrant=False)
        return block(x, rotation, mask, layer)

    def _refuse_impossible(
        self,
        ids: Int[Tensor, "batch time"],
        segments: Int[Tensor, "batch time"] | None,
        cache: KVCache | None,
    ) -> None:
        if ids.shape[1] > self.config.block_size:
            raise InputError(
                f"a sequence of {ids.shape[1]} tokens is longer than block_size={self.config.block_size}",
                hint="split it, or keep its last block_size tokens",
            )
        if segments is not None and cache is not None:
            raise InputError("segments cannot be read through a cache: each row of a cache is one sequence")


def _read_segments(
    ids: Int[Tensor, "batch time"], segments: Int[Tensor, "batch time"] | None
) -> tuple[Int[Tensor, "_ time"], Bool[Tensor, "batch 1 time time"] | None]:
    """Return the position of each token, and the mask that plain causal attention would miss."""
    if segments is None:
        return torch.arange(ids.shape[1], device=ids.device)[None], None  # (1, T) serves every row
    return segment_positions(segments), segment_mask(segments)
