"""Files that hold many documents: the text field of each row of a JSONL or Parquet file."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from mypt.documents.characters import normalise_characters
from mypt.documents.raw_file import Unreadable

SUFFIXES = {".jsonl": "jsonl", ".jsonl.gz": "jsonl", ".jsonl.zst": "jsonl", ".parquet": "parquet"}

_ROWS_AT_A_TIME = 512
_LONGEST_ROW = 256 * 2**20


def records_format(name: str) -> str | None:
    """Return `jsonl` or `parquet` for a file of that name, None for any other."""
    lower = name.lower()
    return next((format_ for suffix, format_ in SUFFIXES.items() if lower.endswith(suffix)), None)


def read_records(path: Path, field: str) -> Iterator[str]:
    """Yield the text of each row, little by little, so that a file may be larger than memory.

    Raises Unreadable, naming the row, where a row is damaged or has no such text.
    """
    rows = _parquet_rows(path, field) if records_format(path.name) == "parquet" else _json_rows(path, field)
    for number, value in enumerate(rows, start=1):
        if not isinstance(value, str):
            raise Unreadable("malformed", f"row {number} has no text in its field {field!r}")
        yield normalise_characters(value)


def _parquet_rows(path: Path, field: str) -> Iterator[object]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_ROWS_AT_A_TIME, columns=[field]):
                for column in batch.columns:
                    yield from column.to_pylist()
                if not batch.columns:
                    yield None
    except (OSError, pa.ArrowException) as error:
        raise Unreadable("malformed", f"not a Parquet file that can be read: {error}") from error


def _json_rows(path: Path, field: str) -> Iterator[object]:
    with _open(path) as file:
        number = 0
        while line := _line(file):
            number += 1
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise Unreadable("malformed", f"row {number} is not JSON: {error}") from error
            yield row.get(field) if isinstance(row, dict) else None


def _line(file: io.BufferedIOBase) -> bytes:
    try:
        line = file.readline(_LONGEST_ROW + 1)
    except (OSError, EOFError, zstandard.ZstdError) as error:
        raise Unreadable("malformed", f"cannot be uncompressed: {error}") from error
    if len(line) > _LONGEST_ROW:
        raise Unreadable("too large", f"a row of more than {_LONGEST_ROW} bytes")
    return line


def _open(path: Path) -> io.BufferedIOBase:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rb")
    if path.name.lower().endswith(".zst"):
        return io.BufferedReader(zstandard.open(path, "rb"))
    return path.open("rb")
