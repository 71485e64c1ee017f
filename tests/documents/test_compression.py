"""Compressed files come out whole and within their limit, or say why not."""

import bz2
import gzip
import lzma
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard

from mypt.documents.compression import uncompressed
from mypt.documents.raw_file import Unreadable

MIB = 1 << 20
TEXT = b"".join(b"line %d: a little text that does not repeat\n" % number for number in range(9_000))

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: zstandard.ZstdCompressor(write_content_size=False).compress(data),
}
every_suffix = pytest.mark.parametrize("suffix", COMPRESS)


def _reason(name: str, data: bytes, limit: int = 100 * MIB) -> str:
    with pytest.raises(Unreadable) as caught:
        uncompressed(name, data, limit)
    return caught.value.reason


@every_suffix
def test_a_layer_is_taken_off_with_its_suffix(suffix: str) -> None:
    assert uncompressed(f"a/b.txt{suffix}", COMPRESS[suffix](TEXT), 9 * MIB) == ("a/b.txt", TEXT)


@every_suffix
def test_streams_one_after_the_other_are_one_file(suffix: str) -> None:
    data = b"".join(COMPRESS[suffix](part) for part in (TEXT, b"", TEXT, b"end"))

    assert uncompressed(f"a{suffix.upper()}", data, 9 * MIB) == ("a", TEXT + TEXT + b"end")


def test_layers_inside_layers_come_off_and_other_names_stay() -> None:
    assert uncompressed("a.rst.gz.xz", lzma.compress(gzip.compress(b"x")), 99) == ("a.rst", b"x")
    assert uncompressed("a.tgz", b"x", 9) == ("a.tgz", b"x")


@every_suffix
def test_what_was_cut_off_is_malformed(suffix: str) -> None:
    data = COMPRESS[suffix](TEXT)

    assert _reason(f"a{suffix}", data[:-6]) == "malformed"
    assert _reason(f"a{suffix}", data[: len(data) // 2]) == "malformed"
    assert _reason(f"a{suffix}", b"not compressed at all") == "malformed"


@every_suffix
def test_the_limit_is_exact(suffix: str) -> None:
    data = COMPRESS[suffix](TEXT)

    assert uncompressed(f"a{suffix}", data, len(TEXT))[1] == TEXT
    assert _reason(f"a{suffix}", data, len(TEXT) - 1) == "too large"


@every_suffix
def test_a_bomb_is_refused_before_it_fills_memory(suffix: str) -> None:
    bomb = COMPRESS[suffix](bytes(60 * MIB))

    tracemalloc.start()
    assert _reason(f"a{suffix}", bomb, 3 * MIB) == "too large"
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 28 * MIB  # the limit, one chunk, and the window that the format asks for


@every_suffix
def test_what_shrinks_too_well_is_refused_below_the_limit(suffix: str) -> None:
    assert _reason(f"a{suffix}", COMPRESS[suffix](bytes(20 * MIB)), 100 * MIB) == "too large"


def test_a_file_may_not_ask_for_a_window_of_a_gibibyte() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    wide = zstandard.ZstdCompressionParameters(window_log=30, write_content_size=False)
    stream = zstandard.ZstdCompressor(compression_params=wide).compressobj()

    assert _reason("a.xz", lzma.compress(b"x", filters=filters)) == "malformed"
    assert _reason("a.zst", stream.compress(TEXT) + stream.flush()) == "malformed"
