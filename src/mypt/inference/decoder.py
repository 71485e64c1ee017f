"""Contexts in, logits of the next ids out; the plain way, which reads all of a window each time."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from mypt.inference.window import window
from mypt.model.gpt import GPT
from mypt.model.kv_cache import KVCache


@runtime_checkable
class Decoder(Protocol):
    """Reads a batch of contexts that grow by one id at a time."""

    def next_logits(self, contexts: Sequence[Sequence[int]]) -> Float[Tensor, "batch vocab"]:
        """Return the logits of each row's next id, from the last call's contexts and one id more."""
        ...

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all rows but these; the next call brings only them, in this order."""
        ...


class UncachedDecoder:
    """Remembers nothing: the reference for what a cache must compute."""

    def __init__(self, model: GPT) -> None:
        self.model = model

    def next_logits(self, contexts: Sequence[Sequence[int]]) -> Float[Tensor, "batch vocab"]:
        """Return the logits of each row's next id."""
        block_size = self.model.config.block_size
        return read_windows(self.model, [window(context, block_size) for context in contexts])

    def keep(self, rows: Sequence[int]) -> None:
        """Do nothing."""


def read_windows(
    model: GPT, windows: Sequence[Sequence[int]], cache: KVCache | None = None
) -> Float[Tensor, "batch vocab"]:
    """Return the logits behind each row's last id; rows are padded on the right, where none looks."""
    longest = max(map(len, windows))
    device = model.head_weight.device
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in windows], device=device)  # (B, T)
    last = torch.tensor([len(row) - 1 for row in windows], device=device)
    hidden = model.hidden(ids, cache=cache)  # (B, T, C)
    return model.head(hidden[torch.arange(len(windows), device=device), last])  # (B, V)
