"""A model of ours is a Llama, a GPT-2, or refused as neither."""

import pytest
import torch

from mypt.errors import InputError
from mypt.interchange.families import FAMILIES, family_of
from mypt.model.config import GPTConfig
from tests.interchange.models import gpt2, llama


@pytest.mark.parametrize(("config", "name"), [(llama(), "llama"), (gpt2(), "gpt2")])
def test_the_family_of_each_style(config: GPTConfig, name: str) -> None:
    assert family_of(config, "x").name == name


@pytest.mark.parametrize(
    ("config", "reasons"),
    [
        (llama(norm_type="layernorm"), ["norm_type='layernorm'", "pos_encoding='rope', mlp_type='swiglu'"]),
        (gpt2(bias=False), ["no gpt2: bias=False"]),
        (gpt2(pos_encoding="rope"), ["no gpt2: pos_encoding='rope'", "no llama: mlp_type='gelu'"]),
        (llama(head_bias=True), ["no llama: head_bias=True"]),
    ],
    ids=str,
)
def test_what_is_neither_is_refused_with_each_reason(config: GPTConfig, reasons: list[str]) -> None:
    with pytest.raises(InputError, match="x: this architecture is not representable") as caught:
        family_of(config, "x")

    assert all(reason in caught.value.message for reason in reasons)


def test_names_of_a_bare_transformer_are_completed() -> None:
    one = torch.zeros(1)

    plain = FAMILIES["gpt2"].plain({"wte.weight": one, "h.0.attn.bias": one, "h.0.attn.c_attn.bias": one})
    whole = FAMILIES["gpt2"].plain({"transformer.wte.weight": one, "lm_head.weight": one})

    assert list(plain) == ["transformer.wte.weight", "transformer.h.0.attn.c_attn.bias"]
    assert list(whole) == ["transformer.wte.weight", "lm_head.weight"]
    assert list(
        FAMILIES["llama"].plain({"model.x": one, "model.layers.0.self_attn.rotary_emb.inv_freq": one})
    ) == ["model.x"]
