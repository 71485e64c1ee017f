"""The rows of a file, one after the other: JSONL, a JSON array or Parquet, each also gzipped."""

import gzip
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from mypt.errors import InputError
from mypt.sft.imports.rejection import Rejected

_GZIP, _PARQUET, _BOM = b"\x1f\x8b", b"PAR1", b"\xef\xbb\xbf"
_LONGEST = 64 * 2**20
_CHUNK = 2**20
_ROWS_AT_A_TIME = 256
_MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+("?)|[\[\]{},]', re.DOTALL)
_QUOTE, _COMMA, _OPEN, _CLOSE = b'"'[0], b","[0], b"[{", b"]}"


class Record(NamedTuple):
    """One row of a file."""

    number: int
    """From 1: its line, or which element of an array or row of a table it is."""
    value: object
    """A JSON value, or why there is none."""


def read_records(path: Path) -> Iterator[Record]:
    """Yield the rows of a file little by little, whatever its name ends in.

    A row that is not JSON has the reason as its value. Raises InputError for a file that is damaged.
    """
    try:
        with ExitStack() as stack:
            file: BinaryIO = stack.enter_context(path.open("rb"))
            if file.read(2) == _GZIP:
                file.seek(0)
                file = stack.enter_context(cast(BinaryIO, gzip.open(file)))  # noqa: SIM115
            file.seek(0)
            head = file.read(_CHUNK)
            file.seek(0)
            if head.startswith(_PARQUET):
                yield from _parquet(file, stack)
            elif head.removeprefix(_BOM).lstrip()[:1] == b"[":
                elements = filter(None, map(bytes.strip, _elements(file)))
                yield from (Record(number, _parsed(one)) for number, one in enumerate(elements, start=1))
            else:
                yield from _lines(file)
    except (OSError, EOFError, zlib.error, pa.ArrowException, _Damaged) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


class _Damaged(Exception):
    """A file whose further rows cannot be told apart."""


def _lines(file: BinaryIO) -> Iterator[Record]:
    number = 0
    while line := file.readline(_LONGEST + 1):
        number += 1
        if len(line) > _LONGEST:
            while line and not line.endswith(b"\n"):
                line = file.readline(_LONGEST)
            yield Record(number, Rejected("longer than 64 MiB"))
        elif text := line.removeprefix(_BOM).strip():
            yield Record(number, _parsed(text))


def _elements(file: BinaryIO) -> Iterator[bytes]:
    """Yield what stands between the commas of an array: a bad element does not hide those behind it."""
    data, start, at, depth = b"", 0, 0, 0
    while piece := file.read(max(_CHUNK, len(data) - start)):  # twice as much for what is longer
        data, at, start = data[start:] + piece, at - start, 0
        for mark in _MARK.finditer(data, at):
            sign = data[mark.start()]
            if sign == _QUOTE and not mark[1]:
                break
            at = mark.end()
            depth += (sign in _OPEN) - (sign in _CLOSE)
            if depth == 1 and sign in _OPEN:
                start = at
            elif depth == 0 or (depth == 1 and sign == _COMMA):
                yield data[start : mark.start()]
                start = at
                if depth == 0:
                    return _refuse_more(data[at:] + file.read(_CHUNK))
        if len(data) - start > _LONGEST:
            raise _Damaged("an element of the array is longer than 64 MiB, or has no end")
    raise _Damaged("the array has no end")


def _refuse_more(rest: bytes) -> None:
    if rest.strip():
        raise _Damaged("more follows on the end of the array")


def _parquet(file: BinaryIO, stack: ExitStack) -> Iterator[Record]:
    if isinstance(file, gzip.GzipFile):
        plain = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        shutil.copyfileobj(file, plain)
        file = cast(BinaryIO, plain)
    number = 0
    for batch in pq.ParquetFile(file).iter_batches(batch_size=_ROWS_AT_A_TIME):
        for row in range(batch.num_rows):
            number += 1
            try:
                value: object = batch.slice(row, 1).to_pylist()[0]
            except ValueError:  # among them UnicodeDecodeError
                value = Rejected("not Unicode text")
            yield Record(number, value)


def _parsed(data: bytes) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return Rejected(f"not JSON: {_kind(str(error))}")


def _kind(message: str) -> str:
    """Return what a parser says without where."""
    return message.partition(": line")[0]
