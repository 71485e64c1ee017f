"""What lies on disk is what was rendered, however it was handed over."""

from pathlib import Path

import numpy as np
import pytest

from mypt.conversation.bulk_render import RenderedMany
from mypt.dataset.episode_shards import episode_writer
from mypt.errors import InputError
from tests.dataset.episode_folders import ROW, rendered

LENGTHS = [5, 13, 2, 8, 4]


def piece(many: RenderedMany, first: int, last: int) -> RenderedMany:
    low, high = many.starts[first], many.starts[last]
    arrays = (many.ids[low:high], many.mask[low:high], many.weights[low:high])
    return RenderedMany(*arrays, many.starts[first : last + 1] - low)


def test_the_files_are_flat_little_endian_arrays(tmp_path: Path) -> None:
    many = rendered(LENGTHS)

    with episode_writer(tmp_path / "train", "uint16", has_weights=True) as writer:
        writer.append(many)
        stats = writer.pack(ROW)

    read = {path.name: path.read_bytes() for path in (tmp_path / "train").iterdir()}
    assert read["tokens.bin"] == many.ids.astype("<u2").tobytes()
    assert read["mask.bin"] == many.mask.tobytes()
    assert read["mask_weighted.bin"] == many.weights.astype("<f4").tobytes()
    assert np.frombuffer(read["episodes.idx"], "<i8").reshape(-1, 2).tolist() == [
        [0, 5], [5, 13], [18, 2], [20, 8], [28, 4],
    ]  # fmt: skip
    assert np.frombuffer(read["packs.idx"], "<i8").reshape(-1, 2).tolist() == [
        [0, 0], [0, 2], [0, 3], [1, 1], [2, 4],
    ]  # fmt: skip
    assert stats.n_places == sum(LENGTHS) - len(LENGTHS)


def test_pieces_make_the_same_files_as_the_whole(tmp_path: Path) -> None:
    many = rendered(LENGTHS)
    with episode_writer(tmp_path / "whole", "uint32", has_weights=True) as writer:
        writer.append(many)
        writer.pack(ROW)

    with episode_writer(tmp_path / "pieces", "uint32", has_weights=True) as writer:
        for first, last in ((0, 1), (1, 1), (1, 5)):
            writer.append(piece(many, first, last))
        writer.pack(ROW)

    for path in (tmp_path / "whole").iterdir():
        assert path.read_bytes() == (tmp_path / "pieces" / path.name).read_bytes()


def test_the_first_token_of_an_episode_is_no_target_and_has_no_weight(tmp_path: Path) -> None:
    ones = np.ones(5, dtype=np.float32)
    many = RenderedMany(np.arange(5, dtype=np.int32), ones.astype(np.uint8), ones, np.array([0, 3, 5]))

    with episode_writer(tmp_path / "train", "uint16", has_weights=True) as writer:
        writer.append(many)

    assert np.fromfile(tmp_path / "train" / "mask.bin", np.uint8).tolist() == [0, 1, 1, 0, 1]
    assert np.fromfile(tmp_path / "train" / "mask_weighted.bin", "<f4").tolist() == [0, 1, 1, 0, 1]
    assert many.mask.all()


def test_weights_are_written_only_when_asked_for(tmp_path: Path) -> None:
    with episode_writer(tmp_path / "train", "uint16", has_weights=False) as writer:
        writer.append(rendered(LENGTHS))

    assert not (tmp_path / "train" / "mask_weighted.bin").exists()


def test_an_episode_longer_than_a_row_is_never_cut(tmp_path: Path) -> None:
    with episode_writer(tmp_path / "train", "uint16", has_weights=False) as writer:
        writer.append(rendered([5, ROW + 2]))

        with pytest.raises(InputError, match="a row has 1 to 12"):
            writer.pack(ROW)
