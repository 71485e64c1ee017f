"""Layers of compression, taken off a file without ever holding more than its limit allows."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Protocol

import zstandard

from mypt.documents.raw_file import Unreadable

_CHUNK = 1 << 20
_SIP = 256  # bytes; a compressed block of a few bytes can hold 128 KiB
_WINDOW = (
    1 << 27
)  # bytes; the largest dictionary that a file may ask for, `xz -9` and `zstd --long` need half
_RATIO = 250  # text shrinks to a third or a tenth; only what repeats itself shrinks more
_SMALL = 4 << 20  # bytes; below this, no ratio is suspicious


def uncompressed(name: str, data: bytes, limit: int) -> tuple[str, bytes]:
    """Return name and content without .gz, .bz2, .xz and .zst.

    Raises Unreadable, before it holds more than the limit and one chunk, when a layer is larger than the
    limit or 250 times its compressed size; and when it is damaged.
    """
    while chunks_of := _CHUNKS_OF.get(PurePosixPath(name).suffix.lower()):
        try:
            data = _join(chunks_of(data), min(limit, max(_SMALL, _RATIO * len(data))))
        except _DAMAGED as error:
            raise Unreadable("malformed", f"{name} cannot be uncompressed: {error}") from error
        name = name[: name.rindex(".")]
    return name, data


def _join(chunks: Iterator[bytes], limit: int) -> bytes:
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > limit:
            raise Unreadable("too large", f"more than {limit:,} bytes when uncompressed")
    return bytes(whole)


def _gzip_chunks(data: bytes) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=BytesIO(data)) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _bzip2_chunks(data: bytes) -> Iterator[bytes]:
    with bz2.BZ2File(BytesIO(data)) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _xz_chunks(data: bytes) -> Iterator[bytes]:
    return _streams(lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_WINDOW), data)


def _zstd_chunks(data: bytes) -> Iterator[bytes]:
    return _streams(zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj, data)


class _Decompressor(Protocol):
    """What those of lzma and zstandard have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _streams(new: Callable[[], _Decompressor], data: bytes) -> Iterator[bytes]:
    """Yield what one stream after the other holds; NULs may stand between them.

    File objects of these two would ask for any window, or take a file that was cut off for a whole one.
    """
    start = 0
    while start < len(data):
        stream = new()
        while not stream.eof:
            if start >= len(data):
                raise EOFError("it ends before its end mark")
            sip = data[start : start + _SIP]
            yield stream.decompress(sip)
            start += len(sip)
        start -= len(stream.unused_data)
        while data[start : start + 1] == b"\0":
            start += 1


_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
_CHUNKS_OF: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    ".gz": _gzip_chunks,
    ".bz2": _bzip2_chunks,
    ".xz": _xz_chunks,
    ".zst": _zstd_chunks,
}
