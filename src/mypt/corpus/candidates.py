"""Documents that may be near-duplicates: those that share a key and whose signatures agree enough, in groups.

One band of keys is sorted at a time, in as many parts as its share of memory
asks for. In a bucket the first document leads: all others are compared with it,
those nearly equal to it are done, and the rest goes on with the next leader. So
a bucket of ten thousand copies of one header costs ten thousand comparisons.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mypt.corpus.minhash import N_VALUES, NO_KEY
from mypt.documents.words import kernels
from mypt.documents.words_plain import Hashes, Offsets, Values
from mypt.errors import InputError

_MAX_LEADERS = 256  # per bucket and band; whom it parts, other bands bring together
_BYTES_PER_KEY = 64  # of a part while it is sorted
_PAIRS_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Fingerprints:
    """What is known of every document, by its number; arrays may be maps of files."""

    signatures: Values
    """(documents, 128)."""
    keys: Hashes
    """(bands, documents)."""
    sizes: Offsets
    """Bytes of the text."""
    digests: Hashes
    """The first eight bytes of the text's sha256, big-endian."""

    def __post_init__(self) -> None:
        """Refuse arrays of different lengths."""
        lengths = {len(self.signatures), self.keys.shape[1], len(self.sizes), len(self.digests)}
        if len(lengths) > 1:
            raise InputError(f"signatures, keys, sizes and digests of {sorted(lengths)} documents")

    def ranks(self) -> Offsets:
        """Return the numbers as documents are preferred: the longest, then the least digest."""
        return np.lexsort((self.digests, -self.sizes))


def least_agreement(threshold: float) -> int:
    """Return how many values must agree before texts are read: four deviations below the expected."""
    return math.floor(N_VALUES * threshold - 4 * math.sqrt(N_VALUES * threshold * (1 - threshold)))


def groups(fingerprints: Fingerprints, threshold: float, memory_bytes: int) -> list[Offsets]:
    """Return groups of two or more documents, the preferred first, that hold every likely pair."""
    by_rank = fingerprints.ranks()
    edges = np.zeros(0, dtype=np.uint64)
    for band in fingerprints.keys:
        for ranks, starts in _buckets(band, by_rank, memory_bytes):
            numbers = by_rank[ranks]
            found = _lead(fingerprints.signatures, numbers, starts, threshold)
            edges = np.union1d(
                edges, ranks[found[0]].astype(np.uint64) << np.uint64(32) | ranks[found[1]].astype(np.uint64)
            )
    return [by_rank[group] for group in _connected(edges)]


def _buckets(band: Hashes, by_rank: Offsets, memory_bytes: int) -> Iterator[tuple[Offsets, Offsets]]:
    """Yield, part by part, the ranks of documents that share a key, by bucket, and where each starts."""
    n_parts = max(1, math.ceil(len(band) * _BYTES_PER_KEY / memory_bytes))
    for part in range(n_parts):
        keys = np.asarray(band)[by_rank]
        ranks = np.flatnonzero((keys != NO_KEY) & (keys % np.uint64(n_parts) == part))
        keys = keys[ranks]
        order = np.argsort(keys, kind="stable")
        keys, ranks = keys[order], ranks[order]
        is_first = np.ones(len(keys) + 1, dtype=bool)
        is_first[1:-1] = keys[1:] != keys[:-1]
        shared = ~(is_first[:-1] & is_first[1:])
        if shared.any():
            yield ranks[shared], np.flatnonzero(is_first[:-1][shared])


def _lead(signatures: Values, numbers: Offsets, starts: Offsets, threshold: float) -> tuple[Offsets, Offsets]:
    """Return pairs of places in `numbers` whose signatures agree enough, each with the leader of a round."""
    least = least_agreement(threshold)
    # Distance obeys the triangle: whoever is this near to a leader has no partner that the leader would miss.
    equal = N_VALUES - math.floor(1.7 * math.sqrt(N_VALUES * threshold * (1 - threshold)))
    places = np.arange(len(numbers))
    bucket = np.repeat(np.arange(len(starts)), np.diff([*starts, len(numbers)]))
    left, right = [], []
    for _ in range(_MAX_LEADERS):
        if not len(places):
            break
        is_leader = np.r_[True, bucket[1:] != bucket[:-1]]
        leaders = places[is_leader][np.cumsum(is_leader) - 1]
        places, leaders, bucket = places[~is_leader], leaders[~is_leader], bucket[~is_leader]
        agreed = _agreements(signatures, numbers[leaders], numbers[places])
        left.append(leaders[agreed >= least])
        right.append(places[agreed >= least])
        places, bucket = places[agreed < equal], bucket[agreed < equal]
    return np.concatenate(left), np.concatenate(right)


def _agreements(signatures: Values, left: Offsets, right: Offsets) -> npt.NDArray[np.int64]:
    parts = [
        kernels.agreements(signatures, left[i : i + _PAIRS_AT_ONCE], right[i : i + _PAIRS_AT_ONCE])
        for i in range(0, len(left), _PAIRS_AT_ONCE)
    ]
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _connected(edges: Hashes) -> list[Offsets]:
    """Return the connected components of edges between ranks, each in order, in the order of their first."""
    ends = np.stack([edges >> np.uint64(32), edges & np.uint64(2**32 - 1)]).astype(np.int64)
    nodes, (left, right) = np.unique(ends, return_inverse=True)
    label = np.arange(len(nodes))
    while len(left):
        least = label.copy()
        np.minimum.at(least, label[left], label[right])
        np.minimum.at(least, label[right], label[left])
        while (jumped := least[least]).tolist() != least.tolist():
            least = jumped
        if (least == label).all():
            break
        label = least
    order = np.argsort(label, kind="stable")
    return np.split(nodes[order], np.flatnonzero(np.diff(label[order])) + 1) if len(nodes) else []
