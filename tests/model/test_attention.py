"""Tests of causal self-attention."""

import math

import torch
from torch import Tensor

from mypt.model.attention import Attention
from mypt.model.masks import segment_mask
from mypt.model.positions import RotaryPositions
from tests.model.models import MODERN, make_model


def _attention() -> Attention:
    attention = make_model(MODERN).blocks[0].get_submodule("attention")
    assert isinstance(attention, Attention)
    return attention


def _by_definition(attention: Attention, x: Tensor, allowed: Tensor) -> Tensor:
    heads = []
    for q, k, v in zip(
        *(part.chunk(MODERN.n_head, -1) for part in attention.qkv(x).chunk(3, -1)), strict=True
    ):
        scores = (q @ k.transpose(1, 2) / math.sqrt(MODERN.head_size)).masked_fill(~allowed, -math.inf)
        heads.append(scores.softmax(-1) @ v)
    return attention.output(torch.cat(heads, dim=-1))


def test_it_is_softmax_of_scaled_scores_over_the_past() -> None:
    attention, x = _attention(), torch.randn(2, 7, 32)

    expected = _by_definition(attention, x, torch.ones(7, 7, dtype=torch.bool).tril())

    torch.testing.assert_close(attention(x), expected, atol=1e-5, rtol=1e-5)


def test_with_a_mask_only_the_mask_decides() -> None:
    attention, x = _attention(), torch.randn(1, 6, 32)
    mask = segment_mask(torch.tensor([[0, 0, 1, 1, 1, 2]]))

    expected = _by_definition(attention, x, mask[:, 0])

    torch.testing.assert_close(attention(x, mask=mask), expected, atol=1e-5, rtol=1e-5)


def test_the_future_does_not_change_the_past() -> None:
    attention, x = _attention(), torch.randn(1, 6, 32)
    changed = x.clone()
    changed[:, 4:] += 1

    assert torch.equal(attention(changed)[:, :4], attention(x)[:, :4])


def test_rotation_makes_order_count() -> None:
    attention, x = _attention(), torch.randn(1, 3, 32)
    swapped = x[:, [1, 0, 2]]
    rotation = RotaryPositions(MODERN).rotation(torch.arange(3)[None])

    torch.testing.assert_close(attention(x)[:, 2], attention(swapped)[:, 2], atol=1e-5, rtol=1e-5)
    assert not torch.allclose(attention(x, rotation)[:, 2], attention(swapped, rotation)[:, 2], atol=1e-3)


def test_attention_weights_are_not_dropped() -> None:
    attention, x = Attention(MODERN.model_copy(update={"dropout": 0.5})).train(), torch.randn(1, 5, 32)
    with torch.no_grad():
        for parameter in attention.parameters():
            parameter.normal_()

    assert torch.equal(attention(x), attention(x))
