"""Files of many rows give one text for each, little by little."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from mypt.documents import records
from mypt.documents.raw_file import Unreadable
from mypt.documents.records import read_records, records_format

TEXTS = ["Zürich\r\n„a“", "", "b\u00a0c", "<|endoftext|>"]
READ = ["Zürich\n„a“", "", "b c", "<|endoftext|>"]


def lines(texts: list[str]) -> bytes:
    return b"".join(json.dumps({"id": n, "text": text}).encode() + b"\n" for n, text in enumerate(texts))


def write(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith(".parquet"):
        pq.write_table(pa.table({"text": TEXTS, "other": [1, 2, 3, 4]}), path)
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(lines(TEXTS)))
    elif name.endswith(".zst"):
        path.write_bytes(zstandard.compress(lines(TEXTS)))
    else:
        path.write_bytes(lines(TEXTS))
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.JSONL.zst".lower(), "a.parquet"])
def test_each_row_is_a_text(tmp_path: Path, name: str) -> None:
    assert list(read_records(write(tmp_path, name), "text")) == READ


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_row_without_the_field_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable, match="malformed"):
        list(read_records(write(tmp_path, name), "content"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", b'{"text": "a"}\n{"text": \n'),
        ("a.jsonl", b"[1]\n"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "a"}\n' * 1000)[:-20]),
        ("a.jsonl.zst", b"nothing"),
        ("a.parquet", b"PAR1nothing"),
    ],
    ids=["half a row", "no object", "cut off", "no zstd", "no parquet"],
)
def test_a_damaged_file_is_malformed(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(Unreadable, match="malformed"):
        list(read_records(tmp_path / name, "text"))


def test_a_row_without_an_end_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_LONGEST_ROW", 1000)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"text": "' + b"a" * 10_000))

    with pytest.raises(Unreadable, match="too large"):
        list(read_records(tmp_path / "a.jsonl.gz", "text"))


def test_the_format_follows_from_the_name() -> None:
    names = ("a.jsonl", "A.JSONL.GZ", "a.parquet", "a.json")

    assert [records_format(name) for name in names] == ["jsonl", "jsonl", "parquet", None]
