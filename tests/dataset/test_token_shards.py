"""Ids on disk and the windows that are read from them."""

from pathlib import Path

import numpy as np
import pytest

from mypt.dataset.token_shards import TokenShards, dtype_name
from mypt.errors import InputError, ManifestMismatch


def write(folder: Path, *shards: list[int], split: str = "train") -> None:
    for number, ids in enumerate(shards):
        np.array(ids, dtype="<u2").tofile(folder / f"{split}-{number:05d}.bin")


def test_windows_hold_inputs_and_one_target_more(tmp_path: Path) -> None:
    write(tmp_path, list(range(11)))

    shards = TokenShards.open(tmp_path, "train", "uint16", block_size=5)

    assert shards.n_windows == 2
    assert shards.windows(np.array([1, 0])).tolist() == [[5, 6, 7, 8, 9, 10], [0, 1, 2, 3, 4, 5]]


def test_no_window_spans_two_shards(tmp_path: Path) -> None:
    write(tmp_path, list(range(8)), list(range(100, 108)))

    shards = TokenShards.open(tmp_path, "train", "uint16", block_size=3)

    assert shards.windows(np.arange(shards.n_windows)).tolist() == [
        [0, 1, 2, 3],
        [3, 4, 5, 6],
        [100, 101, 102, 103],
        [103, 104, 105, 106],
    ]


def test_a_split_shorter_than_one_window_is_refused_with_a_hint(tmp_path: Path) -> None:
    write(tmp_path, [1, 2, 3])

    with pytest.raises(InputError, match="3 tokens, too few") as caught:
        TokenShards.open(tmp_path, "train", "uint16", block_size=3)
    assert "block_size" in caught.value.hint


def test_a_split_without_shards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 tokens"):
        TokenShards.open(tmp_path, "val", "uint16", block_size=3)


def test_half_an_id_at_the_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train-00000.bin").write_bytes(b"\x01\x00\x02")

    with pytest.raises(ManifestMismatch, match="not a whole number of uint16"):
        TokenShards.open(tmp_path, "train", "uint16", block_size=1)


def test_the_dtype_holds_every_id() -> None:
    assert dtype_name(65_536) == "uint16"
    assert dtype_name(65_537) == "uint32"


def test_a_category_of_a_split_is_read_alone_and_with_all(tmp_path: Path) -> None:
    write(tmp_path, [1, 2, 3], split="val-code")
    write(tmp_path, [4, 5, 6], split="val-law")

    counts = [TokenShards.open(tmp_path, split, "uint16", 2).n_windows for split in ("val-code", "val")]

    assert counts == [1, 2]
