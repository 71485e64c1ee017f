"""Each id of a context read once: prefill, then one token at a time through a KV cache."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from mypt.inference.decoder import read_windows
from mypt.inference.window import window, window_start
from mypt.model.gpt import GPT
from mypt.model.kv_cache import KVCache


class CachedDecoder:
    """A batch of growing contexts and the cache of what was read of them."""

    def __init__(self, model: GPT, n_rows: int, capacity: int) -> None:
        self.model = model
        device = model.head_weight.device
        self.cache = KVCache.create(model.config, n_rows, capacity, dtype=model.compute_dtype, device=device)
        self._starts = [-1] * n_rows  # of each row's window; nothing was read yet

    def next_logits(self, contexts: Sequence[Sequence[int]]) -> Float[Tensor, "batch vocab"]:
        """Return the logits of each row's next id, and fill anew the rows whose window has moved."""
        block_size = self.model.config.block_size
        starts = [window_start(len(context), block_size) for context in contexts]
        moved = [row for row, start in enumerate(starts) if start != self._starts[row]]
        self._starts = starts
        if len(moved) == len(contexts):
            return self.prefill([window(context, block_size) for context in contexts])
        for row in moved:
            self._refill(row, contexts[row][starts[row] : -1])
        return self.decode_one_token([context[-1] for context in contexts])

    def prefill(self, windows: Sequence[Sequence[int]]) -> Float[Tensor, "batch vocab"]:
        """Fill the cache anew with all rows at once, and return the logits behind each row's last id."""
        self.cache.lengths = torch.zeros_like(self.cache.lengths)
        logits = read_windows(self.model, windows, self.cache)
        self.cache.advance([len(ids) for ids in windows])
        return logits

    def decode_one_token(self, ids: Sequence[int]) -> Float[Tensor, "batch vocab"]:
        """Read one more id of each row, and return the logits behind it."""
        column = torch.tensor(ids, device=self.model.head_weight.device)[:, None]  # (B, 1)
        logits = self.model(column, cache=self.cache)[:, -1]  # (B, V)
        self.cache.advance(1)
        return logits

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all rows but these, so that nothing more is computed for them."""
        kept = torch.tensor(rows)
        on_device = kept.to(self.model.head_weight.device)
        for tensors in (self.cache.keys, self.cache.values):
            for layer, tensor in enumerate(tensors):  # one by one: never two whole caches in memory
                tensors[layer] = tensor[on_device]
        self.cache.lengths = self.cache.lengths[kept]
        self._starts = [self._starts[row] for row in rows]

    def _refill(self, row: int, ids: Sequence[int]) -> None:
        """Read one row anew, through a view of its part of the cache."""
        part = slice(row, row + 1)
        view = KVCache([k[part] for k in self.cache.keys], [v[part] for v in self.cache.values])
        if ids:  # a window of one id has nothing before its last
            read_windows(self.model, [ids], view)
        self.cache.lengths[row] = len(ids)
