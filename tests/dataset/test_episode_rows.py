"""Rows read back: every target once, with its weight, from inputs of its own episode alone."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.conversation.bulk_render import RenderedMany
from mypt.dataset.episode_rows import EpisodeRows
from mypt.errors import InputError, ManifestMismatch
from tests.dataset.episode_folders import ROW, rendered, write_episodes
from tests.model.models import BOTH, make_model

LENGTHS = [5, 13, 2, 8, 4, 3, 3, 9]


def targets_by_episode(rows: EpisodeRows) -> dict[int, tuple[list[int], list[int], list[float]]]:
    """Read every row and cut it into its segments."""
    batch, found = rows.batch(np.arange(rows.n_rows)), {}
    assert batch.segments is not None
    for row in range(rows.n_rows):
        for place, number in enumerate(rows.episodes_of(row).tolist()):
            own = batch.segments[row] == place
            parts = (batch.inputs[row][own], batch.targets[row][own], batch.weights[row][own])
            found[number] = (parts[0].tolist(), parts[1].tolist(), parts[2].tolist())
    return found


def expected(many: RenderedMany, number: int) -> tuple[list[int], list[int], list[float]]:
    low, high = many.starts[number : number + 2]
    ids, weights = many.ids[low:high], many.weights[low:high]
    return ids[:-1].tolist(), ids[1:].tolist(), weights[1:].tolist()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(2, ROW + 1), min_size=1, max_size=15), st.booleans())
def test_every_episode_is_in_one_row_as_it_was_rendered(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[int],
    has_weights: bool,  # noqa: FBT001
) -> None:
    many = rendered(lengths)
    folder = write_episodes(tmp_path_factory.mktemp("rows") / "data", many, has_weights=has_weights)

    rows = EpisodeRows.open(folder, "train", ROW)

    if not has_weights:
        many = RenderedMany(many.ids, many.mask, many.mask.astype(np.float32), many.starts)
    assert targets_by_episode(rows) == {number: expected(many, number) for number in range(len(lengths))}
    assert rows.n_supervised == int((rows.batch(np.arange(rows.n_rows)).weights > 0).sum())


def test_what_is_left_of_a_row_is_padding_that_nothing_learns(tmp_path: Path) -> None:
    folder = write_episodes(tmp_path / "data", rendered([5, 13]))

    batch = EpisodeRows.open(folder, "train", ROW).batch(np.array([1, 0, 1]))

    assert batch.segments is not None
    assert batch.segments[1].tolist() == [0] * 4 + [1] * (ROW - 4)
    assert not batch.weights[1, 4:].any()
    assert batch.segments[0].tolist() == batch.segments[2].tolist() == [0] * ROW
    assert (str(batch.inputs.dtype), str(batch.weights.dtype)) == ("int64", "float32")


def test_longer_rows_than_it_was_packed_for_are_padded(tmp_path: Path) -> None:
    folder = write_episodes(tmp_path / "data", rendered(LENGTHS))

    assert EpisodeRows.open(folder, "train", ROW + 4).batch(np.array([0])).inputs.shape == (1, ROW + 4)


@pytest.mark.parametrize("config", BOTH, ids=["modern", "gpt2"])
def test_packed_episodes_have_the_logits_that_each_has_alone(config: object, tmp_path: Path) -> None:
    many = rendered(LENGTHS)
    rows = EpisodeRows.open(write_episodes(tmp_path / "data", many), "train", ROW)
    model = make_model(config).eval()  # type: ignore[arg-type]
    batch = rows.batch(np.arange(rows.n_rows))
    assert batch.segments is not None

    with torch.no_grad():
        packed = model(torch.from_numpy(batch.inputs), segments=torch.from_numpy(batch.segments))

    for row in range(rows.n_rows):
        for place, number in enumerate(rows.episodes_of(row).tolist()):
            ids = torch.tensor([expected(many, number)[0]])
            with torch.no_grad():
                alone = model(ids)[0]
            own = torch.from_numpy(batch.segments[row] == place)
            torch.testing.assert_close(packed[row][own], alone, rtol=1e-4, atol=1e-5)


def test_a_split_without_episodes_is_refused(tmp_path: Path) -> None:
    folder = write_episodes(tmp_path / "data", rendered(LENGTHS))

    with pytest.raises(InputError, match="its val split holds no episodes"):
        EpisodeRows.open(folder, "val", ROW)


def test_rows_longer_than_the_model_takes_are_refused(tmp_path: Path) -> None:
    folder = write_episodes(tmp_path / "data", rendered(LENGTHS))

    with pytest.raises(InputError, match="more than 11"):
        EpisodeRows.open(folder, "train", ROW - 1)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("tokens.bin", b"\0" * 4, "does not describe the 2 tokens|but 47 weights"),
        ("tokens.bin", b"\0" * 3, "not a whole number"),
        ("mask_weighted.bin", b"\0" * 4, "47 tokens, but 1 weights"),
        ("episodes.idx", b"\0" * 16, "does not describe"),
        ("episodes.idx", b"\0" * 8, "not a whole number"),
        ("packs.idx", b"\0" * 16, "does not put each of the 8 episodes into one row"),
        ("packs.idx", None, "no such file"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    tmp_path: Path, name: str, content: bytes | None, problem: str
) -> None:
    folder = write_episodes(tmp_path / "data", rendered(LENGTHS))
    path = folder / "train" / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ManifestMismatch, match=problem):
        EpisodeRows.open(folder, "train", ROW)
