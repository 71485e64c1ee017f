"""Sums of gradients: the running one, and the tree that does not depend on the number of processes."""

import pytest
import torch
from torch import nn

from mypt.errors import ConfigError
from mypt.training.gradients import RunningSum, TreeSum, odd_factor

SHARES = [torch.randn(5, generator=torch.Generator().manual_seed(n)) * 10.0**n for n in range(8)]


def backward(parameter: nn.Parameter, share: torch.Tensor) -> torch.Tensor:
    loss = (parameter * share).sum()
    loss.backward()
    return loss.detach()


def test_the_running_sum_is_what_autograd_adds() -> None:
    parameter = nn.Parameter(torch.ones(5))
    total = RunningSum([parameter], 1, is_sharded=False)

    for share in SHARES:
        total.add(backward(parameter, share))

    assert float(total.finish()) == pytest.approx(float(sum(share.sum() for share in SHARES)))
    assert torch.allclose(parameter.grad, sum(SHARES))  # type: ignore[arg-type]


def test_the_tree_adds_neighbours_first() -> None:
    parameter = nn.Parameter(torch.ones(5))
    tree = TreeSum([parameter], 8, 1)

    for share in SHARES:
        tree.add(backward(parameter, share))
    loss = tree.finish()

    a, b, c, d, e, f, g, h = SHARES
    expected = ((a + b) + (c + d)) + ((e + f) + (g + h))
    assert parameter.grad is not None
    assert torch.equal(parameter.grad, expected)
    assert not torch.equal(expected, ((((((a + b) + c) + d) + e) + f) + g) + h), "the order shows"
    assert torch.isfinite(loss)


def test_an_odd_factor_is_added_at_the_leaves() -> None:
    parameter = nn.Parameter(torch.ones(5))
    tree = TreeSum([parameter], 6, 1)

    for share in SHARES[:6]:
        tree.add(backward(parameter, share))
    tree.finish()

    a, b, c, d, e, f = SHARES[:6]
    assert parameter.grad is not None
    assert torch.equal(parameter.grad, ((a + b) + c) + ((d + e) + f))


def test_a_parameter_without_a_part_in_the_loss_gets_zeros() -> None:
    used, unused = nn.Parameter(torch.ones(5)), nn.Parameter(torch.ones(2))
    tree = TreeSum([used, unused], 2, 1)

    for share in SHARES[:2]:
        tree.add(backward(used, share))
    tree.finish()

    assert unused.grad is not None
    assert unused.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("n_micro_batches", "n_processes"), [(8, 3), (6, 4), (3, 2)])
def test_what_no_tree_can_divide_is_refused(n_micro_batches: int, n_processes: int) -> None:
    with pytest.raises(ConfigError, match="audit mode cannot divide") as caught:
        TreeSum([], n_micro_batches, n_processes)
    assert "power of two" in caught.value.hint


@pytest.mark.parametrize(("number", "odd"), [(1, 1), (8, 1), (12, 3), (7, 7), (40, 5)])
def test_the_odd_factor_is_the_largest_odd_divisor(number: int, odd: int) -> None:
    assert odd_factor(number) == odd
