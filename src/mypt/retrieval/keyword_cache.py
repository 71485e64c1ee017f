"""The keyword index on disk: one file that can be deleted, and whose damage is always seen.

It begins with a mark, the sha256 of its header and the header's length; the header is JSON and names the
version of the analysis, every array and the sha256 of all arrays together. Arrays are used where they lie,
memory-mapped. The same passages give the same bytes, whether the file is made anew or brought up to date.
"""

import hashlib
import json
import mmap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mypt.files import canonical_json, sha256_bytes, write_atomic
from mypt.retrieval.analysis import ANALYSIS_VERSION
from mypt.retrieval.keyword_build import EMPTY, build_index, update_index
from mypt.retrieval.keyword_index import KeywordIndex
from mypt.retrieval.keyword_vocabulary import Numbers, Vocabulary

Keys = npt.NDArray[np.uint64]
ReadTexts = Callable[[Numbers], Iterable[str]]
"""Gives the texts of passages by their positions, in the order asked for."""

_MARK = b"MyPTkw1\n"
_ALIGNED = 64
_START = len(_MARK) + hashlib.sha256().digest_size + 8
_DTYPES = {
    "keys": "<u8", "blob": "|u1", "term_ends": "<i8", "lengths": "<u4", "ends": "<i8", "passages": "<u4",
    "counts": "|u1",
}  # fmt: skip


@dataclass(frozen=True)
class KeptIndex:
    """An index and which passages it holds."""

    index: KeywordIndex
    keys: Keys
    """What each passage is, by its number; another text, or a passage read again, has another key."""


NOTHING = KeptIndex(EMPTY, np.zeros(0, np.uint64))


def bring_up_to_date(kept: KeptIndex, keys: Keys, read_texts: ReadTexts) -> KeptIndex:
    """Return the index of the passages with these keys; texts are read only of those that are new."""
    if np.array_equal(kept.keys, keys):
        return kept
    _, old, new = np.intersect1d(kept.keys, keys, assume_unique=True, return_indices=True)
    if not len(old):
        return KeptIndex(build_index(read_texts(np.arange(len(keys)))), keys)
    moved = np.full(len(kept.keys), -1, dtype=np.int64)
    moved[old] = new
    is_new = np.ones(len(keys), dtype=bool)
    is_new[new] = False
    places = np.flatnonzero(is_new)
    return KeptIndex(update_index(kept.index, moved, read_texts(places), places), keys)


def write_cache(path: Path, kept: KeptIndex) -> None:
    """Write an index, whole or not at all; raises InputError or StorageFull."""
    arrays = _arrays(kept)
    places, end = {}, 0
    for name, array in arrays.items():
        places[name] = {"start": end, "n": len(array)}
        end += -(-array.nbytes // _ALIGNED) * _ALIGNED
    body = bytearray(end)
    for name, array in arrays.items():
        start = int(places[name]["start"])
        body[start : start + array.nbytes] = array.tobytes()
    header = canonical_json(
        {"analysis": ANALYSIS_VERSION, "arrays": places, "sha256": hashlib.sha256(body).hexdigest()}
    )
    header += b" " * (-(_START + len(header)) % _ALIGNED)
    digest = hashlib.sha256(header).digest()
    write_atomic(path, b"".join([_MARK, digest, len(header).to_bytes(8, "little"), header, body]))


def read_cache(path: Path) -> KeptIndex:
    """Return the index in a file, or the empty one when it is missing, damaged or of another version."""
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # missing, not to be read, or empty: nothing that an index could be in
        return NOTHING
    header = _header(data)
    if header is None or header["analysis"] != ANALYSIS_VERSION:
        return NOTHING
    body = memoryview(data)[_START + header["length"] :]
    if hashlib.sha256(body).hexdigest() != header["sha256"]:
        return NOTHING
    return _kept({name: _array(body, name, place) for name, place in header["arrays"].items()})


def _header(data: mmap.mmap) -> dict[str, Any] | None:
    """Return the header, if it is what was written."""
    length = int.from_bytes(data[_START - 8 : _START], "little")
    raw = data[_START : _START + length]
    digest = data[len(_MARK) : _START - 8]
    if data[: len(_MARK)] != _MARK or hashlib.sha256(raw).digest() != digest:
        return None
    return {**json.loads(raw), "length": length}


def _array(body: memoryview, name: str, place: dict[str, int]) -> npt.NDArray[Any]:
    return np.frombuffer(body, dtype=_DTYPES[name], count=place["n"], offset=place["start"])


def _arrays(kept: KeptIndex) -> dict[str, npt.NDArray[Any]]:
    index = kept.index
    arrays: dict[str, npt.NDArray[Any]] = {
        "keys": kept.keys, "blob": index.vocabulary.blob, "term_ends": index.vocabulary.ends,
        "lengths": index.lengths, "ends": index.ends, "passages": index.passages, "counts": index.counts,
    }  # fmt: skip
    return {name: array.astype(_DTYPES[name], copy=False) for name, array in arrays.items()}


def _kept(arrays: dict[str, npt.NDArray[Any]]) -> KeptIndex:
    vocabulary = Vocabulary(arrays["blob"], arrays["term_ends"])
    index = KeywordIndex(vocabulary, arrays["lengths"], arrays["ends"], arrays["passages"], arrays["counts"])
    return KeptIndex(index, arrays["keys"])


def keys_digest(keys: Keys) -> str:
    """Return what names a set of passages in their order."""
    return sha256_bytes(keys.astype("<u8").tobytes())
