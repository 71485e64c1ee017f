"""Batches are a function of their index and visit every window once an epoch."""

from pathlib import Path

import numpy as np
import pytest

from mypt.dataset.token_batches import TokenBatches, batch_of, evenly_spaced
from mypt.dataset.token_shards import ShardWriter, TokenShards

BLOCK = 4
N_WINDOWS = 10


@pytest.fixture
def shards(tmp_path: Path) -> TokenShards:
    ShardWriter(tmp_path, "train", "uint16", 1000).append(list(range(N_WINDOWS * BLOCK + 1)))
    return TokenShards.open(tmp_path, "train", "uint16", BLOCK)


def starts(batches: TokenBatches, n_batches: int) -> list[int]:
    return [int(row[0]) for index in range(n_batches) for row in batches.batch(index).inputs]


def test_targets_are_the_inputs_one_to_the_left(shards: TokenShards) -> None:
    batch = TokenBatches(shards, batch_size=3, seed=1).batch(0)

    assert np.array_equal(batch.targets[:, :-1], batch.inputs[:, 1:])
    assert np.array_equal(batch.targets, batch.inputs + 1)
    assert (batch.weights == 1).all()


def test_every_window_is_read_once_in_each_epoch_even_across_its_end(shards: TokenShards) -> None:
    read = starts(TokenBatches(shards, batch_size=4, seed=1), n_batches=5)

    every = [number * BLOCK for number in range(N_WINDOWS)]
    assert sorted(read[:N_WINDOWS]) == every
    assert sorted(read[N_WINDOWS:]) == every
    assert read[:N_WINDOWS] != read[N_WINDOWS:]


def test_the_order_does_not_depend_on_the_batch_size(shards: TokenShards) -> None:
    small = starts(TokenBatches(shards, batch_size=2, seed=1), n_batches=12)

    assert small == starts(TokenBatches(shards, batch_size=8, seed=1), n_batches=3)


def test_a_batch_is_the_same_whatever_was_read_before(shards: TokenShards) -> None:
    fresh = TokenBatches(shards, batch_size=4, seed=1).batch(7)
    used = TokenBatches(shards, batch_size=4, seed=1)
    for index in range(7):
        used.batch(index)

    assert np.array_equal(used.batch(7).inputs, fresh.inputs)


def test_a_batch_may_be_larger_than_an_epoch(shards: TokenShards) -> None:
    assert TokenBatches(shards, batch_size=25, seed=1).batch(1).inputs.shape == (25, BLOCK)


def test_validation_windows_are_spread_over_the_split(shards: TokenShards) -> None:
    assert evenly_spaced(shards, 4).tolist() == [0, 2, 5, 7]
    assert evenly_spaced(shards, 99).tolist() == list(range(N_WINDOWS))
    assert batch_of(shards, np.array([2])).inputs[0].tolist() == [8, 9, 10, 11]
