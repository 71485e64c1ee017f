"""Tests of who may attend to whom."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from mypt.model.masks import segment_mask, slot_mask


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
