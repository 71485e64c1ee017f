"""Keys and values of tokens already read, so that each new token is computed once."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from mypt.errors import InputError
from mypt.model.config import GPTConfig
from mypt.model.masks import slot_mask


@dataclass(frozen=True)
class CacheStep:
    """Where the tokens of one forward pass are written, and what each of them may see."""

    slots: Int[Tensor, "batch time"]
    mask: Bool[Tensor, "batch 1 time keys"] | None
    """None when plain causal attention, or all of the keys, is the same."""
    end: int
    """Number of slots in use by the longest row, this pass included."""
    is_even: bool
    """Whether all rows have the same length, so that one slice takes them all."""

    def write(
        self,
        cached: Float[Tensor, "batch n_head capacity head_size"],
        new: Float[Tensor, "batch n_head time head_size"],
    ) -> None:
        """Put each row's new vectors into that row's slots."""
        if self.is_even:
            cached[:, :, self.end - new.shape[2] : self.end] = new
        else:
            rows = torch.arange(new.shape[0], device=new.device)[:, None]
            cached[rows, :, self.slots] = new.transpose(1, 2)  # (B, T, nh, hs)


@dataclass(frozen=True)
class LayerCache:
    """One layer's cache during one forward pass."""

    keys: Float[Tensor, "batch n_head capacity head_size"]
    values: Float[Tensor, "batch n_head capacity head_size"]
    step: CacheStep

    def append(
        self,
        k: Float[Tensor, "batch n_head time head_size"],
        v: Float[Tensor, "batch n_head time head_size"],
    ) -> tuple[Float[Tensor, "batch n_head keys head_size"], Float[Tensor, "batch n_head keys head_size"]]:
        """Write new keys and values behind each row's length; return all that may be seen."""
        for cached, new in ((self.keys, k), (self.values, v)):
            self.step.write(cached, new.detach().to(cached.dtype))
        end = self.step.end
        return self.keys[:, :, :end].to(k.dtype), self.values[:, :, :end].to(v.dtype)


class KVCache:
    """Preallocated keys and values of every layer, with a length for each row.

    A forward pass writes behind each row's length and does not move it; the
    caller says with `advance` how many of those tokens were real. What lies
    behind a length, such as right padding, is never seen and is overwritten.
    """

    def __init__(
        self,
        keys: list[Float[Tensor, "batch n_head capacity head_size"]],
        values: list[Float[Tensor, "batch n_head capacity head_size"]],
    ) -> None:
        self.keys = keys
        self.values = values
        # On the CPU, because shapes are decided by it: no step waits for a device.
        self.lengths = torch.zeros(keys[0].shape[0], dtype=torch.int64, device="cpu")

    @classmethod
    def create(
        cls,
        config: GPTConfig,
        batch: int,
        capacity: int | None = None,
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> "KVCache":
        """Return an empty cache; its capacity is block_size, and InputError refuses more."""
        capacity = config.block_size if capacity is None else capacity
        if not 0 < capacity <= config.block_size:
            raise InputError(f"cache capacity {capacity} is not between 1 and block_size={config.block_size}")
        shape = (batch, config.n_head, capacity, config.head_size)
        # Zeros, not empty memory: a masked key that is NaN would still spoil the sum.
        keys = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(config.n_layer)]
        return cls(keys, [torch.zeros_like(key) for key in keys])

    @property
    def capacity(self) -> int:
        """Return the number of tokens that each row has room for."""
        return self.keys[0].shape[2]

    def step(self, n_tokens: int) -> CacheStep:
        """Return the plan for a pass of new tokens; InputError when a row has no room for them."""
        longest = int(self.lengths.max())
        is_even = bool((self.lengths == longest).all())
        if longest + n_tokens > self.capacity:
            raise InputError(
                f"{n_tokens} more tokens after {longest} do not fit into a cache of {self.capacity}",
                hint="shorten the prompt, or make the cache larger (at most block_size)",
            )
        slots = (self.lengths[:, None] + torch.arange(n_tokens, device="cpu")).to(self.keys[0].device)
        is_plain = is_even and (n_tokens == 1 or longest == 0)
        mask = None if is_plain else slot_mask(slots, longest + n_tokens)
        return CacheStep(slots, mask, longest + n_tokens, is_even)

    def layers(self, step: CacheStep) -> list[LayerCache]:
        """Return each layer's part of the cache for one pass."""
        return [LayerCache(k, v, step) for k, v in zip(self.keys, self.values, strict=True)]

    def advance(self, counts: int | Sequence[int] | Int[Tensor, "batch"]) -> None:
        """Keep the first so many tokens of the last pass: one count for all rows, or one for each."""
        lengths = self.lengths + torch.as_tensor(counts, device="cpu")
        if int(lengths.max()) > self.capacity or bool((lengths < self.lengths).any()):
            raise InputError(f"cannot advance rows of {self.lengths.tolist()} tokens by {counts}")
        self.lengths = lengths
