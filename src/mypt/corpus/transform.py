"""The task that turns a group of files into texts, or says of each why it has none."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pyarrow as pa

from mypt.corpus.listing import SourceFile
from mypt.corpus.source import Source
from mypt.documents.compression import uncompressed
from mypt.documents.formats import BY_NAME, format_of
from mypt.documents.parts import table_writer
from mypt.documents.raw_file import RawFile, Unreadable
from mypt.documents.records import read_records, records_format
from mypt.errors import InputError
from mypt.execution.task import Task
from mypt.files import sha256_bytes, sha256_file

TEXTS_NAME = "texts.parquet"

GROUP_BYTES = 16 * 2**20
"""Files are read in groups of about this size: what a kill costs, and what a change makes anew."""

_ROWS_AT_A_TIME = 256
_GROUP_ENDS = 128
_HEAD = 4096

TEXT_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("path", pa.string()),
        ("raw_sha256", pa.binary(32)),
        ("format", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("text", pa.string()),
    ]
)
"""One row is one document, with its text or the reason why there is none.

`path` is that of the file; of a file with many documents, with the number of the row."""


def file_groups(files: Sequence[SourceFile]) -> Iterator[list[SourceFile]]:
    """Yield the files in groups whose bounds follow from names, so that a new file changes one group."""
    group: list[SourceFile] = []
    n_bytes = 0
    for file in files:
        if group and n_bytes + file.bytes > GROUP_BYTES:
            yield group
            group, n_bytes = [], 0
        group.append(file)
        n_bytes += file.bytes
        ends = hashlib.sha256(file.path.encode()).digest()[0] % _GROUP_ENDS == 0
        if ends and n_bytes > GROUP_BYTES // 4:
            yield group
            group, n_bytes = [], 0
    if group:
        yield group


def transform_task(source: Source, files: Sequence[SourceFile], store: Path) -> Task:
    """Return the task; its result depends on the files, their names and the readers of their formats."""
    settings = source.settings
    rows = [[file.path, file.sha256] for file in files]
    options = {
        "formats": dict(settings.formats),
        "max_file_bytes": settings.max_file_bytes,
        "text_field": settings.text_field,
    }
    names = {_format_by_name(file.path, settings.formats) or format_of(file.path, b"") for file in files}
    reads_neighbours = any(BY_NAME[name].reads_neighbours for name in names if name)
    neighbours = source.listing.digest if reads_neighbours else ""
    return Task(
        "mypt.corpus.transform:transform",
        {"root": source.root.as_posix(), "files": rows, **options},
        {
            "files": rows,
            **options,
            "readers": {name: reader.version for name, reader in sorted(BY_NAME.items())},
            "neighbours": neighbours,
        },
        store,
    )


def transform(arguments: Mapping[str, Any], folder: Path) -> None:
    """Write a row for each document of each file; InputError when a file is not what was listed."""
    with table_writer(folder / TEXTS_NAME, TEXT_SCHEMA) as writer:
        rows: list[dict[str, Any]] = []
        n_characters = 0
        for row in (row for path, sha256 in arguments["files"] for row in _rows(path, sha256, arguments)):
            rows.append(row)
            n_characters += len(row.get("text") or "")
            if len(rows) == _ROWS_AT_A_TIME or n_characters > GROUP_BYTES // 4:
                writer.write_table(pa.Table.from_pylist(rows, schema=TEXT_SCHEMA))
                rows, n_characters = [], 0
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema=TEXT_SCHEMA))


def _rows(path: str, sha256: str, options: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    row = {"file": path, "path": path, "raw_sha256": bytes.fromhex(sha256)}
    whole = Path(options["root"]) / path
    try:
        if format_ := records_format(path):
            _require_digest(whole, sha256_file(whole), sha256)
            for number, text in enumerate(read_records(whole, options["text_field"]), start=1):
                yield {**row, "path": f"{path}#{number}", "format": format_, "text": text}
        else:
            yield {**row, **_read_whole(whole, path, sha256, options)}
    except Unreadable as error:
        yield {**row, "reason": error.reason, "detail": error.detail}


def _read_whole(whole: Path, path: str, sha256: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one text of a file; its bytes are hashed as they are read, and never read twice."""
    limit = options["max_file_bytes"]
    if (size := whole.stat().st_size) > limit:
        raise Unreadable("too large", f"{size} bytes, at most {limit}")
    raw = whole.read_bytes()
    _require_digest(whole, sha256_bytes(raw), sha256)
    name, data = uncompressed(path, raw, limit)
    format_ = _format_by_name(path, options["formats"]) or format_of(name, data[:_HEAD])
    if format_ is None:
        return {"reason": "unknown format", "detail": ""}
    return {"format": format_, "text": BY_NAME[format_].to_text(RawFile(name, data, Path(options["root"])))}


def _require_digest(path: Path, found: str, listed: str) -> None:
    if found != listed:
        raise InputError(f"{path}: changed while the corpus was built", hint="build it again")


def _format_by_name(path: str, formats: Mapping[str, str]) -> str | None:
    """Return the format that the recipe gives to a path, if it does."""
    return next((name for pattern, name in formats.items() if fnmatchcase(path, pattern)), None)
