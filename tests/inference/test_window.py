"""The rule for contexts longer than a block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.inference.window import window, window_start


@pytest.mark.parametrize(
    ("length", "start"), [(1, 0), (8, 0), (9, 4), (12, 4), (13, 8), (16, 8), (17, 12), (100, 92)]
)
def test_the_window_moves_in_jumps_of_half_a_block(length: int, start: int) -> None:
    assert window_start(length, 8) == start


@given(length=st.integers(1, 200), block_size=st.integers(1, 33))
def test_a_window_holds_at_least_half_a_block_and_at_most_one(length: int, block_size: int) -> None:
    seen = length - window_start(length, block_size)

    assert min(length, block_size - block_size // 2) <= seen <= block_size


@given(block_size=st.integers(1, 33))
def test_the_window_never_moves_back(block_size: int) -> None:
    starts = [window_start(length, block_size) for length in range(1, 4 * block_size)]

    assert starts == sorted(starts)


def test_a_window_is_the_end_of_its_context() -> None:
    assert list(window(range(13), 8)) == [8, 9, 10, 11, 12]
