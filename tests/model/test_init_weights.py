"""Tests of initial weights."""

import math

import pytest
import torch

from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights

WIDE = GPTConfig(block_size=64, vocab_size=300, n_layer=8, n_head=2, n_embd=128)
MODERN_WIDE = WIDE.model_copy(
    update={
        "pos_encoding": "rope",
        "mlp_type": "swiglu",
        "norm_type": "rmsnorm",
        "tie_weights": False,
        "head_bias": True,
    }
)
both_styles = pytest.mark.parametrize("config", [WIDE, MODERN_WIDE], ids=["gpt2-style", "modern"])


@both_styles
def test_matrices_have_std_002_and_residual_projections_less(config: GPTConfig) -> None:
    model = init_weights(GPT(config), seed=0)

    for name, parameter in model.named_parameters():
        if parameter.dim() == 2:
            is_residual = name.endswith(("attention.output.weight", "mlp.down.weight"))
            expected = 0.02 / math.sqrt(2 * 8) if is_residual else 0.02
            assert parameter.std().item() == pytest.approx(expected, rel=0.05), name
            assert abs(parameter.mean().item()) < 0.001, name


@both_styles
def test_norms_start_as_one_and_biases_as_zero(config: GPTConfig) -> None:
    model = GPT(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(7.0)

    init_weights(model, seed=0)

    vectors = {name: parameter for name, parameter in model.named_parameters() if parameter.dim() == 1}
    assert all(p.eq(1).all() for name, p in vectors.items() if name.endswith("norm.weight"))
    assert all(p.eq(0).all() for name, p in vectors.items() if not name.endswith("norm.weight"))


@both_styles
def test_the_same_seed_gives_the_same_weights_whatever_the_global_generator(config: GPTConfig) -> None:
    torch.manual_seed(1)
    first = init_weights(GPT(config), seed=5)
    torch.manual_seed(2)
    second = init_weights(GPT(config), seed=5)

    torch.testing.assert_close(first.state_dict(), second.state_dict(), atol=0, rtol=0)


def test_another_seed_gives_other_weights() -> None:
    first, second = init_weights(GPT(WIDE), seed=5), init_weights(GPT(WIDE), seed=6)

    assert not torch.equal(first.token_embedding.weight, second.token_embedding.weight)


def test_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()

    init_weights(GPT(WIDE), seed=0)

    assert torch.equal(torch.get_rng_state(), before)
