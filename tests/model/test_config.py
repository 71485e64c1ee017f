"""Tests of the model's configuration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.config import validate
from mypt.errors import ConfigError
from mypt.model.config import GPTConfig, round_up


def test_defaults_are_gpt2_small() -> None:
    config = GPTConfig()

    assert (config.n_layer, config.n_head, config.n_embd) == (12, 12, 768)
    assert (config.block_size, config.vocab_size, config.padded_vocab_size) == (1024, 50257, 50257)
    assert (config.pos_encoding, config.mlp_type, config.norm_type) == ("learned", "gelu", "layernorm")
    assert config.bias
    assert config.tie_weights
    assert config.head_size == 64


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ConfigError) as caught:
        validate({"n_embd": 64, "n_head": 5}, GPTConfig, "y.toml")

    assert caught.value.message == (
        "y.toml does not describe a valid GPTConfig:\n  n_embd=64 is not a multiple of n_head=5"
    )


def test_rope_refuses_an_odd_head_size() -> None:
    with pytest.raises(ConfigError, match=r"n_embd=30 / n_head=2 is 15, rope needs an even number"):
        validate({"n_embd": 30, "n_head": 2, "pos_encoding": "rope"}, GPTConfig, "x.json")


def test_learned_positions_allow_an_odd_head_size() -> None:
    assert GPTConfig(n_embd=30, n_head=2).head_size == 15


@pytest.mark.parametrize(
    "key", ["block_size", "vocab_size", "vocab_multiple", "n_layer", "n_head", "n_embd", "rope_theta"]
)
@pytest.mark.parametrize("value", [0, -1])
def test_sizes_must_be_positive(key: str, value: int) -> None:
    with pytest.raises(ConfigError, match=key):
        validate({key: value}, GPTConfig, "x.json")


@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_dropout_is_a_share_below_one(dropout: float) -> None:
    with pytest.raises(ConfigError, match="dropout"):
        validate({"dropout": dropout}, GPTConfig, "x.json")


def test_a_misspelt_setting_is_named_with_its_neighbour() -> None:
    with pytest.raises(ConfigError, match=r"norm_typ: no such setting; did you mean `norm_type`\?"):
        validate({"norm_typ": "rmsnorm"}, GPTConfig, "x.toml")


def test_every_setting_is_documented() -> None:
    undocumented = [name for name, field in GPTConfig.model_fields.items() if not field.description]

    assert undocumented == []


def test_vocabulary_is_padded_to_its_multiple() -> None:
    assert GPTConfig(vocab_size=50276, vocab_multiple=128).padded_vocab_size == 50304


def test_swiglu_is_as_wide_as_in_the_750m_model() -> None:
    assert GPTConfig(n_embd=1280, n_head=20, mlp_type="swiglu").mlp_hidden_size == 3456


def test_gelu_is_four_times_as_wide() -> None:
    assert GPTConfig(n_embd=96).mlp_hidden_size == 384


@given(number=st.integers(1, 10**6), multiple=st.integers(1, 1000))
def test_rounding_up_gives_the_next_multiple(number: int, multiple: int) -> None:
    rounded = round_up(number, multiple)

    assert rounded % multiple == 0
    assert 0 <= rounded - number < multiple
