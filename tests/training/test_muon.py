"""Tests of Muon against torch's own, and against what it is by definition."""

import math
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from mypt.training.muon import Muon, orthogonalize

SHAPES = [(8, 8), (24, 8), (8, 24)]


def _matrices(shape: tuple[int, int], seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _weights(shapes: list[tuple[int, int]] = SHAPES) -> list[nn.Parameter]:
    return [nn.Parameter(_matrices(shape, seed)) for seed, shape in enumerate(shapes)]


def _take_steps(optimizer: torch.optim.Optimizer, weights: list[nn.Parameter], steps: int = 4) -> None:
    for step in range(steps):
        for weight in weights:
            weight.grad = _matrices((weight.shape[0], weight.shape[1]), seed=100 + step)
        optimizer.step()


def _by_singular_values(matrix: Tensor) -> Tensor:
    """Apply the iteration where it acts: to singular values, one by one, in fp64."""
    u, values, v = torch.linalg.svd(matrix.double(), full_matrices=False)
    values = values / values.norm()
    for _ in range(5):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    return u @ values.diag() @ v


@pytest.mark.parametrize("dtype", [torch.bfloat16, None], ids=["bf16", "fp32"])
def test_whole_matrices_move_as_with_torchs_muon(dtype: torch.dtype | None) -> None:
    ours, theirs = _weights(), _weights()
    oracle = torch.optim.Muon(theirs, lr=0.02, weight_decay=0.3, adjust_lr_fn="match_rms_adamw")

    _take_steps(Muon(ours, lr=0.02, weight_decay=0.3, dtype=dtype), ours)
    _take_steps(oracle, theirs)  # makes orthogonal in bf16

    tolerance = 1e-6 if dtype is torch.bfloat16 else 2e-3
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_iteration_acts_on_singular_values_alone(shape: tuple[int, int]) -> None:
    matrix = _matrices(shape)

    found = orthogonalize(matrix[None], torch.float32)[0]

    torch.testing.assert_close(found.double(), _by_singular_values(matrix), atol=1e-4, rtol=1e-4)
    assert torch.linalg.svdvals(found).sub(1).abs().max() < 0.5


def test_each_part_of_a_fused_weight_is_made_orthogonal_on_its_own() -> None:
    apart, fused = (
        _weights([(8, 8)] * 3),
        nn.Parameter(torch.cat([weight.detach() for weight in _weights([(8, 8)] * 3)])),
    )
    gradients = [_matrices((8, 8), seed) * 10.0**seed for seed in range(3)]
    for weight, gradient in zip(apart, gradients, strict=True):
        weight.grad = gradient
    fused.grad = torch.cat(gradients)

    Muon(apart, lr=0.1).step()
    Muon([{"params": [fused], "n_parts": 3}], lr=0.1).step()

    torch.testing.assert_close(fused, torch.cat([*apart]))


@pytest.mark.parametrize("shape", SHAPES)
def test_an_update_has_the_size_of_adamws(shape: tuple[int, int]) -> None:
    weight = nn.Parameter(torch.zeros(shape))
    weight.grad = _matrices(shape)

    Muon([weight], lr=1.0).step()

    assert 0.5 < weight.square().mean().sqrt() / 0.2 < 1.5


def test_weights_decay_apart_from_the_gradient() -> None:
    weight = nn.Parameter(_matrices((8, 8)))
    before = weight.detach().clone()
    weight.grad = torch.zeros(8, 8)

    Muon([weight], lr=0.1, weight_decay=0.3).step()

    torch.testing.assert_close(weight.detach(), before * 0.97)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1.0])
def test_a_flagged_step_changes_nothing_and_the_next_goes_on_as_if_it_had_not_been(bad: float) -> None:
    flagged, undisturbed = _weights(), _weights()
    optimizer, other = (Muon(weights, lr=0.02, weight_decay=0.3) for weights in (flagged, undisturbed))
    _take_steps(optimizer, flagged, steps=2)
    _take_steps(other, undisturbed, steps=2)

    optimizer.found_inf = torch.tensor(1.0)
    for weight in flagged:
        weight.grad = torch.full_like(weight, bad)
    optimizer.step()

    for weight, expected in zip(flagged, undisturbed, strict=True):
        assert torch.equal(weight, expected)
        assert torch.equal(
            optimizer.state[weight]["momentum_buffer"], other.state[expected]["momentum_buffer"]
        )
    optimizer.found_inf = torch.tensor(0.0)
    _take_steps(optimizer, flagged, steps=1)
    _take_steps(other, undisturbed, steps=1)
    for weight, expected in zip(flagged, undisturbed, strict=True):
        torch.testing.assert_close(weight, expected, atol=1e-6, rtol=1e-6)


def test_weights_without_a_gradient_stay() -> None:
    weight = nn.Parameter(_matrices((8, 8)))
    before = weight.detach().clone()

    Muon([weight], lr=0.1, weight_decay=0.3).step()

    assert torch.equal(weight, before)


def test_state_comes_back() -> None:
    weights, copies = _weights(), _weights()
    optimizer, restored = Muon(weights, lr=0.02), Muon(copies, lr=0.02)
    _take_steps(optimizer, weights, steps=2)
    for copy, weight in zip(copies, weights, strict=True):
        copy.data.copy_(weight)

    restored.load_state_dict(deepcopy(optimizer.state_dict()))

    _take_steps(optimizer, weights, steps=1)
    _take_steps(restored, copies, steps=1)
    assert all(torch.equal(copy, weight) for copy, weight in zip(copies, weights, strict=True))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_a_flagged_step_is_decided_without_waiting() -> None:
    weight = nn.Parameter(_matrices((64, 64)).cuda())
    before, optimizer = weight.detach().clone(), Muon([weight], lr=0.1, weight_decay=0.3)
    weight.grad = torch.full_like(weight, math.nan)
    optimizer.found_inf = torch.ones((), device="cuda")

    torch.cuda.set_sync_debug_mode("error")
    try:
        optimizer.step()
    finally:
        torch.cuda.set_sync_debug_mode("default")

    assert torch.equal(weight, before)
