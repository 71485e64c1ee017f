"""Random micro-batches, and the arithmetic that they stand for."""

import numpy as np
import pytest

from mypt.bench.random_rows import RandomRows, executed_flops_per_token
from mypt.dataset.batch import Batch, BatchSource
from mypt.model.presets import preset
from mypt.model.size import count_matmul_weights, training_flops_per_token

CONFIG = preset("tiny")
PACKED = RandomRows(batch_size=4, n_tokens=512, vocab_size=90, is_packed=True)


def test_rows_are_a_source_of_batches_by_number() -> None:
    rows = RandomRows(batch_size=3, n_tokens=16, vocab_size=90)

    first, again, other = rows.batch(5), rows.batch(5), rows.batch(6)

    assert isinstance(rows, BatchSource)
    assert first.inputs.shape == first.targets.shape == (3, 16)
    assert first.inputs.max() < 90
    assert np.array_equal(first.inputs[:, 1:], first.targets[:, :-1])
    assert np.array_equal(first.inputs, again.inputs)
    assert not np.array_equal(first.inputs, other.inputs)
    assert first.segments is None
    assert first.weights.all()


def test_packed_rows_are_short_episodes_of_which_the_end_is_learned() -> None:
    batch = PACKED.batch(0)

    assert batch.segments is not None
    for segments, weights in zip(batch.segments, batch.weights, strict=True):
        for segment in np.unique(segments):
            learned = weights[segments == segment]
            assert learned[-1] == 1
            assert len(learned) <= 200
            assert np.all(np.diff(learned) >= 0)
    assert 0.3 < batch.weights.mean() < 0.45


def test_whole_rows_take_what_the_model_says() -> None:
    rows = RandomRows(batch_size=2, n_tokens=64, vocab_size=90)

    assert executed_flops_per_token(CONFIG, rows.batch(0)) == training_flops_per_token(CONFIG, 64)


def test_short_segments_and_skipped_positions_take_less() -> None:
    ids = np.zeros((1, 6), dtype=np.int64)
    weights = np.array([[0, 1, 0, 0, 0, 1]], dtype=np.float32)
    batch = Batch(ids, ids, weights, segments=np.array([[0, 0, 1, 1, 1, 1]]))

    head = CONFIG.vocab_size * CONFIG.n_embd
    blocks = count_matmul_weights(CONFIG) - head
    pairs = 3 + 10  # 1 + 2, and 1 + 2 + 3 + 4
    forward = 6 * 2 * blocks + 2 * 2 * head + 4 * CONFIG.n_layer * CONFIG.n_embd * pairs
    assert executed_flops_per_token(CONFIG, batch) == pytest.approx(3 * forward / 6)
