"""LexRank: the sentences that most others resemble (Erkan and Radev 2004, continuous form)."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mypt.retrieval.analysis import pieces

_DAMPING = 0.85
_N_ROUNDS = 50
_SAME = 0.6
"""From this similarity on, a sentence says again what a better one said."""
_MOST = 800
"""Sentences compared with each other; of a longer text those nearest to its centre."""

_Weights = Mapping[str, float]


def central_sentences(sentences: Sequence[str], n_wanted: int) -> list[int]:
    """Return the numbers of the most central sentences, best first, none that repeats a better one."""
    weights = _tf_idf(sentences)
    kept = _nearest_to_centre(weights)
    vectors = _matrix([weights[number] for number in kept])
    similarity = vectors @ vectors.T
    order = np.argsort(-np.round(_page_rank(similarity), 12), kind="stable")
    chosen: list[int] = []
    for place in order.tolist():
        if len(chosen) == n_wanted:
            break
        if similarity[place, place] > 0 and all(similarity[place, other] < _SAME for other in chosen):
            chosen.append(place)
    return [kept[place] for place in chosen]


def _tf_idf(sentences: Sequence[str]) -> list[_Weights]:
    """Return the weight of each content word of each sentence; rows have length 1 or no words."""
    counts = [Counter(p.term for p in pieces(text) if not p.is_stop_word) for text in sentences]
    found = Counter(term for count in counts for term in count)
    rows = [
        {term: times * math.log(1 + len(counts) / found[term]) for term, times in count.items()}
        for count in counts
    ]
    lengths = [math.sqrt(math.fsum(weight**2 for weight in row.values())) for row in rows]
    return [{t: w / length for t, w in row.items()} for row, length in zip(rows, lengths, strict=True)]


def _nearest_to_centre(weights: Sequence[_Weights]) -> list[int]:
    """Bound what is compared: a matrix of all pairs of a book would not fit in memory."""
    if len(weights) <= _MOST:
        return list(range(len(weights)))
    centre: Counter[str] = Counter()
    for row in weights:
        centre.update(row)
    nearness = [math.fsum(weight * centre[term] for term, weight in row.items()) for row in weights]
    return sorted(sorted(range(len(weights)), key=lambda number: (-nearness[number], number))[:_MOST])


def _matrix(rows: Sequence[_Weights]) -> NDArray[np.float64]:
    columns = {term: column for column, term in enumerate(dict.fromkeys(t for row in rows for t in row))}
    matrix = np.zeros((len(rows), len(columns)))
    for number, row in enumerate(rows):
        matrix[number, [columns[term] for term in row]] = list(row.values())
    return matrix


def _page_rank(similarity: NDArray[np.float64]) -> NDArray[np.float64]:
    n = len(similarity)
    sums = similarity.sum(axis=1, keepdims=True)
    steps = np.divide(similarity, sums, out=np.full_like(similarity, 1 / max(n, 1)), where=sums > 0)
    ranks = np.full(n, 1 / max(n, 1))
    for _ in range(_N_ROUNDS):
        ranks = (1 - _DAMPING) / max(n, 1) + _DAMPING * ranks @ steps
    return ranks
