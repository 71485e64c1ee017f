"""Texts as one run of UTF-8 bytes, and the hashes of their words' n-grams.

A word is a run of letters and digits of any script; scripts without spaces give
one word a character. ASCII is folded to lower case, everything else stays as it
is. Each word has a 64-bit hash, and so has each run of n of them.
"""

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mypt.documents import words_plain
from mypt.documents.words_plain import Bytes, Hashes, Offsets
from mypt.errors import InputError

if importlib.util.find_spec("numba") is not None:
    from mypt.documents import word_kernels

    kernels: Any = word_kernels
else:  # no compiler for this platform
    kernels = words_plain

CLASSES: Final[Bytes] = words_plain.character_classes()


@dataclass(frozen=True)
class Texts:
    """Many texts, one behind the other."""

    buffer: Bytes
    """UTF-8."""
    offsets: Offsets
    """Where each text begins, and where the last one ends."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def from_strings(cls, strings: Iterable[str]) -> "Texts":
        """Return strings as one run of bytes."""
        encoded = [string.encode() for string in strings]
        offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    @classmethod
    def from_arrow(cls, array: Any) -> "Texts":
        """Return an Arrow string or large-string array, its text not copied; InputError when one is null."""
        if hasattr(array, "chunks"):
            array = array.combine_chunks()
        if array.null_count:
            raise InputError(f"{array.null_count} of {len(array)} texts are null")
        width = np.int64 if str(array.type) == "large_string" else np.int32
        _, offsets, data = array.buffers()
        places = np.frombuffer(offsets, dtype=width)[array.offset : array.offset + len(array) + 1]
        buffer = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, np.uint8)
        return cls(buffer, places.astype(np.int64) if len(array) else np.zeros(1, np.int64))


def ngram_hashes(texts: Texts, n: int) -> tuple[Hashes, Offsets]:
    """Return the hashes of all runs of n words, in order, and where each text's begin.

    A text with fewer words has one hash, of all its words; a text without words has none.
    """
    hashes, bounds = kernels.ngram_hashes(texts.buffer, texts.offsets, n, CLASSES)
    return hashes, bounds
