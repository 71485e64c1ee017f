"""Rows come out of every container alike, and a bad one does not hide the others."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.errors import InputError
from mypt.sft.imports import records
from mypt.sft.imports.records import read_records
from mypt.sft.imports.rejection import Rejected
from tests.sft.imports.public_rows import ROWS, containers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", sorted(containers(ROWS["alpaca"])))
def test_every_container_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "data", containers(ROWS["alpaca"])[name])

    assert [value for _, value in read_records(path)] == ROWS["alpaca"]


def test_lists_in_tables_are_lists(tmp_path: Path) -> None:
    path = written(tmp_path / "data", containers(ROWS["sharegpt"])["table"])

    first = next(read_records(path)).value

    assert isinstance(first, dict)
    assert first["conversations"] == ROWS["sharegpt"][0]["conversations"]


def test_bad_lines_have_reasons_and_the_rest_is_read(tmp_path: Path) -> None:
    nested = b'{"a":' * 5000 + b"1" + b"}" * 5000
    lines = [
        b'\xef\xbb\xbf{"a": 1, "a": 2}',
        b"",
        b'{"a": "\\ud800"}',
        nested,
        b'{"a": "\xff"}',
        b"{",
        b'{"a": 3}',
    ]

    found = list(read_records(written(tmp_path / "data", b"\n".join(lines))))

    assert [one.number for one in found] == [1, 3, 4, 5, 6, 7]
    assert (found[0].value, found[-1].value) == ({"a": 2}, {"a": 3})
    assert all(
        isinstance(one.value, Rejected) and one.value.reason.startswith("not JSON") for one in found[1:-1]
    )


def test_bad_elements_of_an_array_do_not_hide_the_rest(tmp_path: Path) -> None:
    data = b'[{"a": 1}, {"b" 2}, {"c": "\\ud800"}, {"d": "],[\\"{"}]'

    values = [value for _, value in read_records(written(tmp_path / "data", data))]

    assert (values[0], values[3]) == ({"a": 1}, {"d": '],["{'})
    assert all(isinstance(value, Rejected) for value in values[1:3])


@given(rows=st.lists(JSON, max_size=6), chunk=st.integers(1, 40))
def test_an_array_is_read_alike_in_pieces_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, rows: list[object], chunk: int
) -> None:
    path = written(tmp_path_factory.getbasetemp() / "array", json.dumps(rows).encode())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_CHUNK", chunk)
        found = [value for _, value in read_records(path)]

    assert found == rows


@pytest.mark.parametrize(
    "data",
    [
        b'[{"a": 1}, {"a"',
        gzip.compress(b'{"a": 1}' * 99, mtime=0)[:-9],
        b"PAR1 and no table",
        b'[1]\n{"a": 1}',
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match="data: cannot be read"):
        list(read_records(written(tmp_path / "data", data)))


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_LONGEST", 20)
    path = written(tmp_path / "data", b'{"a": "' + b"x" * 99 + b'"}\n{"a": 3}\n')

    found = list(read_records(path))

    assert isinstance(found[0].value, Rejected)
    assert found[1] == (2, {"a": 3})
