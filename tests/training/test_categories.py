"""Categories hold the same windows at every step of every run."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.dataset.token_shards import TokenShards
from mypt.errors import InputError
from mypt.training.categories import copy_windows, spread_windows

BLOCK = 4


def shards_of(folder: Path, first: int, n_windows: int) -> TokenShards:
    folder.mkdir()
    np.arange(first, first + n_windows * BLOCK + 1, dtype="<u2").tofile(folder / "val-00000.bin")
    return TokenShards.open(folder, "val", "uint16", BLOCK)


@pytest.fixture
def splits(tmp_path: Path) -> list[TokenShards]:
    return [shards_of(tmp_path / "a", 0, 20), shards_of(tmp_path / "b", 500, 20)]


def first_ids(splits: list[TokenShards], weights: list[float], limit: int) -> list[int]:
    windows = spread_windows(splits, weights, limit, end_of_text=None)
    return windows.batch(np.arange(windows.n_windows)).inputs[:, 0].tolist()


def test_windows_are_in_proportion_to_the_weights_and_spread_over_each_split(
    splits: list[TokenShards],
) -> None:
    assert first_ids(splits, [3.0, 1.0], 8) == [0, 12, 24, 40, 52, 64, 500, 540]


def test_a_split_gives_at_least_one_window_and_at_most_what_it_has(splits: list[TokenShards]) -> None:
    assert first_ids(splits, [1000.0, 1.0], 3) == [0, 40, 500]
    assert first_ids(splits, [1.0, 1.0], 1) == [0, 500]
    assert len(first_ids(splits, [39.0, 1.0], 40)) == 21


def test_windows_of_several_splits_can_be_asked_for_in_any_order(splits: list[TokenShards]) -> None:
    windows = spread_windows(splits, [1.0, 1.0], 8, end_of_text=None)

    assert windows.batch(np.array([7, 0, 4])).inputs[:, 0].tolist() == [560, 0, 500]


def test_text_is_measured_with_its_documents_apart_like_in_training(splits: list[TokenShards]) -> None:
    batch = spread_windows(splits, [1.0, 1.0], 40, end_of_text=2).batch(np.arange(2))

    assert batch.segments is not None
    assert batch.segments.tolist() == [[0, 0, 1, 1], [0, 0, 0, 0]]
    assert (batch.weights == 1).all()


@settings(max_examples=60, deadline=None)
@given(block_size=st.integers(2, 40), n_text=st.integers(1, 60), n_windows=st.integers(1, 5))
def test_only_what_can_be_copied_counts(block_size: int, n_text: int, n_windows: int) -> None:
    token_bytes = np.array([0, 0, *[3] * n_text, 0])

    windows = copy_windows(token_bytes, block_size, n_windows)
    batch = windows.batch(np.arange(n_windows))

    half = block_size // 2
    assert set(np.unique(batch.inputs)) <= set(range(2, 2 + n_text))
    for inputs, targets, weights in zip(batch.inputs, batch.targets, batch.weights, strict=True):
        assert weights.tolist() == [0.0] * half + [1.0] * (block_size - half)
        for place in range(half, block_size):
            assert inputs[place] == inputs[place - half]
            assert targets[place] == targets[place - half]
        if n_text >= half:
            assert len(set(inputs[:half])) == half


def test_copied_sequences_differ_from_each_other_and_never_change() -> None:
    windows = copy_windows(np.ones(50, dtype=np.int64), 8, 3)

    assert len({tuple(row) for row in windows.rows.tolist()}) == 3
    assert windows.rows[0].tolist() == [37, 0, 8, 10, 37, 0, 8, 10, 37]


@pytest.mark.parametrize(("block_size", "lengths"), [(1, [1, 1]), (8, [0, 0])])
def test_what_cannot_be_repeated_is_refused(block_size: int, lengths: list[int]) -> None:
    with pytest.raises(InputError, match="can be repeated"):
        copy_windows(np.array(lengths), block_size, 1)
