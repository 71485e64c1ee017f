"""Tests of the normalization layers."""

from typing import get_args

import pytest
import torch

from mypt.model.config import GPTConfig, NormType
from mypt.model.norms import NORMS, LayerNorm, RMSNorm

CONFIG = GPTConfig(n_embd=16, n_head=2)


def test_the_table_has_every_norm_type() -> None:
    assert set(NORMS) == set(get_args(NormType))


def test_layer_norm_gives_zero_mean_and_unit_variance() -> None:
    y = LayerNorm(CONFIG)(torch.randn(2, 5, 16) * 3 + 7)

    torch.testing.assert_close(y.mean(-1), torch.zeros(2, 5), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.std(-1, unbiased=False), torch.ones(2, 5), atol=1e-4, rtol=0)


def test_rms_norm_divides_by_the_root_mean_square() -> None:
    norm, x = RMSNorm(CONFIG), torch.randn(2, 5, 16) * 3 + 7
    with torch.no_grad():
        norm.weight.copy_(torch.arange(16.0))

    expected = x / (x.pow(2).mean(-1, keepdim=True) + 1e-6).sqrt() * torch.arange(16.0)

    torch.testing.assert_close(norm(x), expected)


@pytest.mark.parametrize(("bias", "names"), [(True, ["weight", "bias"]), (False, ["weight"])])
def test_layer_norm_has_a_bias_only_if_the_config_says_so(bias: bool, names: list[str]) -> None:  # noqa: FBT001
    norm = LayerNorm(CONFIG.model_copy(update={"bias": bias}))

    assert [name for name, _ in norm.named_parameters()] == names


def test_rms_norm_never_has_a_bias() -> None:
    assert [name for name, _ in RMSNorm(CONFIG).named_parameters()] == ["weight"]


@pytest.mark.parametrize("norm_type", get_args(NormType))
def test_bf16_is_computed_in_fp32_and_rounded_once(norm_type: NormType) -> None:
    norm, x = NORMS[norm_type](CONFIG), (torch.randn(3, 16) * 100).bfloat16()
    with torch.no_grad():
        norm.weight.copy_(torch.linspace(0.9, 1.1, 16))  # mostly numbers that bf16 does not have

    assert torch.equal(norm(x), norm(x.float()).bfloat16())
