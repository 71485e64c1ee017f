"""The flat store misses nothing, and its numbers depend on nothing but the vectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Bool, Float16, Float32

from mypt.errors import InputError
from mypt.retrieval.flat_store import FlatStore
from mypt.retrieval.vector_store import ExactVectorStore


def unit_vectors(seed: int, n_rows: int, n_dimensions: int) -> Float32[np.ndarray, "rows dimensions"]:
    vectors = np.random.default_rng(seed).standard_normal((n_rows, n_dimensions))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def ids(n_rows: int) -> list[str]:
    return [f"d{row // 7}-{row % 7 + 1}" for row in range(n_rows)]


def full_store(vectors: Float32[np.ndarray, "rows dimensions"], threads: int = 1) -> FlatStore:
    every = np.ones(len(vectors), np.bool_)
    return FlatStore(ids(len(vectors)), vectors.astype(np.float16), every, threads)


def brute_force(
    matrix: Float16[np.ndarray, "rows dimensions"],
    query: Float32[np.ndarray, " dimensions"],
    wanted: Bool[np.ndarray, " rows"],
    k: int,
) -> list[int]:
    exact = matrix.astype(np.float64) @ query.astype(np.float64)
    rows = sorted(np.flatnonzero(wanted), key=lambda row: (-exact[row], row))
    return [int(row) for row in rows[:k]]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_rows=st.integers(1, 400),
    n_dimensions=st.sampled_from([8, 31, 64, 384, 512]),
    k=st.integers(1, 60),
    share_allowed=st.sampled_from([0.02, 0.5, 1.0]),
)
def test_what_is_found_is_what_double_precision_finds(
    seed: int, n_rows: int, n_dimensions: int, k: int, share_allowed: float
) -> None:
    vectors = unit_vectors(seed, n_rows, n_dimensions)
    allowed = np.random.default_rng(seed + 1).random(n_rows) < share_allowed
    query = unit_vectors(seed + 2, 1, n_dimensions)[0]

    found = full_store(vectors).search(query, allowed, k)

    assert found.rows.tolist() == brute_force(vectors.astype(np.float16), query, allowed, k)


def test_rows_that_are_equally_near_stand_in_the_order_of_their_numbers() -> None:
    one, other = unit_vectors(1, 2, 64)
    store = full_store(np.array([other, one, other, one, one, other]))

    found = store.search(one, np.ones(6, np.bool_), 5)

    assert found.rows.tolist()[:3] == [1, 3, 4]
    assert sorted(found.rows.tolist()[3:]) == [0, 2]


def test_near_ties_are_told_apart_by_the_stored_numbers() -> None:
    base = unit_vectors(3, 1, 384)[0]
    matrix = np.tile(base.astype(np.float16), (3000, 1))
    bits = matrix.view(np.uint16)
    bits[np.arange(3000), np.arange(3000) % 384] += (np.arange(3000) % 3).astype(np.uint16)
    store = FlatStore(ids(3000), matrix, np.ones(3000, np.bool_))

    found = store.search(base, np.ones(3000, np.bool_), 50)

    assert found.rows.tolist() == brute_force(matrix, base, np.ones(3000, np.bool_), 50)


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_every_number_of_threads_gives_the_same_bytes(threads: int) -> None:
    vectors, query = unit_vectors(4, 50_000, 32), unit_vectors(5, 1, 32)[0]
    allowed = np.random.default_rng(6).random(50_000) < 0.7

    one = full_store(vectors).similarities(query, allowed)
    many = full_store(vectors, threads).similarities(query, allowed)

    assert one.tobytes() == many.tobytes()


def test_a_row_is_as_similar_whatever_else_is_allowed() -> None:
    vectors, query = unit_vectors(7, 500, 384), unit_vectors(8, 1, 384)[0]
    store = full_store(vectors)
    everything = store.similarities(query, np.ones(500, np.bool_))

    alone = [store.similarities(query, np.arange(500) == row)[row] for row in range(500)]

    assert np.array(alone, np.float32).tobytes() == everything.tobytes()


def test_rows_that_are_not_allowed_or_not_there_move_nothing() -> None:
    vectors, query = unit_vectors(9, 300, 64), unit_vectors(10, 1, 64)[0]
    allowed = np.arange(300) % 3 == 0
    store = full_store(vectors)
    before = store.search(query, allowed, 20)

    store.add([ids(300)[row] for row in np.flatnonzero(~allowed)], np.tile(query, (200, 1)))
    after = store.search(query, allowed, 20)

    assert after.rows.tolist() == before.rows.tolist()
    assert (after.mean, after.deviation, after.n_compared) == (before.mean, before.deviation, 100)
    assert np.isnan(store.similarities(query, allowed)[~allowed]).all()


def test_mean_and_deviation_are_those_of_the_allowed_rows() -> None:
    vectors, query = unit_vectors(11, 200, 48), unit_vectors(12, 1, 48)[0]
    allowed = np.arange(200) < 50
    expected = vectors[:50].astype(np.float16).astype(np.float64) @ query.astype(np.float64)

    found = full_store(vectors).search(query, allowed, 3)

    assert found.mean == pytest.approx(expected.mean(), abs=1e-6)
    assert found.deviation == pytest.approx(expected.std(), abs=1e-6)
    assert found.n_compared == 50


def test_vectors_come_go_and_are_replaced() -> None:
    first, second = unit_vectors(13, 2, 16)
    store = FlatStore.empty(ids(3), 16)
    every = np.ones(3, np.bool_)

    store.add(ids(3)[:2], np.array([first, second]))
    store.add(ids(3)[:1], np.array([-first]))
    store.remove([ids(3)[1], "unknown-1"])

    assert store.present.tolist() == [True, False, False]
    assert store.search(first, every, 3).rows.tolist() == [0]
    assert store.search(first, every, 3).similarities[0] == pytest.approx(-1.0, abs=1e-3)


def test_adding_leaves_the_given_matrix_as_it_is() -> None:
    matrix = unit_vectors(14, 4, 16).astype(np.float16)
    matrix.flags.writeable = False
    before = matrix.tobytes()
    store = FlatStore(ids(4), matrix, np.ones(4, np.bool_))

    store.add([ids(4)[0]], unit_vectors(15, 1, 16))

    assert matrix.tobytes() == before


@pytest.mark.parametrize("n_rows", [0, 5])
def test_nothing_is_found_where_nothing_is_allowed(n_rows: int) -> None:
    store = full_store(unit_vectors(16, n_rows, 16))

    found = store.search(unit_vectors(17, 1, 16)[0], np.zeros(n_rows, np.bool_), 8)

    assert (found.rows.tolist(), found.similarities.tolist(), found.n_compared) == ([], [], 0)


def test_no_rows_are_asked_for_and_none_are_given() -> None:
    found = full_store(unit_vectors(18, 5, 16)).search(unit_vectors(19, 1, 16)[0], np.ones(5, np.bool_), 0)

    assert found.rows.tolist() == []
    assert found.n_compared == 5


def test_what_does_not_fit_is_refused() -> None:
    store = full_store(unit_vectors(20, 4, 16))
    query, every = unit_vectors(21, 1, 16)[0], np.ones(4, np.bool_)

    with pytest.raises(InputError, match="not among the 4"):
        store.add(["stranger-1"], query[None])
    with pytest.raises(InputError, match="shape"):
        store.add(ids(1), query[None, :8])
    with pytest.raises(InputError, match="not finite"):
        store.add(ids(1), query[None] * np.float32("nan"))
    with pytest.raises(InputError, match="a query of shape"):
        store.search(query[:8], every, 1)
    with pytest.raises(InputError, match="a mask of"):
        store.search(query, every[:3], 1)
    with pytest.raises(InputError, match="listed twice"):
        FlatStore.empty(["a-1", "a-1"], 16)
    with pytest.raises(InputError, match="a matrix of"):
        FlatStore(ids(3), np.zeros((4, 16), np.float16), np.ones(3, np.bool_))


def test_it_is_an_exact_store() -> None:
    assert isinstance(FlatStore.empty(ids(2), 16), ExactVectorStore)
