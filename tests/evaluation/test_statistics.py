"""Intervals and paired tests against published values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.evaluation.statistics import mcnemar, wilson_interval


@pytest.mark.parametrize(
    ("k", "n", "lower", "upper"),
    [  # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_has_the_published_values(k: int, n: int, lower: float, upper: float) -> None:
    interval = wilson_interval(k, n)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == (lower, upper)


def test_fifty_of_fifty_are_not_certain_and_nothing_says_nothing() -> None:
    assert 0.92 < wilson_interval(50, 50).lower < 0.93
    assert wilson_interval(50, 50).upper == 1.0
    assert (wilson_interval(0, 0).lower, wilson_interval(0, 0).upper) == (0.0, 1.0)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_rate_and_narrows_with_more_cases(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))

    few, many = wilson_interval(k, n), wilson_interval(10 * k, 10 * n)

    assert 0.0 <= few.lower <= k / n <= few.upper <= 1.0
    assert few.lower <= many.lower
    assert many.upper <= few.upper


@pytest.mark.parametrize(
    ("lost", "won", "p"), [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (0, 6, 0.03125), (1, 9, 22 / 1024)]
)
def test_flips_have_the_probability_of_coins(lost: int, won: int, p: float) -> None:
    assert math.isclose(mcnemar(lost, won), p)
    assert mcnemar(lost, won) == mcnemar(won, lost)
