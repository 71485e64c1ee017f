"""Weights are renamed, split and turned there and back without a change."""

from typing import Any

import pytest
import torch
from torch import Tensor

from mypt.errors import CheckpointError, InputError
from mypt.interchange import gpt2 as gpt2_family
from mypt.interchange import llama as llama_family
from mypt.interchange.layout import MAX_BLOCK_SIZE, Layout, refuse_other_sizes, with_rows_of, without_padding
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from tests.interchange.models import gpt2, llama
from tests.model.models import make_model

BOTH = [
    (llama_family.LAYOUT, llama(tie_weights=False, bias=True)),
    (gpt2_family.LAYOUT, gpt2(tie_weights=False)),
]
both = pytest.mark.parametrize(("layout", "config"), BOTH, ids=["llama", "gpt2"])


@both
def test_there_and_back_gives_the_same_weights(layout: Layout, config: GPTConfig) -> None:
    weights = make_model(config).state_dict()

    back = layout.to_ours(layout.to_theirs(weights), config.n_layer)

    torch.testing.assert_close(back, dict(weights), atol=0, rtol=0)


@both
def test_what_is_expected_is_what_is_made(layout: Layout, config: GPTConfig) -> None:
    made = layout.to_theirs(without_padding(make_model(config).state_dict(), config))

    expected = layout.expected(config)

    assert {name: tensor.shape for name, tensor in expected.items()} == {
        name: tensor.shape for name, tensor in made.items()
    }
    assert all(tensor.is_meta for tensor in expected.values())


def test_missing_weights_stay_missing() -> None:
    weights = llama_family.LAYOUT.to_theirs(make_model(llama()).state_dict())
    del weights["model.layers.1.self_attn.k_proj.weight"]

    ours = llama_family.LAYOUT.to_ours(weights, 2)

    assert "blocks.1.attention.qkv.weight" not in ours
    assert "blocks.0.attention.qkv.weight" in ours


def test_rows_that_others_do_not_have_stay_the_models_own() -> None:
    model = make_model(gpt2(head_bias=True))
    rows = {"token_embedding.weight": torch.ones(5, 32), "head_bias": torch.ones(5)}

    filled = with_rows_of(rows, model)

    own = model.state_dict()
    for name, tensor in filled.items():
        assert tensor[:5].eq(1).all()
        assert torch.equal(tensor[5:], own[name][5:])


def fits(config: GPTConfig) -> tuple[int, Tensor]:
    return config.n_layer, GPT(config).token_embedding.weight[: config.vocab_size]


def test_sizes_that_fit_are_let_through() -> None:
    refuse_other_sizes("x", llama(), *fits(llama()))


@pytest.mark.parametrize("changes", [{"n_layer": 3}, {"n_embd": 64}, {"vocab_size": 9}], ids=str)
def test_other_sizes_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match="x: the configuration says"):
        refuse_other_sizes("x", llama(**changes), *fits(llama()))


def test_a_missing_embedding_is_refused() -> None:
    with pytest.raises(CheckpointError, match=r"the weights have \[2\]"):
        refuse_other_sizes("x", llama(), 2, None)


def test_more_positions_than_memory_are_refused() -> None:
    refuse_other_sizes("x", llama(block_size=MAX_BLOCK_SIZE), *fits(llama()))
    with pytest.raises(InputError, match="262,145 positions are more than the 262,144 that MyPT takes"):
        refuse_other_sizes("x", llama(block_size=MAX_BLOCK_SIZE + 1), *fits(llama()))
