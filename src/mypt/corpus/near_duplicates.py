"""Near-duplicates in clusters around one canonical document each, every member compared with it word by word.

No chains: a member resembles its canonical document itself. Preferred are the
longest, then the one of the least digest, so neither the order on disk nor the
number of workers decides what is kept.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Annotated, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mypt.config import Section
from mypt.corpus.candidates import Fingerprints, groups, least_agreement
from mypt.corpus.minhash import SHINGLE_WORDS, comparable
from mypt.documents.words import kernels, ngram_hashes
from mypt.documents.words_plain import Hashes, Offsets
from mypt.errors import InputError

ReadTexts: TypeAlias = Callable[[Offsets], Iterable[str]]
"""Gives the texts of documents by their numbers, which come sorted, as they lie on disk."""

_SETS_PER_TEXT = 4  # bytes of memory for each byte of text, while texts are compared
_TEXTS_AT_ONCE = 256  # so that what is computed of them stays in the cache


class NearDuplicateConfig(Section):
    """When two documents are near-duplicates."""

    threshold: Annotated[float, Field(ge=0.5, lt=1.0)] = 0.8
    """Least Jaccard index of the sets of word 5-grams between a document and the one that is kept for it."""
    max_cluster: Annotated[int, Field(ge=2)] = 1000
    """Most documents in one cluster; more is taken for a mistake, and the build fails."""
    memory_bytes: Annotated[int, Field(ge=1 << 20)] = 2 << 30
    """Memory for sorting keys and for comparing texts."""


@dataclass(frozen=True)
class Clusters:
    """Which document is kept for which."""

    canonical: Offsets
    """By document number: the document that is kept for it; its own number when it is kept itself."""
    similarity: npt.NDArray[np.float64]
    """By document number: the Jaccard index with the canonical document; 1 for itself."""

    @property
    def n_duplicates(self) -> int:
        """Return how many documents are not kept."""
        return int((self.canonical != np.arange(len(self.canonical))).sum())

    def members(self, canonical: int) -> Offsets:
        """Return the numbers of a cluster's documents."""
        return np.flatnonzero(self.canonical == canonical)

    def largest(self, n: int = 20) -> list[tuple[int, int]]:
        """Return (canonical document, documents) of the largest clusters of two or more."""
        numbers, counts = np.unique(self.canonical, return_counts=True)
        order = [i for i in np.lexsort((numbers, -counts))[:n] if counts[i] > 1]
        return [(int(numbers[i]), int(counts[i])) for i in order]


def find_clusters(
    fingerprints: Fingerprints,
    read_texts: ReadTexts,
    config: NearDuplicateConfig,
    name_of: Callable[[int], str] = "document number {}".format,
) -> Clusters:
    """Return the clusters of all documents; InputError names one that is larger than allowed."""
    n = len(fingerprints.sizes)
    clusters = Clusters(np.arange(n), np.ones(n))
    candidates = groups(fingerprints, config.threshold, config.memory_bytes)
    open_groups: dict[int, _Group] = {}
    for batch in _batches(candidates, fingerprints.sizes, config.memory_bytes // _SETS_PER_TEXT):
        sets = _shingle_sets(np.concatenate([numbers for _, numbers in batch]), read_texts)
        for index, numbers in batch:
            group = open_groups.setdefault(index, _Group(fingerprints, config.threshold))
            for number in numbers.tolist():
                clusters.canonical[number], clusters.similarity[number] = group.place(number, sets[number])
        for index in [index for index in open_groups if index != batch[-1][0]]:
            del open_groups[index]
    _refuse_a_giant(clusters, config.max_cluster, name_of)
    return clusters


class _Group:
    """The canonical documents of one group of candidates so far, with their sets."""

    def __init__(self, fingerprints: Fingerprints, threshold: float) -> None:
        self._signatures = fingerprints.signatures
        self._threshold = threshold
        self._least = least_agreement(threshold)
        self._numbers: list[int] = []
        self._sets: list[Hashes] = []

    def place(self, number: int, shingles: Hashes) -> tuple[int, float]:
        """Return the canonical document nearest to this one, itself if none is near enough."""
        best, nearest = self._threshold, -1
        for index in self._likely(number):
            similarity = kernels.jaccard(self._sets[index], shingles)
            if similarity > best or (similarity == best and nearest < 0):
                best, nearest = similarity, index
        if nearest >= 0:
            return self._numbers[nearest], best
        self._numbers.append(number)
        self._sets.append(shingles)
        return number, 1.0

    def _likely(self, number: int) -> Sequence[int]:
        if len(self._numbers) < 2:
            return range(len(self._numbers))
        left = np.array(self._numbers)
        agreed = kernels.agreements(self._signatures, left, np.full(len(left), number))
        return np.flatnonzero(agreed >= self._least).tolist()


def _batches(
    candidates: list[Offsets], sizes: Offsets, max_bytes: int
) -> Iterator[list[tuple[int, Offsets]]]:
    """Yield (group, documents of it) so that the texts of each batch fit; a giant group comes in several."""
    batch: list[tuple[int, Offsets]] = []
    room = max_bytes
    for index in sorted(range(len(candidates)), key=lambda index: int(candidates[index].min())):
        numbers = candidates[index]
        cuts = np.flatnonzero(np.diff(np.cumsum(sizes[numbers]) // max_bytes)) + 1
        for part in np.split(numbers, cuts):
            needed = int(sizes[part].sum())
            if batch and needed > room:
                yield batch
                batch, room = [], max_bytes
            batch.append((index, part))
            room -= needed
    if batch:
        yield batch


def _shingle_sets(numbers: Offsets, read_texts: ReadTexts) -> dict[int, Hashes]:
    """Return each document's hashes of 5-grams, sorted."""
    in_order = np.sort(numbers)
    texts = iter(read_texts(in_order))
    sets: list[Hashes] = []
    while some := list(islice(texts, _TEXTS_AT_ONCE)):
        hashes, bounds = ngram_hashes(comparable(some), SHINGLE_WORDS)
        sets += [np.sort(hashes[start:stop]) for start, stop in pairwise(bounds)]
    if len(sets) != len(in_order):
        raise InputError(f"asked for the texts of {len(in_order)} documents, got {len(sets)}")
    return dict(zip(in_order.tolist(), sets, strict=True))


def _refuse_a_giant(clusters: Clusters, max_cluster: int, name_of: Callable[[int], str]) -> None:
    for number, size in clusters.largest(1):
        if size > max_cluster:
            raise InputError(
                f"{name_of(number)} would stand for {size} documents; max_cluster allows {max_cluster}",
                hint="look at some of them: if they are copies, raise max_cluster; if they share a header, "
                "it is missing in mypt.documents.boilerplate",
            )
