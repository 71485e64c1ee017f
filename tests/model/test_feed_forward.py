"""Tests of the two feed-forwards."""

from typing import get_args

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mypt.model.config import GPTConfig, MlpType
from mypt.model.feed_forward import MLP, MLPS, PlainMLP, SwiGLU

CONFIG = GPTConfig(n_embd=16, n_head=2)


def _filled(mlp: MLP) -> MLP:
    with torch.no_grad():
        for parameter in mlp.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(0))
    return mlp


def test_the_table_has_every_type() -> None:
    assert set(MLPS) == set(get_args(MlpType))


def test_gelu_is_gpt2s_tanh_form() -> None:
    mlp, x = _filled(PlainMLP(CONFIG)), torch.randn(2, 3, 16)

    h = mlp.up(x) if isinstance(mlp, PlainMLP) else x
    gelu = 0.5 * h * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (h + 0.044715 * h**3)))

    torch.testing.assert_close(mlp(x), mlp.down(gelu), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("mlp_type", "activation"), [("gelu_exact", nn.GELU()), ("relu", nn.ReLU())])
def test_older_models_have_their_own_activation(mlp_type: MlpType, activation: nn.Module) -> None:
    mlp, x = _filled(PlainMLP(CONFIG.model_copy(update={"mlp_type": mlp_type}))), torch.randn(2, 3, 16)

    h = mlp.up(x) if isinstance(mlp, PlainMLP) else x

    torch.testing.assert_close(mlp(x), mlp.down(activation(h)), atol=0, rtol=0)


def test_swiglu_gates_with_the_first_half() -> None:
    mlp, x = SwiGLU(CONFIG.model_copy(update={"bias": False})), torch.randn(2, 3, 16)
    _filled(mlp)

    gate, up = mlp.gate_up.weight.chunk(2)
    expected = (F.silu(x @ gate.T) * (x @ up.T)) @ mlp.down.weight.T

    torch.testing.assert_close(mlp(x), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("n_embd", "hidden"), [(16, 64), (192, 512), (768, 2048), (1280, 3456)])
def test_swiglu_is_eight_thirds_wide_rounded_up_to_64(n_embd: int, hidden: int) -> None:
    mlp = SwiGLU(GPTConfig(n_embd=n_embd, n_head=2, mlp_type="swiglu"))

    assert mlp.gate_up.weight.shape == (2 * hidden, n_embd)
    assert mlp.down.weight.shape == (n_embd, hidden)


@pytest.mark.parametrize("mlp_type", get_args(MlpType))
def test_biases_follow_the_config(mlp_type: MlpType) -> None:
    config = GPTConfig(n_embd=16, n_head=2, mlp_type=mlp_type, bias=False)

    assert all(not name.endswith("bias") for name, _ in MLPS[mlp_type](config).named_parameters())
