"""A keyed permutation: the place in the order → the item, with nothing to remember.

A Feistel network on the bits of the index, with cycle walking for sizes that
are not a power of two (Black and Rogaway, "Ciphers with Arbitrary Finite
Domains", 2002). The order of an epoch needs no memory and no file, and a run
resumes from its step number alone.
"""

import numpy as np
import numpy.typing as npt
from jaxtyping import Int64, UInt64

from mypt.seeds import derive_seed

_ROUNDS = 6


def permuted(
    positions: Int64[np.ndarray, " n"], size: int, seed: int, epochs: Int64[np.ndarray, " n"]
) -> Int64[np.ndarray, " n"]:
    """Return the items at positions of their epochs' orders of `range(size)`.

    Positions must lie in `range(size)`; distinct positions of an epoch give distinct items.
    """
    keys = _round_keys(seed, epochs)
    half_bits = max(1, (max(size - 1, 1).bit_length() + 1) // 2)
    items = _feistel(positions.astype(np.uint64), keys, half_bits)
    outside = np.flatnonzero(items >= np.uint64(size))
    while len(outside):
        items[outside] = _feistel(items[outside], keys[:, outside], half_bits)
        outside = outside[items[outside] >= np.uint64(size)]
    return items.astype(np.int64)


def _round_keys(seed: int, epochs: Int64[np.ndarray, " n"]) -> UInt64[np.ndarray, "rounds n"]:
    distinct, places = np.unique(epochs, return_inverse=True)
    keys = [
        [derive_seed(seed, "epoch", int(epoch), round_) for epoch in distinct] for round_ in range(_ROUNDS)
    ]
    return np.array(keys, dtype=np.uint64)[:, places]


def _feistel(
    values: UInt64[np.ndarray, " n"], keys: UInt64[np.ndarray, "rounds n"], half_bits: int
) -> UInt64[np.ndarray, " n"]:
    shift, mask = np.uint64(half_bits), np.uint64((1 << half_bits) - 1)
    left, right = values >> shift, values & mask
    for key in keys:
        left, right = right, left ^ (mix(right ^ key) & mask)
    return (left << shift) | right


def mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scramble 64 bits: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
