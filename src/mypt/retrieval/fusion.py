"""Rank by meaning and rank by words joined into one score, so that neither loses what the other found.

Each embedder's similarities are set against those of the other passages (z-scores) and added up. Words
are added on top, but only as far as a passage has all that the question says: a paraphrase that shares one
word with the wrong passage is hardly moved, an identifier that stands in a passage as asked lifts it above
all others. Joining ranks (reciprocal-rank fusion) cannot tell the two apart.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mypt.retrieval.keyword_index import KeywordScores

Values = npt.NDArray[np.float64]


def standardise(similarities: npt.NDArray[np.floating]) -> Values:
    """Return how many deviations each similarity lies above the mean; NaN, for no vector, stays."""
    values = similarities.astype(np.float64)
    present = values[~np.isnan(values)]
    if not len(present):
        return values
    deviation = float(present.std())
    return (values - float(present.mean())) / (deviation or 1.0)


def join_meanings(
    standardised: Mapping[str, Values],
    shares: Mapping[str, float],
    n_passages: int,
    n_compared: int | None = None,
) -> Values:
    """Return one value for each passage: its z-scores weighed by the shares of their embedders, default 1.

    Two equal shares give the sum over the root of 2. A passage that an embedder has not come to yet is
    judged by the others, as if that one agreed with them; one that none has come to lies at the mean.
    An embedder counts as far as it has come among those that are compared, by default all, or its first
    passages would stand above all others.
    """
    if not standardised or not n_passages:
        return np.zeros(n_passages)
    stacked = np.stack(list(standardised.values()))
    is_present = ~np.isnan(stacked)
    come = is_present.sum(axis=1) / max(1, n_passages if n_compared is None else n_compared)
    weights = come * np.array([shares.get(name, 1.0) for name in standardised])
    if not weights.any():
        return np.zeros(n_passages)
    present = np.einsum("e,ep->p", weights, is_present)
    sums = np.einsum("e,ep->p", weights, np.where(is_present, stacked, 0.0))
    means = np.divide(sums, present, out=np.zeros(n_passages), where=present > 0)
    return means * (weights.sum() / np.linalg.norm(weights)) * come.max()


def fuse(meaning: Values, words: KeywordScores, weight: float) -> Values:
    """Return the score of each passage."""
    return meaning + weight * np.square(words.coverage) * words.relevance


def best(scores: Values, n: int) -> npt.NDArray[np.int64]:
    """Return the places of the n highest scores, best first; of equal ones the first comes first.

    A score of minus infinity is none.
    """
    candidates = np.flatnonzero(scores > -np.inf)
    if 0 < n < len(candidates):
        threshold = np.partition(scores[candidates], len(candidates) - n)[len(candidates) - n]
        candidates = candidates[scores[candidates] >= threshold]
    order = np.argsort(-scores[candidates], kind="stable")
    return candidates[order][:n]
