"""What validation measures: categories of fixed windows, the same at every step of every run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int64

from mypt.dataset.batch import Batch
from mypt.dataset.order import permuted
from mypt.dataset.rotation import apportion
from mypt.dataset.token_batches import as_batch, evenly_spaced
from mypt.dataset.token_shards import TokenShards
from mypt.errors import InputError
from mypt.seeds import derive_seed


@runtime_checkable
class Windows(Protocol):
    """Windows that are measured, by their numbers from 0 on."""

    @property
    def n_windows(self) -> int:
        """Return how many there are."""
        ...

    def batch(self, numbers: Int64[np.ndarray, " n"]) -> Batch:
        """Return some of them; what has weight 0 is read, but not measured."""
        ...


@dataclass(frozen=True)
class Category:
    """A name for windows that are measured together."""

    name: str
    windows: Windows
    counts_hits: bool = False
    """Whether to ask as well how often the most likely token is the right one."""
    first_tag: int | None = None
    """Of episodes to be measured part by part, which counts hits: the id of the first tag."""


@dataclass(frozen=True)
class TextWindows:
    """Windows of one split or of several."""

    parts: tuple[tuple[TokenShards, Int64[np.ndarray, " _"]], ...]
    """Shards, with the numbers of the windows that are taken from them."""
    end_of_text: int | None = None
    """The id that keeps documents apart, as in training."""

    @property
    def n_windows(self) -> int:
        """Return how many windows all parts have."""
        return len(self._places)

    def batch(self, numbers: Int64[np.ndarray, " n"]) -> Batch:
        """Return windows of any parts."""
        rows = [self.parts[part][0].windows(np.array([window])) for part, window in self._places[numbers]]
        return as_batch(np.concatenate(rows), self.end_of_text)

    @cached_property
    def _places(self) -> Int64[np.ndarray, "windows 2"]:
        """For each window its part, and its number there."""
        pairs = [np.c_[np.full_like(chosen, i), chosen] for i, (_, chosen) in enumerate(self.parts)]
        return np.concatenate(pairs)


def spread_windows(
    splits: Sequence[TokenShards], weights: Sequence[float], limit: int, end_of_text: int | None
) -> TextWindows:
    """Return at most `limit` windows in proportion to the weights, spread evenly over each split.

    Each split gives at least one, and no more than it has.
    """
    counts = apportion(weights, max(limit, len(weights)))
    chosen = (evenly_spaced(shards.n_windows, count) for shards, count in zip(splits, counts, strict=True))
    return TextWindows(tuple(zip(splits, chosen, strict=True)), end_of_text)


@dataclass(frozen=True)
class CopyWindows:
    """Random text ids, half a block of them and then the same again: only copying predicts the second half.

    What heads for induction are found with (Olsson et al. 2022, arXiv:2209.11895).
    """

    rows: Int64[np.ndarray, "windows ids"]

    @property
    def n_windows(self) -> int:
        """Return how many sequences there are."""
        return len(self.rows)

    def batch(self, numbers: Int64[np.ndarray, " n"]) -> Batch:
        """Return sequences of which only what can be copied is measured."""
        batch = as_batch(self.rows[numbers])
        weights = batch.weights.copy()
        weights[:, : half_of(weights.shape[1])] = 0.0
        return replace(batch, weights=weights)


def copy_windows(token_bytes: Int64[np.ndarray, " vocab"], block_size: int, n_windows: int) -> CopyWindows:
    """Return the repeated sequences of a vocabulary, always the same; InputError when none fit.

    A token comes once in a half, or as seldom as the number of text ids allows.
    """
    half, text = half_of(block_size), np.flatnonzero(token_bytes > 0)
    if half == 0 or len(text) == 0:
        raise InputError(
            f"no sequence of {len(text)} text ids can be repeated within block_size={block_size}",
            hint="--set training.copy_sequences=0",
        )
    draws = np.tile(np.arange(half), n_windows)
    sequences = np.repeat(np.arange(n_windows), half)
    items = permuted(draws, max(half, len(text)), derive_seed("copy"), sequences) % len(text)
    halves = text[items].reshape(n_windows, half)
    return CopyWindows(halves[:, np.arange(block_size + 1) % half])


def half_of(block_size: int) -> int:
    """Return how many ids are repeated: input number `half` is the first that was seen before."""
    return block_size // 2
