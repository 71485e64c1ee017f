"""Training documents that hold what a model will be judged by: shared runs of 13 words, and the certificate.

An evaluation document with fewer than 13 words counts as one run of all its
words. Hashes have 64 bits and every hit of the bitmap is looked up, so nothing
is decided by a false positive.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt8, UInt64
from pydantic import Field

from mypt.config import Section
from mypt.documents.words import CLASSES, Texts, kernels, ngram_hashes

_BITS_PER_HASH = 32  # with two bits set for each, one in 250 n-grams is looked up in vain
_SMALLEST_BITMAP = 1 << 12


class DecontaminationConfig(Section):
    """When a training document may not stay."""

    ngram_words: Annotated[int, Field(ge=5, le=50)] = 13
    """Words in a run that is compared."""
    max_overlap: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """A training document goes when it holds this share of an evaluation document's runs, or this share
    of its own runs stands in one."""
    min_words: Annotated[int, Field(ge=1)] = 8
    """Shorter evaluation documents are ordinary language: they are counted, and not looked for."""


@dataclass(frozen=True)
class Overlaps:
    """What a batch of training documents shares with the evaluation documents."""

    n_ngrams: Int64[np.ndarray, " training"]
    """Runs of words in each training document."""
    n_found: Int64[np.ndarray, " training"]
    """How many of them stand in an evaluation document."""
    training: Int64[np.ndarray, " pairs"]
    """Number of the training document in its batch, for each pair that shares something."""
    evaluation: Int64[np.ndarray, " pairs"]
    """Number of the evaluation document."""
    share: Float64[np.ndarray, " pairs"]
    """The larger of two shares: of the evaluation document's runs, and of the training document's own."""

    def highest(self) -> Float64[np.ndarray, " training"]:
        """Return the largest share of each training document; 0 where it shares nothing."""
        highest = np.zeros(len(self.n_ngrams))
        np.maximum.at(highest, self.training, self.share)
        return highest

    def contaminated(self, max_overlap: float) -> Bool[np.ndarray, " training"]:
        """Return which training documents may not stay."""
        return self.highest() >= max_overlap


@dataclass(frozen=True)
class _Runs:
    """The runs of one length: their hashes, and in which evaluation documents each stands."""

    n: int
    hashes: UInt64[np.ndarray, " hashes"]
    starts: Int64[np.ndarray, " hashes_and_end"]
    documents: Int64[np.ndarray, " places"]

    @classmethod
    def of(cls, n: int, hashes: UInt64[np.ndarray, " h"], documents: Int64[np.ndarray, " h"]) -> "_Runs":
        order = np.lexsort((documents, hashes))
        hashes, documents = hashes[order], documents[order]
        is_new = np.ones(len(hashes), dtype=bool)
        is_new[1:] = (hashes[1:] != hashes[:-1]) | (documents[1:] != documents[:-1])
        distinct, starts = np.unique(hashes[is_new], return_index=True)
        return cls(n, distinct, np.append(starts, is_new.sum()).astype(np.int64), documents[is_new])

    @cached_property
    def bitmap(self) -> UInt8[np.ndarray, " bytes"]:
        n_bits = 1 << max(_SMALLEST_BITMAP - 1, _BITS_PER_HASH * len(self.hashes)).bit_length()
        bitmap = np.zeros(n_bits // 8, dtype=np.uint8)
        for values in (self.hashes, self.hashes >> np.uint64(32)):
            bits = values & np.uint64(n_bits - 1)
            np.bitwise_or.at(
                bitmap, bits >> np.uint64(3), np.uint8(1) << (bits & np.uint64(7)).astype(np.uint8)
            )
        return bitmap


class EvaluationSet:
    """The runs of words of all evaluation documents, ready to be looked for."""

    def __init__(self, texts: Sequence[str], config: DecontaminationConfig) -> None:
        self.config = config
        self.n_documents = len(texts)
        self.digest = digest_of(texts)
        packed = Texts.from_strings(texts)
        n_words = np.diff(ngram_hashes(packed, 1)[1])
        self.n_too_short = int((n_words < config.min_words).sum())
        lengths = np.minimum(n_words, config.ngram_words)
        self._runs = [
            _runs_of(packed, np.flatnonzero(lengths == n), int(n))
            for n in np.unique(lengths[n_words >= config.min_words])
        ]
        self._n_runs = np.zeros(len(texts), dtype=np.int64)
        for runs in self._runs:
            self._n_runs += np.bincount(runs.documents, minlength=len(texts))

    def overlaps(self, texts: Texts) -> Overlaps:
        """Return what each training document shares, and with which evaluation documents."""
        n_ngrams = np.zeros(len(texts), dtype=np.int64)
        n_found = np.zeros(len(texts), dtype=np.int64)
        pairs = [np.zeros((2, 0), dtype=np.int64)]
        for runs in self._runs:
            arguments = (texts.buffer, texts.offsets, runs.n, CLASSES, runs.bitmap, runs.hashes)
            training, indices, totals = kernels.find_ngrams(*arguments)
            n_ngrams = np.maximum(n_ngrams, totals)
            n_found += np.bincount(training, minlength=len(texts))
            pairs.append(_pairs(training, indices, runs))
        both = np.concatenate(pairs, axis=1)
        codes, shared = np.unique(both[0] * max(1, self.n_documents) + both[1], return_counts=True)
        training, evaluation = np.divmod(codes, max(1, self.n_documents))
        share = shared / np.minimum(self._n_runs[evaluation], n_ngrams[training])
        return Overlaps(n_ngrams, n_found, training, evaluation, np.minimum(share, 1.0))


@dataclass(frozen=True)
class Certificate:
    """What was compared with what, and how much is left; plain data for a manifest."""

    ngram_words: int
    max_overlap: float
    evaluation_documents: int
    evaluation_too_short: int
    """Evaluation documents that were not looked for, because they are too short to tell."""
    evaluation_digest: str
    """sha256 of the sorted sha256 of the evaluation texts."""
    training_documents: int
    training_removed: int
    training_digest: str
    """The same of the training texts that stayed."""
    highest_remaining: float
    """The largest overlap of a training document that stayed."""

    def to_row(self) -> Mapping[str, Any]:
        """Return it for a manifest."""
        return asdict(self)


def certify(
    evaluation: EvaluationSet, highest: Float64[np.ndarray, " training"], kept_digest: str
) -> Certificate:
    """Return the certificate of a data set, from the highest overlap of each training document."""
    config = evaluation.config
    stays = highest[highest < config.max_overlap]
    return Certificate(
        ngram_words=config.ngram_words,
        max_overlap=config.max_overlap,
        evaluation_documents=evaluation.n_documents,
        evaluation_too_short=evaluation.n_too_short,
        evaluation_digest=evaluation.digest,
        training_documents=len(highest),
        training_removed=len(highest) - len(stays),
        training_digest=kept_digest,
        highest_remaining=float(stays.max(initial=0.0)),
    )


def digest_of(texts: Iterable[str]) -> str:
    """Return one digest of texts that does not depend on their order."""
    return digest_of_digests(hashlib.sha256(text.encode()).digest() for text in texts)


def digest_of_digests(digests: Iterable[bytes]) -> str:
    """Return one digest of digests that does not depend on their order."""
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def _runs_of(texts: Texts, numbers: Int64[np.ndarray, " n"], n: int) -> _Runs:
    hashes, bounds = ngram_hashes(texts, n)
    documents = np.repeat(np.arange(len(texts)), np.diff(bounds))
    wanted = np.isin(documents, numbers)
    return _Runs.of(n, hashes[wanted], documents[wanted])


def _pairs(
    training: Int64[np.ndarray, " hits"], indices: Int64[np.ndarray, " hits"], runs: _Runs
) -> Int64[np.ndarray, "2 pairs"]:
    """Return (training, evaluation) once for each distinct run that two documents share."""
    training, indices = np.divmod(np.unique(training * len(runs.hashes) + indices), len(runs.hashes))
    counts = np.diff(runs.starts)[indices]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    places = np.repeat(runs.starts[indices], counts) + within
    return np.stack([np.repeat(training, counts), runs.documents[places]])
