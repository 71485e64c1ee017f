"""The vectors of one embedder as a file that is mapped, and made anew whenever it is not what it must be.

The database is the truth; this file can be deleted. Its first 4,096 bytes name what it was made of, then come
the matrix in half precision, in the order of the passages, and one bit for each row that has a vector. The
digest of all that is checked whenever it is opened.
"""

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from jaxtyping import Bool, Float16

from mypt.errors import InputError, StorageFull
from mypt.files import canonical_json, fsync_folder, sha256_bytes, storage_errors
from mypt.retrieval.flat_store import FlatStore
from mypt.workspace.passage_table import PassageTable
from mypt.workspace.vectors import Vectors

_MAGIC = b"MyPTvec1"
_HEADER_BYTES = 4_096
_LATE_SHARE = 0.02
"""New vectors are let in when they are this share of all rows; so while an embedder catches up, not every
search writes the file again."""


class VectorSource(Protocol):
    """The part of a workspace that keeps vectors."""

    def n_vectors(self, embedder_digest: str) -> int:
        """Return how many passages have a vector."""
        ...

    def vectors(self, embedder_digest: str) -> Vectors:
        """Return all vectors of an embedder, with the numbers of their passages."""
        ...


@dataclass(frozen=True)
class _Contents:
    """What a file holds, as its header says."""

    embedder: str
    passages: str
    """The digest of the numbers and ids of all passages, in order."""
    rows: int
    dimensions: int
    present: int
    """Rows with a vector."""
    sha256: str = ""
    """Of everything behind the header."""

    @property
    def n_bytes(self) -> int:
        return _HEADER_BYTES + 2 * self.rows * self.dimensions + (self.rows + 7) // 8


@dataclass(frozen=True, eq=False)
class CachedVectors:
    """A vector for each row of a passage table that has one."""

    matrix: Float16[np.ndarray, "rows dimensions"]
    present: Bool[np.ndarray, " rows"]

    def store(self, ids: Sequence[str], threads: int = 1) -> FlatStore:
        """Return the store that searches them."""
        return FlatStore(ids, self.matrix, self.present, threads)


def cache_path(folder: Path, embedder_digest: str) -> Path:
    """Return where the vectors of an embedder lie in the folder of a workspace's caches."""
    return folder / f"vectors-{embedder_digest[:12]}.bin"


def open_vectors(
    folder: Path, table: PassageTable, source: VectorSource, embedder_digest: str, n_dimensions: int
) -> CachedVectors:
    """Return the vectors of the passages in a table, from the file when it is whole and of these passages.

    Else the file is made anew, to the same bytes whenever passages and vectors are the same; where it cannot
    be written, the vectors are used from memory. Raises InputError when the database's vectors have another
    length. Table and vectors are of one state inside a `Workspace.snapshot`.
    """
    path = cache_path(folder, embedder_digest)
    n_vectors = source.n_vectors(embedder_digest)
    wanted = _Contents(embedder_digest, _digest_of(table), len(table), n_dimensions, n_vectors)
    cached = _read(path, wanted)
    if cached is not None:
        return cached
    matrix, present = _from_database(table, source.vectors(embedder_digest), wanted)
    with suppress(InputError, StorageFull):  # who may only read a workspace can search it all the same
        _write(path, wanted, matrix, present)
    return CachedVectors(matrix, present)


def _digest_of(table: PassageTable) -> str:
    """Numbers tell passages of one database apart; ids notice another database in its place."""
    return sha256_bytes(table.numbers.astype("<i8").tobytes() + "\n".join(table.ids).encode())


def _read(path: Path, wanted: _Contents) -> CachedVectors | None:
    """Return what a file holds, or None when it is missing, damaged, or of other passages or vectors."""
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError):  # ValueError: an empty file cannot be mapped
        return None
    found = _header(data[:_HEADER_BYTES].tobytes())
    if found is None or not _serves(found, wanted) or len(data) != found.n_bytes:
        return None
    body = data[_HEADER_BYTES:]
    if hashlib.sha256(body.data).hexdigest() != found.sha256:
        return None
    n_matrix_bytes = 2 * found.rows * found.dimensions
    matrix = body[:n_matrix_bytes].view("<f2").reshape(found.rows, found.dimensions)
    return CachedVectors(matrix, np.unpackbits(body[n_matrix_bytes:], count=found.rows).astype(np.bool_))


def _header(data: bytes) -> _Contents | None:
    """Return what a header says, or None when one bit of it is not as it was written."""
    try:
        contents = _Contents(**json.loads(data.removeprefix(_MAGIC).rstrip(b"\x00")))
    except (ValueError, TypeError):
        return None
    return contents if data == _header_bytes(contents) else None


def _header_bytes(contents: _Contents) -> bytes:
    return (_MAGIC + canonical_json(asdict(contents))).ljust(_HEADER_BYTES, b"\x00")


def _serves(found: _Contents, wanted: _Contents) -> bool:
    """Say whether a file is of these passages and at most a little behind with their vectors."""
    same = ("embedder", "passages", "rows", "dimensions")
    is_late = wanted.present - found.present
    is_complete = wanted.present >= wanted.rows
    allowance = 0 if is_complete else _LATE_SHARE * wanted.rows
    return 0 <= is_late <= allowance and all(getattr(found, key) == getattr(wanted, key) for key in same)


def _from_database(
    table: PassageTable, vectors: Vectors, wanted: _Contents
) -> tuple[Float16[np.ndarray, "rows dimensions"], Bool[np.ndarray, " rows"]]:
    """Return matrix and mask; vectors of passages that came after the table was read are left for later."""
    matrix = np.zeros((wanted.rows, wanted.dimensions), dtype="<f2")
    present = np.zeros(wanted.rows, dtype=np.bool_)
    if not len(vectors.numbers):
        return matrix, present
    if vectors.matrix.shape[1] != wanted.dimensions:
        raise InputError(
            f"embedder {wanted.embedder[:12]}: the database holds vectors of {vectors.matrix.shape[1]} "
            f"numbers, expected {wanted.dimensions}"
        )
    is_known = np.isin(vectors.numbers, table.numbers, assume_unique=True)
    rows = table.positions(vectors.numbers[is_known])
    matrix[rows] = vectors.matrix[is_known]
    present[rows] = True
    return matrix, present


def _write(
    path: Path,
    wanted: _Contents,
    matrix: Float16[np.ndarray, "rows dimensions"],
    present: Bool[np.ndarray, " rows"],
) -> None:
    """Put a file in place whole or not at all."""
    bits = np.packbits(present)
    digest = hashlib.sha256(matrix.data)
    digest.update(bits.data)
    staging = path.with_name(f".{path.name}.{threading.get_ident()}.{os.getpid()}.staging")
    contents = replace(wanted, present=int(present.sum()), sha256=digest.hexdigest())
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with storage_errors(path):
            with staging.open("wb") as file:
                file.write(_header_bytes(contents))
                file.write(matrix.data)
                file.write(bits.data)
                file.flush()
                os.fsync(file.fileno())
            staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)
    fsync_folder(path.parent)
