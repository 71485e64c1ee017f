"""Batches are a function of their index, and keep documents apart when asked to."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mypt.dataset.mixture import MixtureOrder, OrderStage, Source
from mypt.dataset.token_batches import MixtureBatches, as_batch, evenly_spaced
from mypt.dataset.token_shards import TokenShards
from mypt.errors import InputError

BLOCK = 4
N_WINDOWS = 10
END = 9


def write_shards(folder: Path, first: int, n_windows: int) -> TokenShards:
    folder.mkdir()
    np.arange(first, first + n_windows * BLOCK + 1, dtype="<u2").tofile(folder / "train-00000.bin")
    return TokenShards.open(folder, "train", "uint16", BLOCK)


@pytest.fixture
def shards(tmp_path: Path) -> tuple[TokenShards, TokenShards]:
    """Return two sources; the ids of the second start at 500."""
    return write_shards(tmp_path / "a", 0, N_WINDOWS), write_shards(tmp_path / "b", 500, 3)


def make_batches(shards: tuple[TokenShards, ...], batch_size: int) -> MixtureBatches:
    weights = {Source(f"source {i}", part.n_windows): 1.0 for i, part in enumerate(shards)}
    return MixtureBatches(MixtureOrder((OrderStage("all", 0, weights),), 1), shards, batch_size)


def starts(batches: MixtureBatches, n_batches: int) -> list[int]:
    return [int(row[0]) for index in range(n_batches) for row in batches.batch(index).inputs]


def test_targets_are_the_inputs_one_to_the_left(shards: tuple[TokenShards, ...]) -> None:
    batch = make_batches(shards, batch_size=3).batch(0)

    assert np.array_equal(batch.targets, batch.inputs + 1)
    assert (batch.weights == 1).all()
    assert batch.segments is None


def test_every_window_is_read_once_in_each_epoch_even_across_its_end(shards: tuple[TokenShards, ...]) -> None:
    read = starts(make_batches(shards[:1], batch_size=4), n_batches=5)

    every = [number * BLOCK for number in range(N_WINDOWS)]
    assert sorted(read[:N_WINDOWS]) == every
    assert sorted(read[N_WINDOWS:]) == every


def test_a_batch_takes_its_rows_from_the_sources_in_turn(shards: tuple[TokenShards, ...]) -> None:
    read = starts(make_batches(shards, batch_size=6), n_batches=1)

    assert [start >= 500 for start in read] == [False, True] * 3
    assert sorted(start for start in read if start >= 500) == [500, 504, 508]


def test_the_order_does_not_depend_on_the_batch_size(shards: tuple[TokenShards, ...]) -> None:
    small = starts(make_batches(shards, batch_size=2), n_batches=12)

    assert small == starts(make_batches(shards, batch_size=8), n_batches=3)
    assert small == starts(make_batches(shards, batch_size=24), n_batches=1)


def test_a_batch_is_the_same_whatever_was_read_before(shards: tuple[TokenShards, ...]) -> None:
    fresh = make_batches(shards, batch_size=4).batch(7)
    used = make_batches(shards, batch_size=4)
    for index in range(7):
        used.batch(index)

    assert np.array_equal(used.batch(7).inputs, fresh.inputs)


def test_shards_of_another_size_than_the_order_expects_are_refused(shards: tuple[TokenShards, ...]) -> None:
    with pytest.raises(InputError, match=r"expects sources of \[10, 3\] windows, got \[3, 10\]"):
        MixtureBatches(make_batches(shards, 2).order, shards[::-1], 2)


def test_end_of_text_closes_a_document_as_a_target_and_opens_the_next_as_an_input() -> None:
    rows = np.array([[1, 2, END, 3, 4, END, END, 5], [1, 2, 3, 4, 5, 6, 7, END]])

    batch = as_batch(rows, END)

    assert batch.segments is not None
    assert batch.segments.tolist() == [[0, 0, 1, 1, 1, 2, 3], [0] * 7]
    assert batch.targets[0].tolist() == [2, END, 3, 4, END, END, 5]
    assert (batch.weights == 1).all()


@pytest.mark.parametrize("row", [[1, 2, 3, 4], [1, 2, 3, END], [END, 1, 2, 3], [END, 1, 2, END]])
def test_a_batch_of_single_documents_has_no_segments(row: list[int]) -> None:
    assert as_batch(np.array([row, row]), END).segments is None


@settings(max_examples=100, deadline=None)
@given(rows=arrays(np.int64, (3, 9), elements=st.integers(5, END)))
def test_no_token_of_a_document_can_see_one_of_another(rows: np.ndarray) -> None:
    batch = as_batch(rows, END)
    segments = np.zeros_like(batch.inputs) if batch.segments is None else batch.segments

    for row, own in zip(rows, segments, strict=True):
        document = np.cumsum(row == END)  # as an input, end-of-text opens the next document
        same = document[:-1, None] == document[None, :-1]
        assert np.array_equal(own[:, None] == own[None, :], same)


def test_without_isolation_a_window_is_one_segment() -> None:
    assert as_batch(np.array([[1, END, 2, 3]])).segments is None


def test_batches_of_a_run_are_isolated_when_it_knows_end_of_text(shards: tuple[TokenShards, ...]) -> None:
    mixed = make_batches(shards, batch_size=20)  # every window of the first source

    isolated = MixtureBatches(mixed.order, mixed.shards, mixed.batch_size, end_of_text=18)

    expected = as_batch(np.c_[mixed.batch(0).inputs, mixed.batch(0).targets[:, -1]], 18).segments
    segments = isolated.batch(0).segments
    assert expected is not None
    assert segments is not None
    assert np.array_equal(segments, expected)
    assert np.array_equal(isolated.batch(0).inputs, mixed.batch(0).inputs)


def test_validation_windows_are_spread_over_the_split() -> None:
    assert evenly_spaced(N_WINDOWS, 4).tolist() == [0, 2, 5, 7]
    assert evenly_spaced(N_WINDOWS, 99).tolist() == list(range(N_WINDOWS))
