"""Batches on the device: only what counts meets the head."""

import numpy as np
import torch

from mypt.dataset.batch import Batch
from mypt.training.device_batch import LOSS_ROWS, learned_places, to_device
from tests.training.models import make_batch

CPU = torch.device("cpu")


def test_where_everything_counts_nothing_is_selected() -> None:
    made = to_device(make_batch(rows=2), CPU)

    assert made.learned is None
    assert made.packing is None
    assert (made.weight_sum, made.n_tokens) == (16.0, 16)


def test_only_places_that_count_are_selected_with_their_weights() -> None:
    weights = np.zeros((2, 8), dtype=np.float32)
    weights[0, 3], weights[1, 7] = 0.5, 2.0

    made = to_device(make_batch(rows=2, weights=weights), CPU)

    assert made.learned is not None
    assert made.learned.tolist() == [3, 15]
    assert made.weights.tolist() == [0.5, 2.0]
    assert made.weight_sum == 2.5


def test_segments_become_a_packing() -> None:
    batch = make_batch(rows=1)
    segments = np.array([[0, 0, 0, 1, 1, 1, 2, 2]])

    made = to_device(Batch(batch.inputs, batch.targets, batch.weights, segments), CPU)

    assert made.packing is not None
    assert made.packing.positions.tolist() == [[0, 1, 2, 0, 1, 2, 0, 1]]


def test_the_places_for_a_gpu_fill_whole_chunks_with_weightless_ones() -> None:
    weights = np.zeros(10, dtype=np.float32)
    weights[4] = 1.5

    places, kept = learned_places(weights, fill_to=LOSS_ROWS["cuda"])

    assert places is not None
    assert len(places) == len(kept) == LOSS_ROWS["cuda"]
    assert (places[0], kept[0], kept[1:].sum()) == (4, 1.5, 0.0)
