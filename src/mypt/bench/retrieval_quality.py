"""How well each way of ranking finds the right passage: alone, joined by ranks, joined by our fusion.

The weight of the fusion is chosen on the even questions and everything is judged on the odd ones. Intervals
come from drawing the questions of each task again, with replacement.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mypt.bench.retrieval_tasks import Task
from mypt.retrieval.compounds import with_compounds_split
from mypt.retrieval.embedder import Embedder, Side
from mypt.retrieval.fusion import Values, fuse, join_meanings, standardise
from mypt.retrieval.keyword_build import build_index
from mypt.retrieval.keyword_index import KeywordScores
from mypt.retrieval.keyword_question import read_question
from mypt.retrieval.settings import KeywordSettings, RetrievalSettings

Vectors = npt.NDArray[np.float32]
Ranks = npt.NDArray[np.int64]
Progress = Callable[[str, int, int], None]

WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0)
DEPTH = 10
KEYWORD, MEANING, RRF, FUSION = "keyword", "all embedders", "rrf", "fusion"
_RRF_CONSTANT = 60
_BATCH = 64
_DRAWS = 2000


@dataclass(frozen=True)
class Interval:
    """A mean, and where it lies in 95 of 100 draws of the questions."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Figures:
    """What one way of ranking reaches on the judged questions of one task."""

    mrr: float
    recall_1: float
    recall_5: float
    recall_10: float
    ndcg: float


@dataclass(frozen=True)
class Quality:
    """The outcome on all tasks."""

    weight: float
    """That the even questions chose."""
    mean_by_weight: Mapping[float, float]
    """MRR of the fusion on the even questions, the mean over tasks."""
    tasks: Mapping[str, Mapping[str, Figures]]
    """By task and way of ranking, on the odd questions."""
    n_questions: Mapping[str, int]
    n_passages: Mapping[str, int]
    means: Mapping[str, Interval]
    """MRR of each way, the mean over tasks."""
    gains: Mapping[str, Interval]
    """Of the fusion over each other way."""


@dataclass(frozen=True)
class _Ranked:
    """The rank of the right passage for every question of a task; 0 where it was not found."""

    by_method: Mapping[str, Ranks]
    by_weight: Mapping[float, Ranks]


def measure_quality(
    tasks: Sequence[Task], embedders: Sequence[Embedder], progress: Progress | None = None
) -> Quality:
    """Rank the passages of all tasks in every way, choose the weight, and judge."""
    vectors = {each.name: _embed_all(tasks, each, progress) for each in embedders}
    ranked = {task.name: _rank(task, vectors) for task in tasks}
    even = {
        weight: float(np.mean([reciprocal(each.by_weight[weight][::2]).mean() for each in ranked.values()]))
        for weight in WEIGHTS
    }
    weight = max(WEIGHTS, key=lambda each: even[each])
    judged = {
        name: {
            method: ranks[1::2]
            for method, ranks in [*each.by_method.items(), (FUSION, each.by_weight[weight])]
        }
        for name, each in ranked.items()
    }
    draws = _drawn_means(judged)
    return Quality(
        weight=weight,
        mean_by_weight=even,
        tasks={name: {m: _figures(ranks) for m, ranks in each.items()} for name, each in judged.items()},
        n_questions={name: len(next(iter(each.values()))) for name, each in judged.items()},
        n_passages={task.name: len(task.passages) for task in tasks},
        means={method: _interval(_mean(judged, method), values) for method, values in draws.items()},
        gains={
            method: _interval(_mean(judged, FUSION) - _mean(judged, method), draws[FUSION] - values)
            for method, values in draws.items()
            if method != FUSION
        },
    )


def _embed_all(
    tasks: Sequence[Task], embedder: Embedder, progress: Progress | None
) -> dict[tuple[Side, str], Vectors]:
    """Return the vector of each text of all tasks, computed once."""
    wanted: list[tuple[Side, str]] = [
        *dict.fromkeys(("passage", text) for task in tasks for text in task.passages),
        *dict.fromkeys(("query", text) for task in tasks for text in task.questions),
    ]
    vectors: dict[tuple[Side, str], Vectors] = {}
    sides: tuple[Side, ...] = ("passage", "query")
    for side in sides:
        texts = [text for one, text in wanted if one == side]
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            for text, vector in zip(batch, embedder.embed(batch, side), strict=True):
                vectors[side, text] = vector
            if progress:
                progress(embedder.name, len(vectors), len(wanted))
    return vectors


def _rank(task: Task, vectors: Mapping[str, Mapping[tuple[Side, str], Vectors]]) -> _Ranked:
    index = build_index(task.passages)
    matrices = {
        name: np.stack([known["passage", text] for text in task.passages]) for name, known in vectors.items()
    }
    by_method: dict[str, list[int]] = {}
    by_weight: dict[float, list[int]] = {weight: [] for weight in WEIGHTS}
    for question, right in zip(task.questions, task.right, strict=True):
        similarities = {name: matrix @ vectors[name]["query", question] for name, matrix in matrices.items()}
        groups = with_compounds_split(read_question(question), index.frequency)
        words = index.score(groups, KeywordSettings())
        for method, scores in _methods(similarities, words).items():
            by_method.setdefault(method, []).append(rank_of(scores, right))
        meaning = _meaning(similarities, len(task.passages))
        for weight, ranks in by_weight.items():
            ranks.append(rank_of(fuse(meaning, words, weight), right))
    return _Ranked(
        {method: np.array(ranks) for method, ranks in by_method.items()},
        {weight: np.array(ranks) for weight, ranks in by_weight.items()},
    )


def _methods(similarities: Mapping[str, Vectors], words: KeywordScores) -> dict[str, Values]:
    """Return the scores of every way of ranking but ours."""
    by_words = np.where(words.relevance > 0, words.relevance, -np.inf)
    alone = {name: each.astype(np.float64) for name, each in similarities.items()}
    scores = {**alone, KEYWORD: by_words, RRF: reciprocal_rank_fusion([*alone.values(), by_words])}
    if len(alone) > 1:
        scores[MEANING] = _meaning(similarities, len(by_words))
    return scores


def _meaning(similarities: Mapping[str, Vectors], n_passages: int) -> Values:
    standardised = {name: standardise(each) for name, each in similarities.items()}
    return join_meanings(standardised, RetrievalSettings().embedder_shares, n_passages)


def reciprocal_rank_fusion(lists: Iterable[Values]) -> Values:
    """Return the scores of Cormack's reciprocal-rank fusion; minus infinity is no place in a list."""
    return np.sum([_reciprocal_ranks(scores) for scores in lists], axis=0)


def _reciprocal_ranks(scores: Values) -> Values:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return np.where(scores > -np.inf, 1.0 / (_RRF_CONSTANT + ranks), 0.0)


def rank_of(scores: Values, place: int) -> int:
    """Return the rank of a passage from 1, of equal ones the first coming first; 0 when it has no score."""
    own = scores[place]
    if own == -np.inf:
        return 0
    return 1 + int(np.count_nonzero(scores > own)) + int(np.count_nonzero(scores[:place] == own))


def reciprocal(ranks: Ranks) -> Values:
    """Return one over each rank, 0 beyond the depth that is looked at."""
    return np.where((ranks > 0) & (ranks <= DEPTH), 1.0 / np.maximum(ranks, 1), 0.0)


def _figures(ranks: Ranks) -> Figures:
    found = (ranks > 0) & (ranks <= DEPTH)
    return Figures(
        mrr=float(reciprocal(ranks).mean()),
        recall_1=float((ranks == 1).mean()),
        recall_5=float((found & (ranks <= 5)).mean()),
        recall_10=float(found.mean()),
        ndcg=float(np.where(found, 1.0 / np.log2(np.maximum(ranks, 1) + 1), 0.0).mean()),
    )


def _mean(judged: Mapping[str, Mapping[str, Ranks]], method: str) -> float:
    return float(np.mean([reciprocal(each[method]).mean() for each in judged.values()]))


def _drawn_means(judged: Mapping[str, Mapping[str, Ranks]]) -> dict[str, Values]:
    """Return the mean of each way over tasks, in many draws; a draw takes the same questions for all."""
    chance = np.random.default_rng(0)
    totals: dict[str, Values] = {}
    for each in judged.values():
        n_questions = len(next(iter(each.values())))
        chosen = chance.integers(0, n_questions, (_DRAWS, n_questions))
        for method, ranks in each.items():
            means = reciprocal(ranks)[chosen].mean(axis=1) / len(judged)
            totals[method] = totals.get(method, np.zeros(_DRAWS)) + means
    return totals


def _interval(mean: float, draws: Values) -> Interval:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(mean, float(low), float(high))
