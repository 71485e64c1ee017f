"""The keyed permutation is one, for every size, and is spread well."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.dataset.order import permuted


def order_of(size: int, seed: int, epoch: int) -> np.ndarray:
    return permuted(np.arange(size), size, seed, np.full(size, epoch))


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 3000), seed=st.integers(0, 2**62), epoch=st.integers(0, 1000))
def test_every_item_comes_exactly_once(size: int, seed: int, epoch: int) -> None:
    items = order_of(size, seed, epoch)

    assert np.array_equal(np.sort(items), np.arange(size))


def test_any_position_of_any_epoch_can_be_asked_for() -> None:
    positions, epochs = np.array([777, 0, 777, 12]), np.array([2, 5, 5, 2])

    items = permuted(positions, 1000, seed=4, epochs=epochs)

    wholes = {epoch: order_of(1000, seed=4, epoch=epoch) for epoch in (2, 5)}
    assert items.tolist() == [wholes[2][777], wholes[5][0], wholes[5][777], wholes[2][12]]


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    base = order_of(1000, seed=4, epoch=0)

    assert not np.array_equal(base, order_of(1000, seed=4, epoch=1))
    assert not np.array_equal(base, order_of(1000, seed=5, epoch=0))


def test_the_order_looks_random() -> None:
    items = order_of(10_000, seed=11, epoch=0)

    correlation = np.corrcoef(np.arange(10_000), items)[0, 1]
    fixed_points = int((items == np.arange(10_000)).sum())
    neighbours = int((np.diff(items) == 1).sum())
    assert abs(correlation) < 0.04
    assert fixed_points < 12
    assert neighbours < 12


def test_the_order_of_a_seed_never_changes() -> None:
    assert order_of(8, seed=1, epoch=0).tolist() == [2, 4, 7, 5, 0, 6, 3, 1]
