"""Files are written whole or not at all, and read with the place of what is wrong."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.errors import InputError, StorageFull
from mypt.files import (
    canonical_json,
    fsync_folder,
    read_json,
    read_jsonl,
    read_text,
    sha256_bytes,
    sha256_file,
    storage_errors,
    write_atomic,
    write_json,
    write_jsonl,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

needs_limits = pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file size")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def with_at_most(n_bytes: int, code: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process that can write no larger file."""
    head = "import resource, sys\nfrom pathlib import Path\n"
    names = "from mypt.errors import StorageFull\nfrom mypt.files import write_atomic, write_jsonl\n"
    limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({n_bytes}, {n_bytes}))\npath = Path(sys.argv[1])\n"
    command = [sys.executable, "-c", head + names + limit + dedent(code), str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_canonical_json_sorts_keys_and_keeps_characters() -> None:
    assert canonical_json({"ü": 1, "a": [1.5, None, "„“"]}) == '{"a":[1.5,null,"„“"],"ü":1}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_canonical_json_refuses_what_is_not_json(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(value)


@given(JSON_VALUES)
def test_equal_values_have_equal_bytes(value: Any) -> None:
    def reversed_keys(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: reversed_keys(part[key]) for key in reversed(list(part))}
        return [reversed_keys(item) for item in part] if isinstance(part, list) else part

    assert canonical_json(reversed_keys(value)) == canonical_json(value)


def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(content)

    assert sha256_file(tmp_path / "file") == sha256_bytes(content)
    assert sha256_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_atomic_write_makes_folders_and_leaves_only_the_file(tmp_path: Path) -> None:
    write_atomic(tmp_path / "deep" / "er" / "file", b"content")

    assert (tmp_path / "deep" / "er" / "file").read_bytes() == b"content"
    assert names(tmp_path / "deep" / "er") == ["file"]


def test_an_atomic_write_replaces_the_old_content(tmp_path: Path) -> None:
    write_atomic(tmp_path / "file", b"old and longer")

    write_atomic(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"new"


@needs_limits
def test_an_atomic_write_without_room_keeps_the_old_content(tmp_path: Path) -> None:
    write_atomic(tmp_path / "file", b"old")

    full = with_at_most(
        1000,
        """
        try:
            write_atomic(path, bytes(2000))
        except StorageFull as error:
            sys.exit(error.message)
        """,
        tmp_path / "file",
    )

    assert "file: no room left on the disk" in full.stderr
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_write_that_breaks_off_keeps_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(_: int) -> None:
        raise OSError(errno.EIO, "the disk is dying")

    write_atomic(tmp_path / "file", b"old")
    monkeypatch.setattr(os, "fsync", break_off)

    with pytest.raises(OSError, match="dying"):
        write_atomic(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("place", ["file/below", "folder"])
def test_a_place_that_cannot_be_a_file_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder" / "inner").mkdir(parents=True)

    with pytest.raises(InputError, match="cannot be written"):
        write_atomic(tmp_path / place, b"new")

    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_way_to_say_no_room_becomes_one_error(number: int) -> None:
    with pytest.raises(StorageFull, match="out: no room left"), storage_errors(Path("out")):
        raise OSError(number, "full")


def test_a_short_write_of_numpy_is_no_room_either() -> None:
    with pytest.raises(StorageFull, match="9 requested and 1 written"), storage_errors(Path("out")):
        raise OSError("9 requested and 1 written")


def test_not_being_allowed_to_write_is_the_callers_to_fix() -> None:
    with pytest.raises(InputError, match="out: cannot be written: no"), storage_errors(Path("out")):
        raise PermissionError(errno.EACCES, "no")


def test_other_failures_pass_unchanged() -> None:
    with pytest.raises(ConnectionError), storage_errors(Path("out")):
        raise ConnectionError


def test_a_folder_can_be_made_durable(tmp_path: Path) -> None:
    fsync_folder(tmp_path)


def test_json_for_people_is_indented_and_comes_back(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": "ü"})

    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "a": "ü",\n  "b": 1\n}\n'
    assert read_json(tmp_path / "a.json") == {"a": "ü", "b": 1}


def test_the_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{\n  "a": 1,\n  b\n}', encoding="utf-8")

    with pytest.raises(InputError, match=r"a\.json:3: not JSON"):
        read_json(tmp_path / "a.json")


def test_json_that_is_nested_too_deep_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" * 100_000, encoding="utf-8")

    with pytest.raises(InputError, match="nested too deep"):
        read_json(tmp_path / "a.json")


def test_text_keeps_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("ä\r\nb\rc\n".encode())

    assert read_text(tmp_path / "a.txt") == "ä\r\nb\rc\n"


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_text(tmp_path / name)


def test_text_that_is_not_utf8_is_named_with_byte_and_offset(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Zürich".encode("latin-1"))

    with pytest.raises(InputError, match="not UTF-8 text: byte 0xfc at offset 1") as caught:
        read_text(tmp_path / "a.txt")

    assert "iconv" in caught.value.hint


@given(JSON_VALUES)
def test_a_row_never_spans_two_lines(row: Any) -> None:
    assert b"\n" not in canonical_json(row)


def test_rows_are_written_and_read_in_their_order(tmp_path: Path) -> None:
    rows = [{"b": 1}, ["ü\u2028\u0085"], None, "\n"]

    write_jsonl(tmp_path / "a.jsonl", iter(rows))

    assert list(read_jsonl(tmp_path / "a.jsonl")) == rows
    assert (tmp_path / "a.jsonl").read_bytes().count(b"\n") == len(rows)


def test_no_rows_make_an_empty_file(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [])

    assert (tmp_path / "a.jsonl").read_bytes() == b""
    assert list(read_jsonl(tmp_path / "a.jsonl")) == []


@pytest.mark.parametrize("line", [b"{", b"", b"\xff", b"1 2", b"[" * 100_000])
def test_the_row_that_is_not_json_is_named_after_the_good_ones(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"1\n" + line + b"\n3\n")
    rows = read_jsonl(tmp_path / "a.jsonl")

    assert next(rows) == 1
    with pytest.raises(InputError, match=r"a\.jsonl:2: not JSON"):
        next(rows)


def test_rows_of_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.jsonl: cannot be read"):
        next(read_jsonl(tmp_path / "a.jsonl"))


@needs_limits
def test_rows_without_room_are_reported(tmp_path: Path) -> None:
    full = with_at_most(
        1000,
        """
        try:
            write_jsonl(path, range(1000))
        except StorageFull as error:
            sys.exit(error.message)
        """,
        tmp_path / "a.jsonl",
    )

    assert "no room left on the disk" in full.stderr
