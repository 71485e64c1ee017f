"""Tests of the linear layer that computes in its input's dtype."""

import torch

from mypt.model.linear import Linear


def _linear(*, bias: bool) -> Linear:
    linear = Linear(3, 5, bias=bias)
    with torch.no_grad():
        for parameter in linear.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(0))
    return linear


def test_it_computes_x_times_the_transposed_weight_plus_bias() -> None:
    linear, x = _linear(bias=True), torch.randn(2, 4, 3)
    assert linear.bias is not None

    torch.testing.assert_close(linear(x), x @ linear.weight.T + linear.bias)


def test_without_bias_there_is_only_the_weight() -> None:
    assert [name for name, _ in _linear(bias=False).named_parameters()] == ["weight"]


def test_bf16_input_gives_bf16_output_and_fp32_gradients() -> None:
    linear = _linear(bias=True)

    y = linear(torch.randn(2, 3, dtype=torch.bfloat16))
    y.float().sum().backward()

    assert y.dtype == torch.bfloat16
    assert {parameter.dtype for parameter in linear.parameters()} == {torch.float32}
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in linear.parameters())


def test_building_it_draws_no_random_numbers() -> None:
    before = torch.get_rng_state()

    Linear(3, 5, bias=True)

    assert torch.equal(torch.get_rng_state(), before)
