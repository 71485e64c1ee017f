"""Vectors of passages, kept for each embedder by its digest."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float16

from mypt.errors import InputError
from mypt.workspace.documents import passage_numbers
from mypt.workspace.permissions import Numbers

_MISSING = """
SELECT p.number FROM passages p
WHERE p.number > ? AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.embedder = ? AND v.passage = p.number)
ORDER BY p.number LIMIT ?
"""


@dataclass(frozen=True, eq=False)
class Vectors:
    """All vectors of one embedder."""

    numbers: Numbers
    """Of their passages, ascending."""
    matrix: Float16[np.ndarray, "vectors dimensions"]


def embedder_number(connection: sqlite3.Connection, digest: str) -> int:
    """Return the number of an embedder, 0 for one that has no vectors yet."""
    row = connection.execute("SELECT number FROM embedders WHERE digest = ?", (digest,)).fetchone()
    return row[0] if row else 0


def put_vectors(connection: sqlite3.Connection, digest: str, rows: Sequence[tuple[str, bytes]]) -> int:
    """Keep vectors by passage id, and return how many; those of passages that are gone are left out.

    Raises InputError when they are not all of the length that this embedder's vectors have.
    """
    connection.execute("INSERT OR IGNORE INTO embedders (digest) VALUES (?)", (digest,))
    embedder = embedder_number(connection, digest)
    _check_lengths(connection, embedder, digest, {len(vector) for _, vector in rows})
    numbers = passage_numbers(connection, [id_ for id_, _ in rows])
    kept = [(embedder, numbers[id_][0], vector) for id_, vector in rows if id_ in numbers]
    connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", kept)
    return len(kept)


def _check_lengths(connection: sqlite3.Connection, embedder: int, digest: str, lengths: set[int]) -> None:
    first = connection.execute(
        "SELECT length(vector) FROM vectors WHERE embedder = ? LIMIT 1", (embedder,)
    ).fetchone()
    lengths = lengths | set(first or ())
    if len(lengths) > 1 or any(length == 0 or length % 2 for length in lengths):
        raise InputError(
            f"embedder {digest[:12]}: its vectors have lengths of {sorted(lengths)} bytes, expected one",
            hint="two embedders must not have the same digest",
        )


def missing_numbers(connection: sqlite3.Connection, digest: str, after: int, limit: int) -> list[int]:
    """Return the numbers of the next passages after one that have no vector yet."""
    rows = connection.execute(_MISSING, (after, embedder_number(connection, digest), limit))
    return [number for (number,) in rows]


def count_vectors(connection: sqlite3.Connection, digest: str) -> int:
    """Return how many passages have a vector of an embedder."""
    embedder = embedder_number(connection, digest)
    (n_vectors,) = connection.execute(
        "SELECT count(*) FROM vectors WHERE embedder = ?", (embedder,)
    ).fetchone()
    return int(n_vectors)


def read_vectors(connection: sqlite3.Connection, digest: str, after: int) -> Vectors:
    """Return the vectors of an embedder whose passages have a higher number than one."""
    rows = connection.execute(
        "SELECT passage, vector FROM vectors WHERE embedder = ? AND passage > ? ORDER BY passage",
        (embedder_number(connection, digest), after),
    ).fetchall()
    matrix = np.frombuffer(b"".join(vector for _, vector in rows), dtype="<f2")
    numbers = np.array([number for number, _ in rows], dtype=np.int64)
    return Vectors(numbers, matrix.reshape(len(rows), -1) if rows else matrix.reshape(0, 0))
