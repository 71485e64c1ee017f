"""Shares become counts, and turns come as evenly as they can."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.dataset.rotation import PERIOD, Rotation, apportion
from mypt.errors import InputError

some_counts = st.lists(st.integers(1, 40), min_size=1, max_size=7)


def drawn(counts: Sequence[int], positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return Rotation(tuple(counts)).draw(positions)


@pytest.mark.parametrize(
    ("weights", "total", "counts"),
    [
        ([1.0], 10, (10,)),
        ([3.0, 1.0], 8, (6, 2)),
        ([1.0, 1.0, 1.0], 10, (4, 3, 3)),
        ([0.95, 0.05], 10, (9, 1)),  # 9.5 and 0.5: the small one is due its one draw
        ([1000.0, 1.0, 1.0], 10, (8, 1, 1)),
        ([2.0, 1.0, 1.0], 3, (1, 1, 1)),
    ],
)
def test_counts_are_the_shares_in_whole_numbers(
    weights: list[float], total: int, counts: tuple[int, ...]
) -> None:
    assert apportion(weights, total) == counts


@settings(max_examples=200, deadline=None)
@given(weights=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=12), extra=st.integers(0, 500))
def test_counts_have_the_right_sum_and_leave_nobody_out(weights: list[float], extra: int) -> None:
    total = len(weights) + extra

    counts = apportion(weights, total)

    assert sum(counts) == total
    assert min(counts) >= 1
    if all(weight / sum(weights) * total >= 1 for weight in weights):
        assert all(abs(c - w / sum(weights) * total) < 1 for c, w in zip(counts, weights, strict=True))


def test_more_sources_than_draws_are_refused() -> None:
    with pytest.raises(InputError, match="3 sources cannot share 2 draws"):
        apportion([1.0, 1.0, 1.0], 2)


@settings(max_examples=150, deadline=None)
@given(counts=some_counts)
def test_no_prefix_is_a_whole_draw_away_from_the_shares(counts: list[int]) -> None:
    period = sum(counts)
    sources, _ = drawn(counts, np.arange(2 * period))

    bound = 1 - Fraction(1, max(2, 2 * len(counts) - 2))
    seen = np.cumsum(sources[:, None] == np.arange(len(counts)), axis=0)
    for n in range(1, 2 * period + 1):
        distances = [abs(Fraction(n * c, period) - int(s)) for c, s in zip(counts, seen[n - 1], strict=True)]
        assert max(distances) <= bound


@settings(max_examples=60, deadline=None)
@given(counts=some_counts, n=st.integers(0, 2000))
def test_earlier_draws_are_counted_in_closed_form(counts: list[int], n: int) -> None:
    sources, earlier = drawn(counts, np.arange(n))

    assert Rotation(tuple(counts)).draws(n).tolist() == np.bincount(sources, minlength=len(counts)).tolist()
    for source in range(len(counts)):
        assert earlier[sources == source].tolist() == list(range(int((sources == source).sum())))


def test_two_equal_shares_alternate() -> None:
    assert Rotation.of([5.0, 5.0]).counts == (1, 1)
    assert drawn([1, 1], np.arange(6))[0].tolist() == [0, 1, 0, 1, 0, 1]


def test_percents_are_exact_and_the_smallest_share_is_one_draw_a_period() -> None:
    assert Rotation.of([0.94, 0.05, 0.01]).counts == (94, 5, 1)
    assert Rotation.of([1.0, 1e-9]).counts == (PERIOD - 1, 1)


def test_the_turns_of_a_rotation_never_change() -> None:
    assert drawn([5, 3, 1], np.arange(9))[0].tolist() == [0, 1, 0, 1, 0, 0, 2, 0, 1]
