"""The table beside the ids says the same after a way over the disk."""

from pathlib import Path

import numpy as np

from mypt.dataset.shard_index import ShardIndex

INDEX = ShardIndex(np.array([2**64 - 1, 7], dtype=np.uint64), np.array([0, 2**33]), np.array([0, 3]))


def test_an_index_comes_back_from_disk(tmp_path: Path) -> None:
    INDEX.write(tmp_path / "a.idx.parquet")

    assert ShardIndex.read(tmp_path / "a.idx.parquet").digest == INDEX.digest


def test_the_digest_binds_every_entry() -> None:
    changed = ShardIndex(INDEX.texts, INDEX.starts, np.array([1, 3]))

    assert changed.digest != INDEX.digest
