"""Tests of one transformer block."""

import torch

from mypt.model.block import Block
from mypt.model.config import GPTConfig
from tests.model.models import GPT2_STYLE, MODERN


def _block(config: GPTConfig) -> Block:
    block = Block(config)
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.normal_(float(parameter.dim() == 1), 0.2, generator=torch.Generator().manual_seed(0))
    return block


def test_each_branch_is_normed_before_and_added_after() -> None:
    block, x = _block(GPT2_STYLE), torch.randn(2, 5, 32)

    middle = x + block.attention(block.attention_norm(x))
    expected = middle + block.mlp(block.mlp_norm(middle))

    torch.testing.assert_close(block(x), expected)


def test_a_block_of_zeros_passes_the_stream_on() -> None:
    x = torch.randn(2, 5, 32)

    assert torch.equal(Block(MODERN)(x), x)


def test_dropout_touches_both_branches_and_never_the_stream() -> None:
    block, x = _block(MODERN.model_copy(update={"dropout": 0.5})), torch.randn(1, 5, 32)
    with torch.no_grad():
        block.mlp.down.weight.zero_()

    torch.manual_seed(0)
    dropped = block.train()(x) - x
    whole = block.eval()(x) - x

    is_zero = dropped == 0
    assert 0.3 < is_zero.float().mean() < 0.7
    torch.testing.assert_close(dropped[~is_zero], 2 * whole[~is_zero])


def test_the_feed_forward_is_dropped_too() -> None:
    block, x = _block(MODERN.model_copy(update={"dropout": 0.5})), torch.randn(1, 5, 32)
    with torch.no_grad():
        block.attention.output.weight.zero_()

    torch.manual_seed(0)
    dropped = block.train()(x) - x

    assert 0.3 < (dropped == 0).float().mean() < 0.7


def test_the_residual_projections_are_those_of_both_branches() -> None:
    block = Block(MODERN)

    assert block.residual_projections == (block.attention.output, block.mlp.down)
