"""Windows of token shards as batches, each document by itself where that is asked for."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from mypt.dataset.batch import Batch
from mypt.dataset.mixture import MixtureOrder
from mypt.dataset.token_shards import TokenShards
from mypt.errors import InputError


@dataclass(frozen=True)
class MixtureBatches:
    """The micro-batches of a run, for any number of sources and stages."""

    order: MixtureOrder
    shards: tuple[TokenShards, ...]
    """Of each source of the order, in its order."""
    batch_size: int
    """Windows in one micro-batch."""
    end_of_text: int | None = None
    """The id between two documents, to keep them apart; None lets a token see all of its window."""

    def __post_init__(self) -> None:
        expected = [source.n_windows for source in self.order.sources]
        if (got := [shards.n_windows for shards in self.shards]) != expected:
            raise InputError(f"the order expects sources of {expected} windows, got {got}")

    @property
    def row_tokens(self) -> int:
        """Return how many tokens a window has."""
        return self.shards[0].block_size

    def batch(self, index: int) -> Batch:
        """Return micro-batch number `index` of the run; every position counts alike."""
        samples = np.arange(index * self.batch_size, (index + 1) * self.batch_size)
        numbers, windows = self.order.locate(samples)
        rows = np.empty((self.batch_size, self.shards[0].block_size + 1), dtype=np.int64)
        for number in np.unique(numbers):
            own = numbers == number
            rows[own] = self.shards[number].windows(windows[own])
        return as_batch(rows, self.end_of_text)


def as_batch(rows: Int64[np.ndarray, "batch ids"], end_of_text: int | None = None) -> Batch:
    """Return rows of ids as inputs and, one to the right, targets; with `end_of_text`, documents apart.

    As a target, end-of-text closes its document; as an input, it opens the next one. So
    every token counts, and the first of a document is predicted from end-of-text alone,
    as it is at inference.
    """
    inputs, targets = np.ascontiguousarray(rows[:, :-1]), np.ascontiguousarray(rows[:, 1:])
    weights = np.ones(targets.shape, dtype=np.float32)
    return Batch(inputs, targets, weights, None if end_of_text is None else _segments(inputs, end_of_text))


def _segments(
    inputs: Int64[np.ndarray, "batch time"], end_of_text: int
) -> Int64[np.ndarray, "batch time"] | None:
    """Number the documents in each row; None where no row holds the start of a second one."""
    opens = inputs == end_of_text
    if not opens[:, 1:].any():
        return None
    return np.cumsum(opens, axis=1, dtype=np.int64)


def evenly_spaced(n_windows: int, limit: int) -> Int64[np.ndarray, " n"]:
    """Return at most `limit` of the numbers below `n_windows`, spread evenly: fixed validation windows."""
    count = min(limit, n_windows)
    return np.arange(count, dtype=np.int64) * n_windows // max(1, count)
