"""The tables beside a corpus's documents: what was left out and why, and which copies belong together."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mypt.corpus.duplicates import Candidates, Copies
from mypt.corpus.prepare import DROPPED_NAME, DROPPED_SCHEMA
from mypt.documents.parts import read_table, table_writer, write_table

DROPPED = "dropped.parquet"
CLUSTERS = "clusters.parquet"

CLUSTER_SCHEMA = pa.schema(
    [
        ("cluster", pa.string()),
        ("id", pa.string()),
        ("raw_sha256", pa.binary(32)),
        ("sha256", pa.binary(32)),
        ("similarity", pa.float64()),
    ]
)
"""One row is one document of a cluster of copies; `cluster` is the id of the one that is kept."""

DUPLICATES = ("exact duplicate", "near duplicate")
DELETED = "deleted on request"


def write_dropped(
    path: Path, prepared: Sequence[Path], candidates: Candidates, copies: Copies, deleted: Candidates
) -> None:
    """Write a row for each document that was left out."""
    with table_writer(path, DROPPED_SCHEMA) as writer:
        for table in _dropped(prepared, candidates, copies, deleted):
            writer.write_table(table)


def write_clusters(path: Path, candidates: Candidates, copies: Copies) -> None:
    """Write the clusters of two or more documents."""
    sizes = np.bincount(copies.kept_as, minlength=len(candidates))
    members = np.flatnonzero(sizes[copies.kept_as] > 1)
    members = members[np.argsort(copies.kept_as[members], kind="stable")]
    rows = candidates.rows.take(pa.array(members)).select(["id", "raw_sha256", "sha256"])
    names = candidates.rows["id"].take(pa.array(copies.kept_as[members]))
    table = rows.add_column(0, "cluster", names).append_column(
        "similarity", pa.array(copies.similarity[members])
    )
    write_table(path, table.cast(CLUSTER_SCHEMA))


def _dropped(
    prepared: Sequence[Path], candidates: Candidates, copies: Copies, deleted: Candidates
) -> Iterator[pa.Table]:
    for folder in prepared:
        yield read_table(folder / DROPPED_NAME).cast(DROPPED_SCHEMA)
    yield _table(deleted.rows.to_pylist(), DELETED)
    gone = np.flatnonzero(~copies.is_kept)
    rows = candidates.rows.take(pa.array(gone)).to_pylist()
    kept = candidates.rows["id"].take(pa.array(copies.kept_as[gone])).to_pylist()
    for row, name, is_exact, similarity in zip(
        rows, kept, copies.is_exact[gone], copies.similarity[gone], strict=True
    ):
        row["reason"] = DUPLICATES[0 if is_exact else 1]
        row["detail"] = f"of {name}" if is_exact else f"of {name}, {similarity:.2f} alike"
    yield _table(rows)


def _table(rows: list[dict[str, Any]], reason: str = "") -> pa.Table:
    columns = [
        {
            name: {"reason": reason, "detail": "", "beginning": "", **row}[name]
            for name in DROPPED_SCHEMA.names
        }
        for row in rows
    ]
    return pa.Table.from_pylist(columns, schema=DROPPED_SCHEMA)


def reason_counts(path: Path) -> dict[str, int]:
    """Return how many documents were left out for each reason."""
    counts = pc.value_counts(read_table(path, ["reason"])["reason"].combine_chunks()).to_pylist()
    return dict(sorted((row["values"], row["counts"]) for row in counts))
