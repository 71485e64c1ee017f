"""Atomic writes, JSON, JSONL and sha256: the only file plumbing."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from mypt.errors import InputError, StorageFull

_PIECE = 2**16  # bytes
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}


def canonical_json(value: object) -> bytes:
    """Return the one byte form of a JSON value: sorted keys, UTF-8, no spaces."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def sha256_bytes(data: bytes) -> str:
    """Return the hex digest of bytes."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path | str) -> str:
    """Return the hex digest of a file's content."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # twice as fast for tens of thousands of files
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the system's ways of saying *no room* and *not allowed* into our errors.

    Raises StorageFull or InputError; any other OSError passes unchanged.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _REFUSED:
            raise InputError(
                f"{path}: cannot be written: {error.strerror}", hint="choose a folder where you may write"
            ) from error
        if error.errno not in _FULL and not _is_short_write_of_numpy(error):
            raise
        raise StorageFull(
            f"{path}: no room left on the disk ({error.strerror or error})",
            hint="free some space or choose another folder; nothing half-written was left behind",
        ) from error


def _is_short_write_of_numpy(error: OSError) -> bool:
    """`tofile` and `save` drop the system's number and say only how much was written."""
    return error.errno is None and " requested and " in str(error)


def fsync_folder(folder: Path) -> None:
    """Make renames inside a folder durable, where the system can (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file whole or not at all, durably.

    Raises StorageFull when the disk has no room; the old content stays.
    """
    staging = path.with_name(f".{path.name}.{os.getpid()}.staging")
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with storage_errors(path):
            _write_durably(staging, data)
            staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)
    fsync_folder(path.parent)


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def share_file(path: Path, target: Path) -> None:
    """Let a second folder hold a file that never changes; where the disk cannot, it is copied."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def write_json(path: Path, value: object) -> None:
    """Write a JSON value for people to read: sorted, indented, atomic."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False)
    write_atomic(path, f"{text}\n".encode())


def read_json(path: Path) -> Any:
    """Return the JSON value in a file; InputError names the line that is not JSON."""
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise InputError(f"{path}: not JSON that can be read: nested too deep") from error


def read_text(path: Path) -> str:
    """Return a UTF-8 text file's content with its line ends as they are.

    Raises InputError when the file is missing, is a folder, or is not UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not UTF-8 text: byte 0x{data[error.start]:02x} at offset {error.start}",
            hint="convert it first, for example: iconv -f ISO-8859-1 -t UTF-8 FILE > NEW",
        ) from error


def write_jsonl(path: Path, rows: Iterable[object]) -> None:
    """Write one canonical JSON value a line, in the order given."""
    with storage_errors(path), path.open("wb") as file:
        for row in rows:
            file.write(canonical_json(row) + b"\n")


def read_jsonl(path: Path) -> Iterator[Any]:
    """Yield the value of each line; InputError names the line that is not JSON.

    Raises InputError when the file cannot be read.
    """
    with _open_for_reading(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}:{number}: not JSON: {error}") from error
            yield value


def _open_for_reading(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
