"""Best fit decreasing: exact, reproducible, and close to what is possible."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.dataset.packing import _fill, _fit, compute_packing_stats, greedy_bin_pack, group_by_field
from mypt.errors import InputError

ROW = 40
LENGTHS = st.lists(st.integers(1, ROW), max_size=60).map(lambda values: np.array(values, dtype=np.int64))


def loads(lengths: np.ndarray, rows: np.ndarray) -> list[int]:
    return np.bincount(rows, weights=lengths).astype(int).tolist()


def plain_best_fit_decreasing(lengths: np.ndarray) -> list[int]:
    """The loads that the definition gives, one episode at a time."""
    room: list[int] = []
    for length in sorted(lengths.tolist(), reverse=True):
        fitting = [number for number, left in enumerate(room) if left >= length]
        if fitting:
            room[min(fitting, key=lambda number: room[number])] -= length
        else:
            room.append(ROW - length)
    return sorted(ROW - left for left in room)


@settings(deadline=None)  # the first call compiles
@given(LENGTHS)
def test_it_is_best_fit_decreasing_or_needs_fewer_rows(lengths: np.ndarray) -> None:
    found = sorted(loads(lengths, greedy_bin_pack(lengths, ROW)))

    plain = plain_best_fit_decreasing(lengths)
    assert max(found, default=0) <= ROW
    assert sum(found) == sum(plain)
    assert found == plain or len(found) < len(plain)


@settings(deadline=None)
@given(LENGTHS)
def test_rows_filled_one_by_one_hold_every_episode_once(lengths: np.ndarray) -> None:
    rows = _fill(-np.sort(-lengths), ROW)

    held = loads(-np.sort(-lengths), rows)
    assert max(held, default=0) <= ROW
    assert 0 not in held
    assert sum(held) == lengths.sum()


def test_ends_of_rows_are_filled_where_best_fit_leaves_gaps() -> None:
    lengths = np.random.default_rng(0).integers(15, 77, 20_000)

    stats = compute_packing_stats(lengths, greedy_bin_pack(lengths, 1024), 1024)

    assert stats.fill > 0.998
    assert stats.n_rows < len(set(_fit(-np.sort(-lengths), 1024).tolist()))


@settings(deadline=None)  # the first call compiles
@given(LENGTHS)
def test_no_packing_has_fewer_rows_than_the_bound(lengths: np.ndarray) -> None:
    stats = compute_packing_stats(lengths, greedy_bin_pack(lengths, ROW), ROW)

    assert -(-stats.n_places // ROW) <= stats.fewest_rows <= stats.n_rows
    assert stats.fill <= stats.best_fill <= 1


@settings(deadline=None)  # the first call compiles
@given(LENGTHS)
def test_rows_are_numbered_in_the_order_of_their_first_episodes(lengths: np.ndarray) -> None:
    rows = greedy_bin_pack(lengths, ROW)

    first_seen = list(dict.fromkeys(rows.tolist()))
    assert first_seen == list(range(len(first_seen)))


def test_the_bound_knows_that_long_episodes_stay_alone() -> None:
    lengths = np.full(10, 30)

    stats = compute_packing_stats(lengths, greedy_bin_pack(lengths, ROW), ROW)

    assert (stats.n_rows, stats.fewest_rows) == (10, 10)
    assert stats.fill == stats.best_fill == 0.75


def test_short_episodes_fill_their_rows() -> None:
    lengths = np.random.default_rng(0).integers(10, 61, 20_000)

    assert compute_packing_stats(lengths, greedy_bin_pack(lengths, 1024), 1024).fill > 0.995


def test_the_same_lengths_are_packed_the_same() -> None:
    lengths = np.random.default_rng(1).integers(1, 900, 5_000)

    assert np.array_equal(greedy_bin_pack(lengths, 1024), greedy_bin_pack(lengths.copy(), 1024))


def test_groups_share_no_row() -> None:
    lengths = np.array([5, 5, 5, 5])
    groups = group_by_field(["wrap", "copy", "wrap", "copy"])

    assert [group.tolist() for group in groups] == [[1, 3], [0, 2]]
    assert greedy_bin_pack(lengths, ROW, groups).tolist() == [0, 1, 0, 1]
    assert greedy_bin_pack(lengths, ROW).tolist() == [0, 0, 0, 0]


def test_values_of_any_kind_make_groups() -> None:
    assert [group.tolist() for group in group_by_field([None, 3, None, "de"])] == [[1], [0, 2], [3]]


@pytest.mark.parametrize("length", [0, ROW + 1])
def test_an_episode_that_no_row_takes_is_refused(length: int) -> None:
    with pytest.raises(InputError, match="a row has 1 to 40"):
        greedy_bin_pack(np.array([3, length]), ROW)


def test_no_episodes_need_no_row() -> None:
    nothing = np.zeros(0, dtype=np.int64)

    stats = compute_packing_stats(nothing, greedy_bin_pack(nothing, ROW), ROW)

    assert (stats.n_rows, stats.fill, stats.best_fill) == (0, 0.0, 0.0)
