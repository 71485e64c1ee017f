"""Tests of who may attend to whom."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.attention.flex_attention import create_block_mask

from mypt.model.masks import block_mask, segment_mask, slot_mask


def test_each_token_sees_its_own_segment_up_to_itself() -> None:
    mask = segment_mask(torch.tensor([[4, 4, 1]]))

    assert mask.tolist() == [[[[True, False, False], [True, True, False], [False, False, True]]]]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8).map(sorted))
def test_the_segment_mask_is_its_definition(segments: list[int]) -> None:
    mask = segment_mask(torch.tensor([segments]))[0, 0]

    for query, mine in enumerate(segments):
        for key, other in enumerate(segments):
            assert bool(mask[query, key]) == (key <= query and mine == other)


def test_every_token_sees_itself_so_that_no_row_is_empty() -> None:
    mask = segment_mask(torch.tensor([[0, 0, 5, 5, 9]]))

    assert mask[0, 0].diagonal().all()


def test_a_cached_token_sees_its_slot_and_those_before() -> None:
    mask = slot_mask(torch.tensor([[2, 3], [0, 1]]), n_keys=4)

    assert mask[:, 0].tolist() == [
        [[True, True, True, False], [True, True, True, True]],
        [[True, False, False, False], [True, True, False, False]],
    ]


@given(cuts=st.lists(st.integers(1, 639), max_size=6), time=st.sampled_from([128, 200, 640]))
def test_the_block_mask_is_the_one_that_torch_derives_from_the_definition(cuts: list[int], time: int) -> None:
    runs = np.stack([np.searchsorted(sorted(cuts), np.arange(time), side="right"), np.zeros(time, dtype=int)])
    segments = torch.from_numpy(runs)

    ours = block_mask(segments, runs)

    theirs = create_block_mask(ours.mask_mod, 2, None, time, time, device="cpu")
    assert ours.shape == theirs.shape
    assert torch.equal(ours.to_dense(), theirs.to_dense())
    assert ours.full_kv_num_blocks is not None
    assert theirs.full_kv_num_blocks is not None
    assert torch.equal(ours.full_kv_num_blocks, theirs.full_kv_num_blocks)
    assert torch.equal(ours.kv_num_blocks, theirs.kv_num_blocks)
