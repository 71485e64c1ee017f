"""Flat files of ids: little-endian, without header; the dtype stands in the manifest."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Int64

from mypt.errors import InputError, ManifestMismatch

TokenArray = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]

DTYPES: dict[str, type[np.unsignedinteger[Any]]] = {"uint16": np.uint16, "uint32": np.uint32}


def dtype_name(vocab_size: int) -> str:
    """Return the smallest dtype that holds every id below `vocab_size`."""
    return "uint16" if vocab_size <= 2**16 else "uint32"


@dataclass(frozen=True)
class TokenShards:
    """The shards of one split, memory-mapped, cut into windows that never span two shards."""

    shards: tuple[TokenArray, ...]
    block_size: int

    @staticmethod
    def open(folder: Path, split: str, dtype: str, block_size: int) -> "TokenShards":
        """Map the shards of `train`, `val`, or what is held out of one category, `val-code`.

        Raises InputError when they are shorter than one window.
        """
        paths = sorted(folder.glob(f"{split}-*.bin"))
        shards = tuple(_map(path, dtype) for path in paths)
        opened = TokenShards(shards, block_size)
        if opened.n_windows == 0:
            n_tokens = sum(len(shard) for shard in shards)
            raise InputError(
                f"{folder}: its {split} split has {n_tokens} tokens, too few for one window of "
                f"{block_size} tokens and a target",
                hint="add text to the corpus, or lower model.block_size",
            )
        return opened

    @property
    def n_windows(self) -> int:
        """Return how many windows of `block_size` inputs, each with its targets, there are."""
        return int(self._first_windows[-1])

    @cached_property
    def _first_windows(self) -> Int64[np.ndarray, " n"]:
        counts = [max(0, (len(shard) - 1) // self.block_size) for shard in self.shards]
        return np.cumsum([0, *counts], dtype=np.int64)

    def windows(self, indices: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, "n time"]:
        """Return windows of `block_size + 1` ids: inputs and, one to the right, targets."""
        rows = np.empty((len(indices), self.block_size + 1), dtype=np.int64)
        numbers = np.searchsorted(self._first_windows, indices, side="right") - 1
        for row, number, index in zip(rows, numbers, indices, strict=True):
            start = (index - self._first_windows[number]) * self.block_size
            row[:] = self.shards[number][start : start + self.block_size + 1]
        return rows


def _map(path: Path, dtype: str) -> TokenArray:
    size = np.dtype(DTYPES[dtype]).itemsize
    if path.stat().st_size % size or not path.stat().st_size:
        raise ManifestMismatch(f"{path}: {path.stat().st_size} bytes is not a whole number of {dtype} ids")
    # A plain ndarray view slices four times faster than the memmap subclass.
    return np.memmap(path, dtype=np.dtype(DTYPES[dtype]).newbyteorder("<"), mode="r").view(np.ndarray)
