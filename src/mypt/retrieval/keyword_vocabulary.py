"""All terms of an index in the order of their bytes, as two arrays that a file can hold."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Vocabulary(Sequence[bytes]):
    """Sorted terms in UTF-8; the number of a term is its place."""

    blob: Bytes
    """The terms, one behind the other."""
    ends: Numbers
    """Where each of them ends."""

    @classmethod
    def of(cls, terms: Iterable[bytes]) -> "Vocabulary":
        """Return the vocabulary of terms that are sorted already."""
        kept = list(terms)
        blob = np.frombuffer(b"".join(kept), dtype=np.uint8)
        return cls(blob, np.cumsum([len(term) for term in kept], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, number):  # type: ignore[no-untyped-def]
        """Return a term by its number."""
        start = self.ends[number - 1] if number else 0
        return self.blob[start : self.ends[number]].tobytes()

    def find(self, term: str) -> int:
        """Return the number of a term, or -1 when there is no such one."""
        encoded = term.encode()
        number = bisect_left(self, encoded)
        return number if number < len(self) and self[number] == encoded else -1

    def merged(self, terms: Sequence[bytes]) -> tuple["Vocabulary", Numbers, Numbers]:
        """Return what holds these sorted terms too, and the new numbers of the old and of the given terms."""
        places = np.array([bisect_left(self, term) for term in terms], dtype=np.int64)
        is_known = np.array(
            [place < len(self) and self[place] == term for place, term in zip(places, terms, strict=True)],
            dtype=bool,
        )
        old = np.arange(len(self)) + np.searchsorted(places[~is_known], np.arange(len(self)), side="right")
        given = np.empty(len(terms), dtype=np.int64)
        given[is_known] = old[places[is_known]]
        given[~is_known] = places[~is_known] + np.arange(np.count_nonzero(~is_known))
        added = [term for term, known in zip(terms, is_known, strict=True) if not known]
        return self._with(added, places[~is_known]), old, given

    def _with(self, terms: Sequence[bytes], places: Numbers) -> "Vocabulary":
        """Insert sorted terms, each before the one that stands at its place."""
        starts = np.concatenate([[0], self.ends])
        raw = self.blob.tobytes()
        pieces: list[bytes] = []
        last = 0
        for term, place in zip(terms, starts[places].tolist(), strict=True):
            pieces += [raw[last:place], term]
            last = place
        blob = np.frombuffer(b"".join([*pieces, raw[last:]]), dtype=np.uint8)
        lengths = np.insert(np.diff(starts), places, [len(term) for term in terms])
        return Vocabulary(blob, np.cumsum(lengths, dtype=np.int64))

    def without(self, is_dropped: npt.NDArray[np.bool_]) -> "Vocabulary":
        """Return the vocabulary without some of its terms."""
        lengths = np.diff(self.ends, prepend=0)
        blob = self.blob[np.repeat(~is_dropped, lengths)]
        return Vocabulary(blob, np.cumsum(lengths[~is_dropped], dtype=np.int64))
