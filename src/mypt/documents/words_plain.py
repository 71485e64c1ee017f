"""Words, n-grams and MinHash without a compiler: slower than `word_kernels`, and the same integers."""

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Values = npt.NDArray[np.uint32]

SEPARATOR, WORD, ALONE = 0, 1, 2

# Fixed here, not taken from unicodedata, whose tables change with the version of Python.
_SEPARATORS = (
    "\x80-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u037e\u0387\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05f3\u05f4"
    "\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u1680\u2000-\u200b\u200e-\u206f\u2500-\u259f\u2e00-\u2e7f"
    "\u3000-\u3004\u3008-\u3020\u3030\u303d\u30a0\u30fb\ufe10-\ufe1f\ufe30-\ufe6f\ufeff\uff01-\uff0f\uff1a-\uff20"
    "\uff3b-\uff40\uff5b-\uff65"
)
# Scripts without spaces and symbols: each character is a word, or a whole page would be a single one.
_ALONE = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u20a0-\u20cf\u2190-\u24ff\u25a0-\u2bff\u3005-\u3007\u3021-\u302f"
    "\u3031-\u303c\u303e-\u309f\u30a1-\u30fa\u30fc-\u312f\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
)
_ALONE_ABOVE = (0x1F000, 0x3FFFF)
_WORDS = re.compile(
    f"[{_ALONE}{chr(_ALONE_ABOVE[0])}-{chr(_ALONE_ABOVE[1])}]"
    f"|[^\\x00-/:-@\\[-`{{-\\x7f{_SEPARATORS}{_ALONE}{chr(_ALONE_ABOVE[0])}-{chr(_ALONE_ABOVE[1])}]+"
)

_64 = 2**64 - 1
_START, _PRIME = 0xCBF29CE484222325, 0x100000001B3  # FNV-1a
_MIX, _ROLL = 0xD6E8FEB86659FD93, 0x9E3779B97F4A7C15


def character_classes() -> Bytes:
    """Return the folded letter or digit of each byte, else 0; then the class of each character from 128."""
    by_byte = np.zeros(256, dtype=np.uint8)
    by_byte[:128] = [ord(chr(byte).lower()) if chr(byte).isalnum() else SEPARATOR for byte in range(128)]
    classes = np.full(65_536, WORD, dtype=np.uint8)
    for ranges, kind in ((_SEPARATORS, SEPARATOR), (_ALONE, ALONE)):
        for first, last in re.findall(r"(.)(?:-(.))?", ranges):
            classes[ord(first) : ord(last or first) + 1] = kind
    return np.concatenate([by_byte, classes[128:]])


def ngram_hashes(buffer: Bytes, offsets: Offsets, n: int, classes: Bytes) -> tuple[Hashes, Offsets]:  # noqa: ARG001
    """Return the n-gram hashes of all documents, and where each document's begin."""
    found = [list(_ngrams(text, n)) for text in _texts(buffer, offsets)]
    flat = np.array([value for values in found for value in values], dtype=np.uint64)
    return flat, np.cumsum([0, *map(len, found)], dtype=np.int64)


def minhash(
    buffer: Bytes, offsets: Offsets, n: int, classes: Bytes, multipliers: Values, addends: Values
) -> Values:
    """Return for each document and each permutation the least value of its n-grams."""
    hashes, bounds = ngram_hashes(buffer, offsets, n, classes)
    signatures = np.full((len(bounds) - 1, len(multipliers)), 2**32 - 1, dtype=np.uint32)
    for row, start, stop in zip(signatures, bounds[:-1], bounds[1:], strict=True):
        for low in range(int(start), int(stop), 1024):
            block = hashes[low : min(low + 1024, int(stop))].astype(np.uint32)[:, None]
            np.minimum(row, (block * multipliers + addends).min(axis=0), out=row)
    return signatures


def find_ngrams(
    buffer: Bytes, offsets: Offsets, n: int, classes: Bytes, bitmap: Bytes, wanted: Hashes
) -> tuple[Offsets, Offsets, Offsets]:
    """Return (document, index into `wanted`) of each n-gram that is wanted, and each document's n-grams."""
    del bitmap
    hashes, bounds = ngram_hashes(buffer, offsets, n, classes)
    indices = np.searchsorted(wanted, hashes).astype(np.int64)
    indices[indices == len(wanted)] = 0
    hit = wanted[indices] == hashes if len(wanted) else np.zeros(len(hashes), dtype=bool)
    documents = np.repeat(np.arange(len(bounds) - 1, dtype=np.int64), np.diff(bounds))
    return documents[hit], indices[hit], np.diff(bounds)


def jaccard(left: Hashes, right: Hashes) -> float:
    """Return shared over all distinct values; nothing resembles nothing."""
    shared = len(np.intersect1d(left, right))
    return shared / max(1, len(np.unique(left)) + len(np.unique(right)) - shared)


def agreements(signatures: Values, left: Offsets, right: Offsets) -> Offsets:
    """Return how many values of two signatures agree, pair by pair."""
    return (signatures[left] == signatures[right]).sum(axis=1, dtype=np.int64)


def _texts(buffer: Bytes, offsets: Offsets) -> Iterator[str]:
    for start, stop in pairwise(offsets):
        yield buffer[start:stop].tobytes().decode()


def _ngrams(text: str, n: int) -> Iterator[int]:
    """Yield the hash of each run of n words; a text with fewer is one run."""
    words = [_word_hash(word) for word in _WORDS.findall(text)]
    width = min(n, len(words))
    for start in range(len(words) - width + 1 if words else 0):
        rolled = 0
        for word in words[start : start + width]:
            rolled = (rolled * _ROLL + word) & _64
        yield _mixed(rolled)


def _word_hash(word: str) -> int:
    value = _START
    for byte in word.encode().lower():  # of bytes: ASCII alone is folded
        value = ((value ^ byte) * _PRIME) & _64
    return _mixed(value) or 1


def _mixed(value: int) -> int:
    value = ((value ^ (value >> 32)) * _MIX) & _64
    return value ^ (value >> 29)
