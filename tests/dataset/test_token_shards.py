"""Ids on disk and the windows that are read from them."""

from pathlib import Path

import numpy as np
import pytest

from mypt.dataset.token_shards import ShardWriter, TokenShards, dtype_name, shard_name
from mypt.errors import InputError, ManifestMismatch


def write(folder: Path, documents: list[list[int]], shard_tokens: int = 1000) -> list[tuple[int, int]]:
    writer = ShardWriter(folder, "train", "uint16", shard_tokens)
    return [writer.append(document) for document in documents]


def test_ids_are_two_bytes_little_endian_without_a_header(tmp_path: Path) -> None:
    write(tmp_path, [[1, 258]])

    assert (tmp_path / "train-00000.bin").read_bytes() == b"\x01\x00\x02\x01"


def test_documents_follow_each_other_and_a_full_shard_starts_the_next(tmp_path: Path) -> None:
    starts = write(tmp_path, [[1] * 6, [2] * 3, [3] * 4], shard_tokens=10)

    assert starts == [(0, 0), (0, 6), (1, 0)]


def test_a_document_longer_than_a_shard_gets_one_of_its_own(tmp_path: Path) -> None:
    starts = write(tmp_path, [[1] * 3, [2] * 25, [3] * 3], shard_tokens=10)

    assert starts == [(0, 0), (1, 0), (2, 0)]


def test_windows_hold_inputs_and_one_target_more(tmp_path: Path) -> None:
    write(tmp_path, [list(range(11))])

    shards = TokenShards.open(tmp_path, "train", "uint16", block_size=5)

    assert shards.n_windows == 2
    assert shards.windows(np.array([1, 0])).tolist() == [[5, 6, 7, 8, 9, 10], [0, 1, 2, 3, 4, 5]]


def test_no_window_spans_two_shards(tmp_path: Path) -> None:
    write(tmp_path, [list(range(8)), list(range(100, 108))], shard_tokens=8)

    shards = TokenShards.open(tmp_path, "train", "uint16", block_size=3)

    assert shards.windows(np.arange(shards.n_windows)).tolist() == [
        [0, 1, 2, 3],
        [3, 4, 5, 6],
        [100, 101, 102, 103],
        [103, 104, 105, 106],
    ]


def test_a_split_shorter_than_one_window_is_refused_with_a_hint(tmp_path: Path) -> None:
    write(tmp_path, [[1, 2, 3]])

    with pytest.raises(InputError, match="3 tokens, too few") as caught:
        TokenShards.open(tmp_path, "train", "uint16", block_size=3)
    assert "block_size" in caught.value.hint


def test_a_split_without_shards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 tokens"):
        TokenShards.open(tmp_path, "val", "uint16", block_size=3)


def test_half_an_id_at_the_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / shard_name("train", 0)).write_bytes(b"\x01\x00\x02")

    with pytest.raises(ManifestMismatch, match="not a whole number of uint16"):
        TokenShards.open(tmp_path, "train", "uint16", block_size=1)


def test_the_dtype_holds_every_id() -> None:
    assert dtype_name(65_536) == "uint16"
    assert dtype_name(65_537) == "uint32"
