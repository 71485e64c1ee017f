"""A Llama's `config.json` says our architecture, or is refused with the reason."""

from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from mypt.errors import ConfigError, InputError
from mypt.interchange.llama import BUFFERS, LAYOUT, from_settings, to_settings
from mypt.model.config import GPTConfig
from tests.interchange.models import llama

SAID = to_settings(llama())


@pytest.mark.parametrize(
    "config",
    [llama(), llama(tie_weights=False), llama(bias=True), llama(rope_theta=5e5), llama(rope_scale=4.0)],
    ids=str,
)
def test_the_settings_come_back(config: GPTConfig) -> None:
    assert from_settings(to_settings(config), "x") == config.model_copy(update={"vocab_multiple": 1})


def test_stock_code_reads_the_same_settings() -> None:
    theirs: Any = LlamaConfig(**to_settings(llama(rope_theta=5e5)))

    assert (theirs.hidden_size, theirs.intermediate_size, theirs.num_key_value_heads) == (32, 128, 2)
    assert theirs.rope_parameters["rope_theta"] == 5e5


def test_the_names_are_those_of_the_stock_class() -> None:
    config = llama(tie_weights=False, bias=True)
    with torch.device("meta"):
        stock = LlamaForCausalLM(LlamaConfig(**to_settings(config)))

    expected = {name: tensor.shape for name, tensor in stock.state_dict().items()}

    assert {name: tensor.shape for name, tensor in LAYOUT.expected(config).items()} == expected
    assert BUFFERS not in str(list(expected))


@pytest.mark.parametrize(
    "said",
    [
        {"rope_parameters": None, "rope_scaling": {"type": "linear", "factor": 4.0}},
        {"rope_parameters": None, "rope_scaling": {"rope_type": "linear", "factor": 4.0}},
        {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 77.0}},
    ],
    ids=str,
)
def test_scaled_positions_are_read_in_every_spelling(said: dict[str, Any]) -> None:
    config = from_settings({**SAID, "rope_theta": 77.0, **said}, "x")

    assert (config.rope_scale, config.rope_theta) == (4.0, 77.0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"num_key_value_heads": 1}, r"grouped-query attention \(num_key_value_heads=1, 2 heads\)"),
        ({"head_dim": 8}, "head_dim=8, ours is 16"),
        ({"intermediate_size": 96}, "intermediate_size=96, ours is 128 at this width"),
        ({"hidden_act": "gelu"}, "hidden_act='gelu', ours is 'silu'"),
        ({"rms_norm_eps": 1e-5}, "rms_norm_eps=1e-05, ours is 1e-06"),
        ({"attention_bias": True}, "attention_bias=True beside mlp_bias=False"),
        ({"rope_parameters": {"rope_type": "llama3", "factor": 8.0}}, "rope scaling of type 'llama3'"),
        ({"rope_parameters": {"full_attention": {}}}, "rope scaling of type 'one for each kind of layer'"),
    ],
    ids=str,
)
def test_a_llama_that_is_none_of_ours_is_refused_with_the_reason(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        from_settings({**SAID, **changes}, "m/config.json")

    assert caught.value.message.startswith("m/config.json: this LlamaForCausalLM is not representable")


def test_every_reason_is_listed_at_once() -> None:
    with pytest.raises(InputError) as caught:
        from_settings({**SAID, "num_key_value_heads": 1, "rms_norm_eps": 1e-5}, "x")

    assert caught.value.message.count("\n") == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden_size": -32}, {"hidden_size": 0}, {"num_hidden_layers": "two"}, {"num_attention_heads": 5},
        {"rms_norm_eps": -1}, {"vocab_size": None}, {"rope_theta": 0},
        {"rope_parameters": {"rope_type": "linear", "factor": -2}}, {"rope_parameters": 3},
    ],
    ids=str,
)  # fmt: skip
def test_values_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    values = {**SAID, "rope_parameters": None, **changes}

    with pytest.raises(ConfigError, match="x does not describe a valid"):
        from_settings(values, "x")
