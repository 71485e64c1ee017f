"""Tests of what a micro-batch knows of its segments."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mypt.errors import InputError
from mypt.model import packing
from mypt.model.masks import Bounds, Lengths, segment_mask
from mypt.model.packing import choose_backend, pack

CPU = torch.device("cpu")
SEGMENTS = np.array([[7, 7, 7, 2, 2, 9], [9, 1, 1, 1, 1, 1]])


@pytest.fixture
def a_gpu_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what the kernel for rows of varying length would read, without the GPU."""
    monkeypatch.setattr(packing, "has_varlen", lambda *_: True)


def _bounds(segments: np.ndarray) -> Bounds:
    mask = pack(segments, CPU, backend="varlen").mask
    assert isinstance(mask, Bounds)
    return mask


def test_positions_restart_where_the_segment_changes() -> None:
    assert pack(SEGMENTS, CPU).positions.tolist() == [[0, 1, 2, 0, 1, 0], [0, 0, 1, 2, 3, 4]]


@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_positions_count_each_segment_from_zero(lengths: list[int]) -> None:
    ids = [index % 2 for index, length in enumerate(lengths) for _ in range(length)]

    positions = pack(np.array([ids]), CPU).positions

    assert positions.tolist() == [[place for length in lengths for place in range(length)]]


def test_a_row_begins_a_segment_even_when_its_number_goes_on() -> None:
    assert pack(SEGMENTS, CPU, backend="split").mask == Lengths((3, 2, 1, 1, 5))


def test_sdpa_gets_the_dense_mask_of_the_segments() -> None:
    mask = pack(SEGMENTS, CPU, backend="sdpa").mask

    assert isinstance(mask, torch.Tensor)
    assert torch.equal(mask, segment_mask(torch.from_numpy(SEGMENTS)))


@pytest.mark.parametrize("backend", ["auto", "split", "sdpa"])
def test_rows_of_one_segment_need_no_mask(backend: packing.Backend) -> None:
    whole = pack(np.array([[3] * 6, [4] * 6]), CPU, backend=backend)

    assert whole.mask is None
    assert whole.positions.tolist() == [list(range(6))] * 2


@pytest.mark.usefixtures("a_gpu_kernel")
def test_bounds_are_filled_up_with_the_end() -> None:
    bounds = _bounds(SEGMENTS)

    assert bounds.starts.dtype == torch.int32
    assert bounds.starts.tolist() == [0, 3, 5, 6, 7, *[12] * 8]
    assert bounds.longest == 6


@pytest.mark.usefixtures("a_gpu_kernel")
def test_bounds_keep_their_shape_when_segments_change() -> None:
    generator = np.random.default_rng(0)
    shapes = set()
    for _ in range(50):
        cuts = sorted(generator.integers(1, 1024, size=12))
        row = np.searchsorted(cuts, np.arange(1024), side="right")
        bounds = _bounds(np.stack([row, row * 0]))
        shapes.add((bounds.starts.shape, bounds.longest))

    assert shapes == {((2 * 8 + 1,), 1024)}


@pytest.mark.usefixtures("a_gpu_kernel")
@pytest.mark.parametrize("time", [64, 1000, 1024])
def test_there_are_few_shapes_of_bounds_whatever_the_segments(time: int) -> None:
    shapes = set()
    for n_short in range(0, time + 1, 7):
        ones = np.minimum(np.arange(time), n_short)  # so many segments of one token, and one of the rest
        many = np.arange(time) // max(1, time // max(1, n_short))
        for row in (ones, many):
            bounds = _bounds(row[None])
            assert len(bounds.starts) > len(np.unique(row))
            assert bounds.longest >= np.bincount(row).max()
            shapes.add((bounds.starts.shape, bounds.longest))

    assert len(shapes) <= 8


def test_a_backend_that_is_not_there_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"varlen attention does not compute in torch\.float32 on cpu"
    ) as error:
        pack(SEGMENTS, CPU, backend="varlen")

    assert error.value.hint is not None


def test_a_cpu_attends_one_by_one_unless_shapes_must_stay() -> None:
    assert choose_backend(CPU, torch.float32) == "split"
    assert choose_backend(CPU, torch.float32, is_compiled=True) == "sdpa"


def test_a_cpu_attends_one_by_one_where_segments_are_long_enough_for_a_call() -> None:
    long, short = np.arange(512)[None] // 128, np.arange(512)[None] // 4

    assert pack(long, CPU).mask == Lengths((128,) * 4)
    assert isinstance(pack(short, CPU).mask, torch.Tensor)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_uses_the_kernel_for_varying_lengths_in_half_precision_only() -> None:
    cuda = torch.device("cuda")

    assert choose_backend(cuda, torch.bfloat16) == "varlen"
    assert choose_backend(cuda, torch.float32) == "sdpa"
