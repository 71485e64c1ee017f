"""The model: ids in, logits out."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from mypt.errors import InputError
from mypt.model.activation_checkpointing import ActivationCheckpointing
from mypt.model.block import Block
from mypt.model.config import GPTConfig
from mypt.model.embedding import Embedding
from mypt.model.kv_cache import KVCache, LayerCache
from mypt.model.masks import Mask
from mypt.model.neftune import neftune_noise
from mypt.model.norms import NORMS
from mypt.model.packing import Packing, longest_segment, pack
from mypt.model.positions import POSITIONS, Rotation


class GPT(nn.Module):
    """A decoder-only transformer, pre-norm as in GPT-2 (Radford et al. 2019).

    Its weights are zero until `init_weights` or a checkpoint fills them.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.compute_dtype = torch.float32
        """Dtype of activations; the weights stay in fp32."""
        self.token_embedding = Embedding(config.padded_vocab_size, config.n_embd)
        self.position_encoding = POSITIONS[config.pos_encoding](config)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.final_norm = NORMS[config.norm_type](config)
        self.unembedding = None if config.tie_weights else Embedding(config.padded_vocab_size, config.n_embd)
        self.head_bias = nn.Parameter(torch.zeros(config.padded_vocab_size)) if config.head_bias else None

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
        packing: Packing | None = None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "batch time embd"]:
        """Return the normed residual stream, which the head reads.

        A segment is a run of equal numbers in a row of `segments`; each is computed
        as if it were alone. A packing says the same, made ahead. Positions count
        from 0 in each segment, or go on behind the cache, unless given. Raises
        InputError for more tokens than the model or the cache can hold.
        """
        if segments is not None:
            numbers = segments.long().cpu().numpy()
            self._refuse_longer(longest_segment(numbers))
            packing = pack(numbers, segments.device, dtype=self.compute_dtype)
        elif packing is None:
            self._refuse_longer(ids.shape[1])
        if packing is not None and cache is not None:
            raise InputError("segments cannot be read through a cache: each row of a cache is one sequence")
        mask: Mask | None = None
        layers: Sequence[LayerCache | None] = [None] * len(self.blocks)
        if cache is not None:
            step = cache.step(ids.shape[1])
            counted, mask, layers = step.slots, step.mask, cache.layers(step)
        elif packing is not None:
            counted, mask = packing.positions, packing.mask
        else:
            counted = torch.arange(ids.shape[1], device=ids.device)[None]  # (1, T) serves every row
        x, rotation = self._embed(ids, counted, counted if positions is None else positions)
        for block, layer in zip(self.blocks, layers, strict=True):
            x = block(x, rotation, mask, layer)
        return self.final_norm(x)

    def head(self, x: Float[Tensor, "*rows embd"]) -> Float[Tensor, "*rows vocab"]:
        """Return the logits for final hidden states, all of them or a selection."""
        weight = self.head_weight
        bias = None if self.head_bias is None else self.head_bias[: self.config.vocab_size].to(x.dtype)
        if self.config.vocab_size < weight.shape[0]:
            weight = weight[: self.config.vocab_size]  # padding rows never take part
        return F.linear(x, weight.to(x.dtype), bias)

    @property
    def activation_checkpointing(self) -> ActivationCheckpointing:
        """Say what training keeps of each block for backward; settable."""
        return self.blocks[0].activation_checkpointing  # type: ignore[return-value]

    @activation_checkpointing.setter
    def activation_checkpointing(self, mode: ActivationCheckpointing) -> None:
        for block in self.blocks:
            block.activation_checkpointing = mode  # type: ignore[assignment]

    @property
    def head_weight(self) -> Float[Tensor, "padded_vocab embd"]:
        """Return the weight of the output head, padding rows included."""
        return (self.token_embedding if self.unembedding is None else self.unembedding).weight

    def _embed(
        self,
        ids: Int[Tensor, "batch time"],
        counted: Int[Tensor, "#batch time"],
        positions: Int[Tensor, "#batch time"],
    ) -> tuple[Float[Tensor, "batch time embd"], Rotation | None]:
        x = self.token_embedding(ids, self.compute_dtype)  # (B, T, C)
        if self.training and self.config.neftune_alpha:
            x = x + neftune_noise(x, counted, self.config.neftune_alpha)
        x = self.position_encoding.add_to(x, positions)
        x = F.dropout(x, self.config.dropout, self.training)
        return x, self.position_encoding.rotation(positions)

    def _refuse_longer(self, n_tokens: int) -> None:
        """Refuse a sequence longer than a block; whoever makes a packing looks at its segments before."""
        if n_tokens > self.config.block_size:
            raise InputError(
                f"a sequence of {n_tokens} tokens is longer than block_size={self.config.block_size}",
                hint="split it, or keep its last block_size tokens",
            )
