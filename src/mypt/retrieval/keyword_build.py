"""Passages to a keyword index, and an index brought up to date without reading again what it has.

Both go one way: the postings that stay and the new ones are packed into numbers and sorted. So an index
that was brought up to date is, byte for byte, the one that is built anew.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from mypt.errors import InputError
from mypt.retrieval.analysis import TermReader
from mypt.retrieval.keyword_index import KeywordIndex
from mypt.retrieval.keyword_vocabulary import Numbers, Vocabulary

Packed = npt.NDArray[np.uint64]
"""Postings as numbers that sort as postings do: by term, then passage; the count stands in the last bits."""

_COUNT_BITS, _PASSAGE_BITS = np.uint64(8), np.uint64(28)
_TERM_SHIFT = _COUNT_BITS + _PASSAGE_BITS
_MOST_COUNTED = 255
MAX_PASSAGES = 2**28
_BATCH = 8192  # passages whose terms are counted at a time, so that memory stays small

EMPTY = KeywordIndex(
    Vocabulary.of(()), np.zeros(0, np.uint32), np.zeros(0, np.int64), np.zeros(0, np.uint32),
    np.zeros(0, np.uint8),
)  # fmt: skip
"""The index of no passage."""


@dataclass(frozen=True)
class _Read:
    """Texts that were read: their terms in the order of bytes, and postings that number both from 0."""

    terms: list[bytes]
    lengths: npt.NDArray[np.uint32]
    postings: Packed


def build_index(texts: Iterable[str]) -> KeywordIndex:
    """Return the index of passages in their order; InputError when there are too many."""
    read = _read(texts)
    return _merged(EMPTY, np.zeros(0, np.int64), read, np.arange(len(read.lengths)))


def update_index(old: KeywordIndex, moved: Numbers, texts: Iterable[str], places: Numbers) -> KeywordIndex:
    """Return an index that keeps some passages of an old one and has new ones between them.

    `moved` holds the new number of each old passage, or -1 where it goes; those that stay keep their order.
    `places` holds the number of each new text.
    """
    read = _read(texts)
    if len(read.lengths) != len(places):
        raise InputError(f"{len(read.lengths)} texts for {len(places)} places in the index")
    return _merged(old, moved, read, places)


def _merged(old: KeywordIndex, moved: Numbers, read: _Read, places: Numbers) -> KeywordIndex:
    vocabulary, old_terms, new_terms = old.vocabulary.merged(read.terms)
    kept = _postings_of(old, moved, old_terms)
    terms, passages, counts = _unpacked(read.postings)
    added = _packed(new_terms[terms], places[passages], counts)
    postings = np.concatenate([kept, added])
    postings.sort()
    stays = moved >= 0
    lengths = np.zeros(np.count_nonzero(stays) + len(places), dtype=np.uint32)
    lengths[moved[stays]] = old.lengths[stays]
    lengths[places] = read.lengths
    return _index_of(vocabulary, lengths, postings)


def _index_of(vocabulary: Vocabulary, lengths: npt.NDArray[np.uint32], postings: Packed) -> KeywordIndex:
    """Return the index of sorted postings; terms that no passage has any more are left out."""
    beyond = np.arange(1, len(vocabulary) + 1, dtype=np.uint64) << _TERM_SHIFT
    ends = np.searchsorted(postings, beyond).astype(np.int64)
    is_gone = np.diff(ends, prepend=0) == 0
    if is_gone.any():
        vocabulary, ends = vocabulary.without(is_gone), ends[~is_gone]
    # Narrowing keeps the low bits, which is all that is wanted here.
    passages = (postings >> _COUNT_BITS).astype(np.uint32) & np.uint32(MAX_PASSAGES - 1)
    return KeywordIndex(vocabulary, lengths, ends, passages, postings.astype(np.uint8))


def _postings_of(index: KeywordIndex, moved: Numbers, terms: Numbers) -> Packed:
    """Return the postings of the passages that stay, with their new numbers."""
    postings = np.repeat(terms.astype(np.uint64) << _TERM_SHIFT, np.diff(index.ends, prepend=0))
    stays = moved >= 0
    postings |= (np.where(stays, moved, 0).astype(np.uint64) << _COUNT_BITS)[index.passages]
    postings |= index.counts
    return postings if stays.all() else postings[stays[index.passages]]


def _read(texts: Iterable[str]) -> _Read:
    """Read texts in batches, each counted and packed before the next."""
    reader = TermReader()
    lengths: list[npt.NDArray[np.uint32]] = []
    batches: list[Packed] = []
    first = 0
    for batch in _batches(texts):
        flat = array("I")
        sizes = []
        for text in batch:
            numbers = reader.read(text)
            sizes.append(len(numbers))
            flat.extend(numbers)
        lengths.append(np.array(sizes, dtype=np.uint32))
        batches.append(_counted(np.frombuffer(flat, dtype=np.uint32), lengths[-1], first))
        first += len(batch)
    if first > MAX_PASSAGES:
        raise InputError(f"{first:,} passages, an index holds {MAX_PASSAGES:,}")
    terms, ranks = _sorted_terms(reader)
    numbers_, passages, counts = _unpacked(_joined(batches))
    return _Read(terms, _joined_lengths(lengths), _packed(ranks[numbers_], passages, counts))


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _counted(terms: npt.NDArray[np.uint32], lengths: npt.NDArray[np.uint32], first: int) -> Packed:
    """Return how often each term stands in each of the passages that are numbered from `first`."""
    passages = np.repeat(np.arange(first, first + len(lengths), dtype=np.uint64), lengths)
    pairs = (terms.astype(np.uint64) << _PASSAGE_BITS) | passages
    pairs.sort()
    is_first = np.ones(len(pairs), dtype=bool)
    is_first[1:] = pairs[1:] != pairs[:-1]
    places = np.flatnonzero(is_first)
    counts = np.diff(places, append=len(pairs))
    return (pairs[places] << _COUNT_BITS) | np.minimum(counts, _MOST_COUNTED).astype(np.uint64)


def _sorted_terms(reader: TermReader) -> tuple[list[bytes], Numbers]:
    """Return the terms in the order of their bytes, and the place of each by its number."""
    by_number = [term.encode() for term in reader.numbers]
    order = sorted(range(len(by_number)), key=by_number.__getitem__)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return [by_number[number] for number in order], ranks


def _joined(batches: list[Packed]) -> Packed:
    return np.concatenate(batches) if batches else np.zeros(0, dtype=np.uint64)


def _joined_lengths(lengths: list[npt.NDArray[np.uint32]]) -> npt.NDArray[np.uint32]:
    return np.concatenate(lengths) if lengths else np.zeros(0, dtype=np.uint32)


def _packed(terms: Numbers, passages: npt.NDArray[np.integer], counts: npt.NDArray[np.integer]) -> Packed:
    packed = terms.astype(np.uint64) << _TERM_SHIFT
    packed |= passages.astype(np.uint64) << _COUNT_BITS
    packed |= counts.astype(np.uint64)
    return packed


def _unpacked(packed: Packed) -> tuple[Numbers, Numbers, Numbers]:
    terms = (packed >> _TERM_SHIFT).astype(np.int64)
    passages = ((packed >> _COUNT_BITS) & np.uint64(MAX_PASSAGES - 1)).astype(np.int64)
    return terms, passages, (packed & np.uint64(_MOST_COUNTED)).astype(np.int64)
