"""Ranks, fusions and intervals are those of their definitions."""

from collections.abc import Sequence

import numpy as np
import pytest

from mypt.bench.retrieval_quality import (
    FUSION,
    KEYWORD,
    MEANING,
    RRF,
    measure_quality,
    rank_of,
    reciprocal,
    reciprocal_rank_fusion,
)
from mypt.bench.retrieval_tasks import Task, shipped_tasks
from mypt.retrieval.embedder import Side
from mypt.retrieval.hashing_embedder import HashingEmbedder

INF = np.inf


def test_of_equal_passages_the_first_ranks_first_and_one_without_a_score_not_at_all() -> None:
    scores = np.array([1.0, 3.0, 1.0, -INF])

    assert [rank_of(scores, place) for place in range(4)] == [2, 1, 3, 0]


def test_reciprocals_end_at_the_tenth_rank() -> None:
    assert reciprocal(np.array([1, 2, 10, 11, 0])).tolist() == [1.0, 0.5, 0.1, 0.0, 0.0]


def test_ranks_are_joined_by_their_reciprocals() -> None:
    joined = reciprocal_rank_fusion([np.array([3.0, 2.0, 1.0]), np.array([-INF, 5.0, -INF])])

    assert joined == pytest.approx([1 / 61, 1 / 62 + 1 / 61, 1 / 63])


class Oracle(HashingEmbedder):
    """Knows which question belongs to which passage: both end with the same number."""

    name = "oracle"

    def embed(self, texts: Sequence[str], side: Side) -> np.ndarray:  # noqa: ARG002
        vectors = np.zeros((len(texts), self.n_dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row, int(text.split()[-1])] = 1.0
        return vectors


def task(name: str, n: int = 20) -> Task:
    passages = tuple(f"passage of some words {number}" for number in range(n))
    return Task(name, passages, tuple(f"asked {number}" for number in range(n)), tuple(range(n)))


def test_every_way_is_judged_on_the_odd_questions() -> None:
    quality = measure_quality([task("one"), task("two")], [Oracle(32), HashingEmbedder(32)])

    assert set(quality.means) == {"oracle", "hashing", KEYWORD, MEANING, RRF, FUSION}
    assert quality.n_questions == {"one": 10, "two": 10}
    assert quality.tasks["one"]["oracle"].mrr == 1.0
    assert quality.tasks["one"][KEYWORD].recall_1 == 1.0
    assert quality.means["oracle"].low == quality.means["oracle"].high == 1.0
    assert quality.gains["hashing"].mean >= 0.0
    assert quality.weight in quality.mean_by_weight


def test_an_identifier_is_found_and_one_embedder_needs_no_joining() -> None:
    tasks = [each for each in shipped_tasks({}) if each.name.startswith("identifier")]

    quality = measure_quality(tasks, [HashingEmbedder(64)])

    assert MEANING not in quality.means
    assert quality.means[FUSION].mean == 1.0
    assert quality.means[KEYWORD].mean == 1.0


def test_intervals_hold_the_mean_and_are_the_same_each_time() -> None:
    tasks = [each for each in shipped_tasks({}) if each.name == "paraphrase en-en"]

    one, other = (measure_quality(tasks, [HashingEmbedder(64)]) for _ in range(2))

    assert one == other
    for interval in one.means.values():
        assert interval.low <= interval.mean <= interval.high
