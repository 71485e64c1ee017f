"""Windows of a split as training batches, in a keyed order that starts anew each epoch."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from mypt.dataset.batch import Batch
from mypt.dataset.order import permuted
from mypt.dataset.token_shards import TokenShards


@dataclass(frozen=True)
class TokenBatches:
    """Every window once per epoch; the last epoch's order does not depend on the first's."""

    shards: TokenShards
    batch_size: int
    """Windows in one micro-batch."""
    seed: int

    def batch(self, index: int) -> Batch:
        """Return micro-batch number `index`; every position counts alike."""
        samples = np.arange(index * self.batch_size, (index + 1) * self.batch_size)
        return batch_of(self.shards, self._windows_of(samples))

    def _windows_of(self, samples: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """Map sample numbers of the run to window numbers, across the ends of epochs."""
        size = self.shards.n_windows
        windows = np.empty_like(samples)
        for epoch in range(int(samples[0]) // size, int(samples[-1]) // size + 1):
            chosen = samples // size == epoch
            windows[chosen] = permuted(samples[chosen] % size, size, self.seed, epoch)
        return windows


def batch_of(shards: TokenShards, windows: Int64[np.ndarray, " n"]) -> Batch:
    """Return the batch that holds exactly these windows."""
    rows = shards.windows(windows)
    inputs, targets = rows[:, :-1], rows[:, 1:]
    return Batch(inputs, targets, np.ones(targets.shape, dtype=np.float32))


def evenly_spaced(shards: TokenShards, limit: int) -> Int64[np.ndarray, " n"]:
    """Return at most `limit` window numbers spread over the split: the fixed validation windows."""
    count = min(limit, shards.n_windows)
    return np.arange(count, dtype=np.int64) * shards.n_windows // count
