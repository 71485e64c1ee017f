"""What a store of vectors is: unit vectors by row, and the nearest among the rows that are allowed.

A row is the place of a passage in the list of ids that the store was opened with, which is the order of
`Workspace.all_passages()`; so one mask and one numbering serve every store and the keyword index.

How a fusion that wants z-scores treats all stores alike: `search` returns the nearest rows together with
mean and deviation of the similarities of the allowed rows; `(similarity - mean) / deviation` is the z-score.
A row that another method found is asked for by `search(query, mask of those rows, their number)`. The flat
store and PostgreSQL take mean and deviation from all allowed rows, Qdrant from a fixed sample of them
(`n_compared` says of how many). A store that holds its vectors in this process is an `ExactVectorStore`: it
can return the similarity of every row at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

from mypt.errors import InputError


@dataclass(frozen=True)
class Nearest:
    """The rows nearest to a query, best first, and how similar allowed rows are in general."""

    rows: Int64[np.ndarray, " found"]
    similarities: Float32[np.ndarray, " found"]
    """Cosines, falling; rows that are equally similar stand in the order of their numbers."""
    mean: float
    deviation: float
    """Of the similarities of the rows that were compared; 0 when there are fewer than two."""
    n_compared: int
    """How many allowed rows with a vector mean and deviation come from."""


@runtime_checkable
class VectorStore(Protocol):
    """Anything that keeps a unit vector for each row and finds the nearest."""

    @property
    def present(self) -> Bool[np.ndarray, " rows"]:
        """Return which rows have a vector by now; the others are never found."""
        ...

    def add(self, ids: Sequence[str], vectors: Float[np.ndarray, "ids dimensions"]) -> None:
        """Keep vectors, also in place of earlier ones; InputError for an id that no row has."""
        ...

    def remove(self, ids: Sequence[str]) -> None:
        """Forget the vectors of ids; ids that are not there are passed over."""
        ...

    def search(
        self, query: Float32[np.ndarray, " dimensions"], allowed: Bool[np.ndarray, " rows"], k: int
    ) -> Nearest:
        """Return the k nearest among the allowed rows, or all of them when they are fewer."""
        ...


@runtime_checkable
class ExactVectorStore(VectorStore, Protocol):
    """A store that can say at once how similar each row is."""

    def similarities(
        self, query: Float32[np.ndarray, " dimensions"], allowed: Bool[np.ndarray, " rows"]
    ) -> Float32[np.ndarray, " rows"]:
        """Return the similarity of each allowed row, the same bits whatever else is allowed; else NaN."""
        ...


def rows_by_id(ids: Sequence[str]) -> dict[str, int]:
    """Return the row of each id; InputError when one is listed twice."""
    rows = {passage: row for row, passage in enumerate(ids)}
    if len(rows) != len(ids):
        raise InputError(f"{len(ids) - len(rows)} passages are listed twice")
    return rows


def rows_of(ids: Sequence[str], rows: dict[str, int]) -> Int64[np.ndarray, " ids"]:
    """Return the rows of ids; InputError names one that has none."""
    strangers = [passage for passage in ids if passage not in rows]
    if strangers:
        raise InputError(f"passage {strangers[0]!r} is not among the {len(rows)} the store was opened with")
    return np.fromiter((rows[passage] for passage in ids), dtype=np.int64, count=len(ids))


def check_vectors(n_ids: int, vectors: Float[np.ndarray, "ids dimensions"], n_dimensions: int) -> None:
    """Raise InputError unless there is one finite vector of the right length for each id."""
    if vectors.shape != (n_ids, n_dimensions):
        raise InputError(f"vectors of shape {vectors.shape}, expected {(n_ids, n_dimensions)}")
    if not np.isfinite(vectors).all():
        raise InputError("a vector holds a number that is not finite")


def check_search(
    query: Float32[np.ndarray, " dimensions"], allowed: Bool[np.ndarray, " rows"], shape: tuple[int, int]
) -> None:
    """Raise InputError unless query and mask fit the store's rows and dimensions."""
    n_rows, n_dimensions = shape
    if query.shape != (n_dimensions,) or not np.isfinite(query).all():
        raise InputError(f"a query of shape {query.shape}, expected {(n_dimensions,)} finite numbers")
    if allowed.shape != (n_rows,) or allowed.dtype != np.bool_:
        raise InputError(f"a mask of {allowed.shape} {allowed.dtype}, expected {(n_rows,)} truth values")


def nothing_found() -> Nearest:
    """Return what a search among no rows finds."""
    return Nearest(np.empty(0, np.int64), np.empty(0, np.float32), 0.0, 0.0, 0)
