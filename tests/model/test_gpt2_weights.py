"""Tests of loading public GPT-2 weights."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from mypt.errors import CheckpointError, InputError
from mypt.model.config import GPTConfig
from mypt.model.gpt2_weights import load_gpt2_file, load_gpt2_weights
from tests.model.models import GPT2_STYLE, MODERN, make_model, make_reference_gpt2, random_ids


def _sized(n_layer: int, n_head: int, n_embd: int) -> GPTConfig:
    return GPT2_STYLE.model_copy(update={"n_layer": n_layer, "n_head": n_head, "n_embd": n_embd})


def _public_weights(*, with_masks: bool = False) -> dict[str, Tensor]:
    """The weights as the public file has them: no prefix, no head."""
    state = make_reference_gpt2(GPT2_STYLE).state_dict()
    plain = {name.removeprefix("transformer."): tensor.clone() for name, tensor in state.items()}
    del plain["lm_head.weight"]
    if with_masks:
        plain |= {f"h.{i}.attn.bias": torch.ones(1, 1, 24, 24).tril() for i in range(GPT2_STYLE.n_layer)}
        plain |= {f"h.{i}.attn.masked_bias": torch.tensor(-1e4) for i in range(GPT2_STYLE.n_layer)}
    return plain


@pytest.mark.parametrize("config", [_sized(1, 1, 8), _sized(2, 4, 32), _sized(3, 2, 48)], ids=str)
def test_logits_equal_the_public_implementation(config: GPTConfig) -> None:
    reference, model = make_reference_gpt2(config), make_model(config, seed=9).eval()
    ids = random_ids(2, 24)

    load_gpt2_weights(model, reference.state_dict())

    with torch.no_grad():
        torch.testing.assert_close(model(ids), reference(ids).logits, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("with_masks", [False, True])
def test_the_public_file_is_read_with_and_without_mask_buffers(with_masks: bool, tmp_path: Path) -> None:  # noqa: FBT001
    model, reference, ids = make_model(GPT2_STYLE).eval(), make_reference_gpt2(GPT2_STYLE), random_ids(2, 24)
    save_file(_public_weights(with_masks=with_masks), tmp_path / "gpt2.safetensors")

    load_gpt2_file(model, tmp_path / "gpt2.safetensors")

    with torch.no_grad():
        torch.testing.assert_close(model(ids), reference(ids).logits, atol=1e-5, rtol=1e-5)


def test_rows_that_gpt2_does_not_have_keep_their_weights() -> None:
    larger = GPT2_STYLE.model_copy(update={"vocab_size": 80})
    model, weights = make_model(larger), _public_weights()
    before = model.token_embedding.weight.detach().clone()

    load_gpt2_weights(model, weights)

    rows = model.token_embedding.weight
    assert rows.shape == (96, 32)
    assert torch.equal(rows[:61], weights["wte.weight"])
    assert torch.equal(rows[61:], before[61:])


def test_a_shorter_block_takes_the_first_positions() -> None:
    model, weights = make_model(GPT2_STYLE.model_copy(update={"block_size": 8})), _public_weights()

    load_gpt2_weights(model, weights)

    assert torch.equal(model.state_dict()["position_encoding.table.weight"], weights["wpe.weight"][:8])


def test_a_longer_block_has_positions_that_nobody_trained() -> None:
    model = make_model(GPT2_STYLE.model_copy(update={"block_size": 32}))

    with pytest.raises(CheckpointError, match=r"position_encoding.table.weight has shape \[24, 32\]"):
        load_gpt2_weights(model, _public_weights())


def test_a_smaller_vocabulary_is_refused() -> None:
    model = make_model(GPT2_STYLE.model_copy(update={"vocab_size": 30}))

    with pytest.raises(CheckpointError, match=r"token_embedding.weight has shape \[61, 32\]"):
        load_gpt2_weights(model, _public_weights())


def test_another_width_is_refused() -> None:
    with pytest.raises(CheckpointError, match="has shape"):
        load_gpt2_weights(make_model(_sized(2, 2, 48)), _public_weights())


def test_missing_and_unexpected_weights_are_named() -> None:
    weights = _public_weights()
    weights["h.0.attn.new.weight"] = weights.pop("h.1.mlp.c_fc.bias")

    with pytest.raises(CheckpointError, match=r"is missing blocks.1.mlp.up.bias"):
        load_gpt2_weights(make_model(GPT2_STYLE), weights)

    weights["h.1.mlp.c_fc.bias"] = torch.zeros(128)
    with pytest.raises(CheckpointError, match=r"has the unexpected h.0.attn.new.weight"):
        load_gpt2_weights(make_model(GPT2_STYLE), weights)


def test_a_head_that_is_not_the_embedding_is_refused() -> None:
    weights = {**_public_weights(), "lm_head.weight": torch.zeros(61, 32)}

    with pytest.raises(CheckpointError, match=r"GPT-2's head is tied"):
        load_gpt2_weights(make_model(GPT2_STYLE), weights)


def test_a_model_of_another_architecture_is_refused() -> None:
    with pytest.raises(InputError, match="need pos_encoding='learned', this model has 'rope'") as caught:
        load_gpt2_weights(make_model(MODERN), _public_weights())

    assert caught.value.hint == "start from the preset gpt2"


def test_refused_weights_leave_the_model_as_it_was() -> None:
    model, weights = make_model(GPT2_STYLE), _public_weights()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    del weights["ln_f.bias"]

    with pytest.raises(CheckpointError):
        load_gpt2_weights(model, weights)

    torch.testing.assert_close(dict(model.state_dict()), before, atol=0, rtol=0)
