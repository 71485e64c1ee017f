"""A batch counts what the model computes."""

import numpy as np

from mypt.dataset.batch import Batch


def test_masked_positions_are_computed_too() -> None:
    ids = np.zeros((2, 3), dtype=np.int64)

    assert Batch(ids, ids, np.zeros((2, 3), dtype=np.float32)).n_tokens == 6
