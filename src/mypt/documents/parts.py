"""Documents on disk: Parquet parts with fixed settings, so that the same rows give the same bytes."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mypt.documents.document import Document
from mypt.errors import InputError
from mypt.files import storage_errors

_ROWS_PER_GROUP = 1024

DOCUMENT_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("origin", pa.string()),
        ("licence", pa.string()),
        ("language", pa.string()),
        ("category", pa.string()),
        ("format", pa.string()),
        ("raw_sha256", pa.binary(32)),
        ("sha256", pa.binary(32)),
        ("n_bytes", pa.int64()),
        ("text", pa.string()),
    ]
)
"""One row is one document of a corpus; rows come in the order of their ids."""


def part_paths(folder: Path) -> list[Path]:
    """Return the parts of a corpus in the order of their documents; InputError when there are none."""
    paths = sorted(folder.glob("documents-*.parquet"))
    if not paths:
        raise InputError(f"{folder}: holds no documents")
    return paths


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table with the settings that all our tables have."""
    with table_writer(path, table.schema) as writer:
        writer.write_table(table, row_group_size=_ROWS_PER_GROUP)


def table_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Open a table for writing; digests and texts, which never repeat, get no dictionary."""
    repeated = [
        field.name
        for field in schema
        if pa.types.is_string(field.type) and field.name not in ("id", "text", "path", "detail")
    ]
    with storage_errors(path):
        return pq.ParquetWriter(
            path, schema, compression="zstd", compression_level=3, version="2.6", use_dictionary=repeated,
            write_statistics=False, data_page_size=2**20, store_schema=False,
        )  # fmt: skip


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a table, or some of its columns; InputError when the file is damaged."""
    try:
        return pq.read_table(path, columns=list(columns) if columns else None, memory_map=True)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: not a table that can be read: {error}") from error


def read_batches(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield a table in pieces that fit into little memory."""
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            yield from file.iter_batches(
                batch_size=_ROWS_PER_GROUP, columns=list(columns) if columns else None
            )
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: not a table that can be read: {error}") from error


def to_table(documents: Iterable[Document]) -> pa.Table:
    """Return documents as rows."""
    return pa.Table.from_pylist([document.to_row() for document in documents], schema=DOCUMENT_SCHEMA)


def read_documents(folder: Path) -> Iterator[Document]:
    """Yield every document of a corpus, in the order of their ids."""
    for path in part_paths(folder):
        for batch in read_batches(path):
            yield from (Document.from_row(row) for row in batch.to_pylist())
