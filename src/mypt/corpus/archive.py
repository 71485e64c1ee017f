"""Archives from outside become files below one folder, or nothing: no names that lead out, no bombs."""

import bz2
import gzip
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

import zstandard

from mypt.config import Section
from mypt.errors import InputError
from mypt.files import storage_errors

Place: TypeAlias = Callable[[str], Path | None]
"""Name in the archive → where the file goes, or None to leave it out."""

_BLOCK = 2**20
_HARMFUL = re.compile(r"^/|^[A-Za-z]:(/|$)|[\x00-\x1f\x7f\\\\\ud800-\udfff]")
"""Absolute names and drives, control characters, backslashes, and bytes that are no UTF-8."""

_MAX_NAME = 255
_MAX_LINK = 4096
_FREE = 64 * 2**20
_DAMAGE = (
    tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, zstandard.ZstdError,
    EOFError, RuntimeError,
)  # fmt: skip
_TAR_SUFFIXES = (".tar", ".tgz", ".txz", ".tbz2", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst")
_SINGLE_SUFFIXES = (".gz", ".xz", ".bz2", ".zst")


class Limits(Section):
    """How much may come out of an archive."""

    max_entries: int = 500_000
    """Files, folders and links, also those that are left out."""
    max_bytes: int = 64 * 2**30
    """Sum of all files."""
    max_ratio: int = 200
    """Bytes that one byte of the archive may become, above the first 64 MiB."""


@dataclass
class Unpacked:
    """What came out."""

    links: dict[str, str] = field(default_factory=dict)
    """Symbolic link → what it names; no link is ever made."""
    ignored: Counter[str] = field(default_factory=Counter)
    """Reason → number of entries that became no file."""


def is_archive(name: str) -> bool:
    """Say whether a file of that name is unpacked."""
    return name.lower().endswith((*_TAR_SUFFIXES, *_SINGLE_SUFFIXES, ".zip", ".deb"))


def unpack(path: Path, name: str, place: Place, limits: Limits) -> Unpacked:
    """Write the files of an archive where they belong, by the suffix of its name.

    Raises InputError for an archive that is damaged, or that could do harm.
    """
    lower = name.lower()
    with _refusing(name), storage_errors(path), path.open("rb") as file:
        budget = _Budget(limits, path.stat().st_size)
        if lower.endswith(".zip"):
            return _unpack_zip(file, place, budget)
        if lower.endswith(".deb"):
            return _unpack_tar(_deb_member(file, "data.tar"), place, budget)
        stream = _opened(lower, file)
        if lower.endswith(_TAR_SUFFIXES):
            return _unpack_tar(stream, place, budget)
        _write(stream, name.rpartition(".")[0], place, budget)
        return Unpacked()


def read_deb_control(path: Path) -> str:
    """Return the control file of a Debian package; InputError when the package is damaged."""
    with _refusing(path.name), path.open("rb") as file:
        with tarfile.open(fileobj=_deb_member(file, "control.tar"), mode="r|") as tar:
            for entry in tar:
                if entry.name.removeprefix("./") == "control" and entry.isfile():
                    return cast("BinaryIO", tar.extractfile(entry)).read(_BLOCK).decode("utf-8", "replace")
        raise EOFError("no control file")


def safe_name(name: str) -> str:
    """Return the relative path that a name in an archive means; InputError for one that could lead out."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    is_harmful = (
        _HARMFUL.search(name) is not None
        or ".." in parts
        or any(len(part.encode("utf-8", "surrogateescape")) > _MAX_NAME for part in parts)
    )
    if is_harmful or not parts:
        raise InputError(f"{name!a}: a name that no file gets", hint=_DISTRUST)
    return "/".join(parts)


def write_new(target: Path) -> BinaryIO:
    """Open a file that must not be there yet, so that nothing is written twice or through a link."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"{target.name}: written twice", hint=_DISTRUST) from error


class _Budget:
    """Counts what comes out, and stops what goes on too long."""

    def __init__(self, limits: Limits, packed_bytes: int) -> None:
        self._entries = limits.max_entries
        self._bytes = min(limits.max_bytes, _FREE + limits.max_ratio * packed_bytes)
        self._folded: set[str] = set()

    def count_entry(self) -> None:
        """Take one more entry, written or not."""
        self._entries -= 1
        if self._entries < 0:
            raise InputError("more entries than an archive may have", hint=_DISTRUST)

    def count_name(self, name: str) -> None:
        """Take the name of a file; two that some systems cannot tell apart are refused."""
        if name.casefold() in self._folded:
            raise InputError(f"{name}: twice in the archive, or different only in case", hint=_DISTRUST)
        self._folded.add(name.casefold())

    def count_bytes(self, number: int) -> None:
        """Take bytes that came out."""
        self._bytes -= number
        if self._bytes < 0:
            raise InputError("unpacks to more than it may, as a bomb does", hint=_DISTRUST)


class _Counted:
    """A decompressed stream whose every byte counts, those of headers too."""

    def __init__(self, stream: BinaryIO, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._budget.count_bytes(len(data))
        return data


class _Member:
    """The bytes of one member of an `ar` archive."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def _unpack_tar(stream: BinaryIO, place: Place, budget: _Budget) -> Unpacked:
    result = Unpacked()
    counted = cast("BinaryIO", _Counted(stream, budget))
    with tarfile.open(fileobj=counted, mode="r|", errorlevel=2) as tar:
        for entry in tar:
            budget.count_entry()
            if entry.isfile():
                _write(cast("BinaryIO", tar.extractfile(entry)), entry.name, place, budget, is_counted=True)
            elif entry.issym():
                result.links[safe_name(entry.name)] = entry.linkname[:_MAX_LINK]
                result.ignored["link"] += 1
            elif not entry.isdir():
                result.ignored["link" if entry.islnk() else "special file"] += 1
    return result


def _unpack_zip(file: BinaryIO, place: Place, budget: _Budget) -> Unpacked:
    result = Unpacked()
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            budget.count_entry()
            mode = entry.external_attr >> 16
            if entry.is_dir():
                continue
            if stat.S_ISLNK(mode):
                with archive.open(entry) as stream:
                    result.links[safe_name(entry.filename)] = stream.read(_MAX_LINK).decode(errors="replace")
                result.ignored["link"] += 1
            elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                result.ignored["special file"] += 1
            else:
                with archive.open(entry) as stream:
                    _write(cast("BinaryIO", stream), entry.filename, place, budget)
    return result


def _write(stream: BinaryIO, name: str, place: Place, budget: _Budget, *, is_counted: bool = False) -> None:
    safe = safe_name(name)
    budget.count_name(safe)
    target = place(safe)
    if target is None:
        return
    with write_new(target) as file:
        while block := stream.read(_BLOCK):
            if not is_counted:
                budget.count_bytes(len(block))
            file.write(block)


def _deb_member(file: BinaryIO, wanted: str) -> BinaryIO:
    """Return a member of an `ar` archive, opened: each has a header of 60 bytes, on an even offset."""
    if file.read(8) != b"!<arch>\n":
        raise EOFError("not a Debian package")
    while len(header := file.read(60)) == 60:
        name = header[:16].decode("ascii", "replace").strip().rstrip("/")
        if name.startswith(wanted):
            return _opened(name, cast("BinaryIO", _Member(file, _size(header))))
        file.seek(_size(header) + _size(header) % 2, 1)
    raise EOFError(f"no {wanted} in it")


def _size(header: bytes) -> int:
    digits = header[48:58].decode("ascii", "replace").strip()
    if not digits.isdigit():
        raise EOFError("a damaged header")
    return int(digits)


def _opened(name: str, file: BinaryIO) -> BinaryIO:
    """Return what a compressed stream holds."""
    if name.endswith((".gz", ".tgz")):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    if name.endswith((".xz", ".txz")):
        return cast("BinaryIO", lzma.LZMAFile(file))
    if name.endswith((".bz2", ".tbz2")):
        return cast("BinaryIO", bz2.BZ2File(file))
    if name.endswith(".zst"):
        return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
    return file


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Say of which archive an error is."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{name}: {error.message}", hint=error.hint) from error
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(
            f"{name}: not an archive that can be read: {error}", hint="fetch it again"
        ) from error


_DISTRUST = "nothing of the archive was kept; look at it with care before you trust its origin"
