"""The exact store: a matrix in half precision, read whole for each query, in this process.

What it returns depends on the vectors alone. Each row's similarity is summed in an order of its own, whatever
else is allowed and however many threads read; the best are then summed again in double precision from the
stored numbers, so that no row is missed and ties fall to the lower row.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numba
import numpy as np
from jaxtyping import Bool, Float, Float16, Float32, Int64, UInt16
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from mypt.errors import InputError
from mypt.retrieval.vector_store import (
    Nearest,
    check_search,
    check_vectors,
    nothing_found,
    rows_by_id,
    rows_of,
)

_ROWS_PER_THREAD = 8_192
"""Fewer rows are read sooner by one thread than handed out."""
_UNIT = 2.0**-24
"""The relative error of one operation in single precision."""


class FlatStore:
    """Unit vectors by row, scored exactly."""

    def __init__(
        self,
        ids: Sequence[str],
        matrix: Float16[np.ndarray, "rows dimensions"],
        present: Bool[np.ndarray, " rows"],
        threads: int = 1,
    ) -> None:
        """Take a matrix in the order of ids; it may lie on disk and is never written to.

        Raises InputError when ids repeat, or when matrix, mask and ids do not fit together.
        """
        self._row_of = rows_by_id(ids)
        if matrix.ndim != 2 or matrix.dtype != np.float16 or len(matrix) != len(ids):
            raise InputError(f"a matrix of {matrix.shape} {matrix.dtype} for {len(ids)} passages")
        if present.shape != (len(ids),) or present.dtype != np.bool_:
            raise InputError(f"a mask of {present.shape} {present.dtype} for {len(ids)} passages")
        self._matrix = matrix
        self._present = present.copy()
        self._owns_matrix = False
        self._threads = max(1, threads)
        self._readers = ThreadPoolExecutor(
            self._threads, "flat-store"
        )  # starts none before the first is needed

    @classmethod
    def empty(cls, ids: Sequence[str], n_dimensions: int, threads: int = 1) -> "FlatStore":
        """Return a store in which no row has a vector yet."""
        return cls(ids, np.zeros((len(ids), n_dimensions), np.float16), np.zeros(len(ids), np.bool_), threads)

    @property
    def present(self) -> Bool[np.ndarray, " rows"]:
        """Return which rows have a vector by now."""
        return self._present

    def add(self, ids: Sequence[str], vectors: Float[np.ndarray, "ids dimensions"]) -> None:
        """Keep vectors in memory, also in place of earlier ones; what lies on disk stays as it is.

        Raises InputError for an id that no row has, and for vectors that do not fit.
        """
        rows = rows_of(ids, self._row_of)
        check_vectors(len(ids), vectors, self._matrix.shape[1])
        if not self._owns_matrix:
            self._matrix, self._owns_matrix = np.array(self._matrix), True
        self._matrix[rows] = vectors
        self._present[rows] = True

    def remove(self, ids: Sequence[str]) -> None:
        """Forget the vectors of ids; ids that are not there are passed over."""
        self._present[[self._row_of[passage] for passage in ids if passage in self._row_of]] = False

    def similarities(
        self, query: Float32[np.ndarray, " dimensions"], allowed: Bool[np.ndarray, " rows"]
    ) -> Float32[np.ndarray, " rows"]:
        """Return the similarity of each allowed row with a vector, and NaN for every other.

        A row's number has the same bits whatever else is allowed and however many threads read.
        """
        check_search(query, allowed, self._matrix.shape)
        similarities = np.full(len(allowed), np.nan, dtype=np.float32)
        compared = np.flatnonzero(allowed & self._present)
        similarities[compared] = self._scan(query, compared)
        return similarities

    def search(
        self, query: Float32[np.ndarray, " dimensions"], allowed: Bool[np.ndarray, " rows"], k: int
    ) -> Nearest:
        """Return the k nearest among the allowed rows, or all of them when they are fewer."""
        check_search(query, allowed, self._matrix.shape)
        compared = np.flatnonzero(allowed & self._present)
        if len(compared) == 0:
            return nothing_found()
        rough = self._scan(query, compared)
        rows, best = self._best(query, compared, rough, k)
        return Nearest(
            rows, best, float(rough.mean(dtype=np.float64)), float(rough.std(dtype=np.float64)), len(rough)
        )

    def _best(
        self,
        query: Float32[np.ndarray, " dimensions"],
        compared: Int64[np.ndarray, " compared"],
        rough: Float32[np.ndarray, " compared"],
        k: int,
    ) -> tuple[Int64[np.ndarray, " found"], Float32[np.ndarray, " found"]]:
        """Sum again every row whose rough similarity could, with its error, belong to the best k."""
        k = min(k, len(rough))
        if k < 1:
            return compared[:0], rough[:0]
        margin = 2 * _UNIT * len(query) * float(np.linalg.norm(query))
        candidates = compared[rough >= np.partition(rough, -k)[-k] - margin]
        exact = (self._matrix[candidates].astype(np.float64) * query.astype(np.float64)).sum(axis=1)
        order = np.lexsort((candidates, -exact))[:k]
        return candidates[order], exact[order].astype(np.float32)

    def _scan(
        self, query: Float32[np.ndarray, " dimensions"], compared: Int64[np.ndarray, " compared"]
    ) -> Float32[np.ndarray, " compared"]:
        similarities = np.empty(len(compared), dtype=np.float32)
        halves, query = self._matrix.view(np.uint16), np.ascontiguousarray(query, np.float32)
        n_parts = max(1, min(self._threads, len(compared) // _ROWS_PER_THREAD))
        bounds = [len(compared) * part // n_parts for part in range(n_parts + 1)]
        parts = [slice(start, stop) for start, stop in pairwise(bounds)]
        others = [
            self._readers.submit(_score_rows, halves, query, compared[part], similarities[part])
            for part in parts[1:]
        ]
        _score_rows(halves, query, compared[parts[0]], similarities[parts[0]])
        for other in others:
            other.result()
        return similarities


def _widen(typing_context: Any, half: Any) -> Any:  # noqa: ARG001  # the compiler's own form
    """Return how the bits of a number in half precision become one in single precision: one instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        half_bits = builder.bitcast(arguments[0], ir.HalfType())
        return builder.fpext(half_bits, ir.FloatType())

    return types.float32(types.uint16), generate


_single: Any = intrinsic(_widen)


def _score(
    halves: UInt16[np.ndarray, "rows dimensions"],
    query: Float32[np.ndarray, " dimensions"],
    rows: Int64[np.ndarray, " compared"],
    similarities: Float32[np.ndarray, " compared"],
) -> None:
    """Write the similarity of each of some rows."""
    for place in range(rows.size):
        values = halves[rows[place]]
        total = np.float32(0)
        for dimension in range(query.size):
            total += _single(values[dimension]) * query[dimension]
        similarities[place] = total


# Sums may be taken in lanes, the same for every row: without them a row takes eight times as long.
_score_rows: Callable[..., None] = numba.njit(
    nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"}
)(_score)
