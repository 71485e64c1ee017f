"""A GPT-2's `config.json`, or its tensors alone, say our architecture, or are refused with the reason."""

from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from mypt.errors import CheckpointError, ConfigError, InputError
from mypt.interchange.gpt2 import LAYOUT, from_settings, from_shapes, to_settings
from mypt.model.config import GPTConfig
from mypt.model.presets import preset
from tests.interchange.models import gpt2

SAID = to_settings(gpt2())


@pytest.mark.parametrize(
    "config", [gpt2(), gpt2(tie_weights=False), gpt2(mlp_type="gelu_exact"), gpt2(mlp_type="relu")], ids=str
)
def test_the_settings_come_back(config: GPTConfig) -> None:
    assert from_settings(to_settings(config), "x") == config.model_copy(update={"vocab_multiple": 1})


def test_what_is_not_said_is_gpt2_small() -> None:
    assert from_settings({}, "x") == preset("gpt2")


def test_the_names_are_those_of_the_stock_class() -> None:
    config = gpt2(tie_weights=False)
    with torch.device("meta"):
        stock = GPT2LMHeadModel(GPT2Config(**to_settings(config)))

    expected = {name: tensor.shape for name, tensor in stock.state_dict().items()}

    assert {name: tensor.shape for name, tensor in LAYOUT.expected(config).items()} == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"activation_function": "silu"}, "activation_function='silu', ours are gelu_new"),
        ({"n_inner": 100}, "n_inner=100, ours is 128 at this width"),
        ({"layer_norm_epsilon": 1e-6}, "layer_norm_epsilon=1e-06, ours is 1e-05"),
        ({"scale_attn_weights": False}, "scale_attn_weights=false"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx=true"),
        ({"add_cross_attention": True}, "add_cross_attention=true"),
    ],
    ids=str,
)
def test_a_gpt2_that_is_none_of_ours_is_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        from_settings({**SAID, **changes}, "x")


@pytest.mark.parametrize(
    "changes",
    [{"n_embd": -1}, {"n_head": 5}, {"n_layer": 0}, {"resid_pdrop": 1.5}, {"n_positions": 1.5}],
    ids=str,
)
def test_values_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="x does not describe a valid"):
        from_settings({**SAID, **changes}, "x")


def shapes(rows: int, width: int, positions: int, n_layer: int) -> dict[str, Tensor]:
    with torch.device("meta"):
        blocks = {f"transformer.h.{number}.ln_1.weight": torch.empty(width) for number in range(n_layer)}
        tokens, places = torch.empty(rows, width), torch.empty(positions, width)
    return {"transformer.wte.weight": tokens, "transformer.wpe.weight": places, **blocks}


@pytest.mark.parametrize(
    ("width", "n_layer", "n_head"), [(768, 12, 12), (1024, 24, 16), (1600, 48, 25), (32, 1, 1)]
)
def test_a_published_gpt2_is_known_by_its_tensors(width: int, n_layer: int, n_head: int) -> None:
    config = from_shapes(shapes(50257, width, 1024, n_layer), "x")

    assert (config.n_embd, config.n_layer, config.n_head) == (width, n_layer, n_head)
    assert (config.vocab_size, config.block_size, config.tie_weights) == (50257, 1024, True)


@pytest.mark.parametrize("missing", ["wte.weight", "wpe.weight", "h.0.ln_1.weight"])
def test_other_tensors_are_refused(missing: str) -> None:
    weights = shapes(10, 32, 8, 1)
    del weights[f"transformer.{missing}"]

    with pytest.raises(CheckpointError, match="not GPT-2's weights"):
        from_shapes(weights, "x")


def test_a_width_that_heads_of_64_do_not_divide_is_refused() -> None:
    with pytest.raises(ConfigError, match="n_embd=200 is not a multiple of n_head=3"):
        from_shapes(shapes(10, 200, 8, 1), "x")
