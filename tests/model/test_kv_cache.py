"""Tests of the cache of keys and values."""

import pytest
import torch

from mypt.errors import InputError
from mypt.model.kv_cache import KVCache
from tests.model.models import MODERN


def _cache(batch: int = 2, capacity: int = 8) -> KVCache:
    return KVCache.create(MODERN, batch, capacity)


def test_it_is_allocated_once_for_every_layer() -> None:
    cache = KVCache.create(MODERN, batch=3, capacity=10, dtype=torch.bfloat16)

    shape = (3, MODERN.n_head, 10, MODERN.head_size)
    assert [tuple(k.shape) for k in cache.keys] == [shape] * MODERN.n_layer
    assert [tuple(v.shape) for v in cache.values] == [shape] * MODERN.n_layer
    assert {tensor.dtype for tensor in cache.keys + cache.values} == {torch.bfloat16}
    assert cache.lengths.tolist() == [0, 0, 0]


def test_its_capacity_is_block_size_unless_said_otherwise() -> None:
    assert KVCache.create(MODERN, batch=1).capacity == MODERN.block_size


@pytest.mark.parametrize("capacity", [0, MODERN.block_size + 1])
def test_a_capacity_that_positions_cannot_reach_is_refused(capacity: int) -> None:
    with pytest.raises(InputError, match=f"cache capacity {capacity} is not between 1 and block_size=24"):
        _cache(capacity=capacity)


def test_even_rows_write_behind_their_length() -> None:
    cache = _cache()
    cache.advance(3)
    new = torch.randn(2, MODERN.n_head, 2, MODERN.head_size)

    keys, values = cache.layers(cache.step(2))[0].append(new, -new)

    assert torch.equal(keys[:, :, 3:5], new)
    assert torch.equal(values[:, :, 3:5], -new)
    assert keys.shape[2] == 5


def test_ragged_rows_write_behind_their_own_length() -> None:
    cache = _cache()
    cache.advance([3, 1])
    new = torch.randn(2, MODERN.n_head, 2, MODERN.head_size)

    keys, _ = cache.layers(cache.step(2))[1].append(new, new)

    assert torch.equal(keys[0, :, 3:5], new[0])
    assert torch.equal(keys[1, :, 1:3], new[1])
    assert keys[1, :, 3:].eq(0).all()


def test_a_pass_does_not_move_the_lengths() -> None:
    cache = _cache()
    new = torch.randn(2, MODERN.n_head, 2, MODERN.head_size)

    cache.layers(cache.step(2))[0].append(new, new)

    assert cache.lengths.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("counts", "lengths"), [(2, [2, 2]), ([2, 1], [2, 1]), (torch.tensor([0, 5]), [0, 5])]
)
def test_advancing_takes_one_count_or_one_for_each_row(
    counts: int | list[int] | torch.Tensor, lengths: list[int]
) -> None:
    cache = _cache()

    cache.advance(counts)

    assert cache.lengths.tolist() == lengths


@pytest.mark.parametrize("counts", [[9, 0], [-1, 0]])
def test_advancing_beyond_the_capacity_or_back_is_refused(counts: list[int]) -> None:
    cache = _cache()

    with pytest.raises(InputError, match=r"cannot advance rows of \[0, 0\] tokens"):
        cache.advance(counts)

    assert cache.lengths.tolist() == [0, 0]


def test_more_tokens_than_room_are_refused() -> None:
    cache = _cache()
    cache.advance([7, 2])

    with pytest.raises(InputError, match="2 more tokens after 7 do not fit into a cache of 8"):
        cache.step(2)


def test_even_decoding_and_first_prefill_need_no_mask() -> None:
    cache = _cache()
    assert cache.step(4).mask is None

    cache.advance(4)

    assert cache.step(1).mask is None


def test_ragged_decoding_and_later_prefill_need_a_mask() -> None:
    cache = _cache()
    cache.advance(2)
    assert cache.step(3).mask is not None

    cache.advance([0, 1])

    assert cache.step(1).mask is not None


def test_the_cache_keeps_no_graph() -> None:
    cache = _cache()
    new = torch.randn(2, MODERN.n_head, 1, MODERN.head_size, requires_grad=True)

    cache.layers(cache.step(1))[0].append(new, new)

    assert not cache.keys[0].requires_grad
