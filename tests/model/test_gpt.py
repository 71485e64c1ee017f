"""Tests of the whole model."""

import pytest
import torch
import torch.nn.functional as F

from mypt.errors import InputError
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.kv_cache import KVCache
from tests.model.models import (
    BOTH,
    GPT2_STYLE,
    MODERN,
    gradients,
    make_model,
    make_reference_llama,
    random_ids,
)

both_styles = pytest.mark.parametrize("config", BOTH, ids=["modern", "gpt2-style"])


@pytest.mark.parametrize("tie_weights", [True, False])
@pytest.mark.parametrize("rope_theta", [10000.0, 500.0])
def test_rope_swiglu_and_rmsnorm_are_llama(tie_weights: bool, rope_theta: float) -> None:  # noqa: FBT001
    model = make_model(MODERN.model_copy(update={"tie_weights": tie_weights, "rope_theta": rope_theta}))
    llama, ids = make_reference_llama(model), random_ids(2, 24)

    with torch.no_grad():
        ours, theirs = model(ids), llama(ids).logits

    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@both_styles
def test_there_is_a_logit_for_every_id_that_exists_and_no_other(config: GPTConfig) -> None:
    logits = make_model(config)(random_ids(2, 5))

    assert config.padded_vocab_size == 64
    assert logits.shape == (2, 5, 61)


def test_padding_rows_of_the_embedding_get_no_gradient() -> None:
    model, ids = make_model(MODERN), random_ids(2, 5)

    F.cross_entropy(model(ids).flatten(0, 1), ids.flatten()).backward()

    gradient = gradients(model)["token_embedding.weight"]
    assert gradient[61:].eq(0).all()
    assert gradient[:61].ne(0).any(dim=1).all()


def test_an_untied_head_has_its_own_weights() -> None:
    model = GPT(MODERN.model_copy(update={"tie_weights": False}))

    assert model.head_weight is not model.token_embedding.weight
    assert "unembedding.weight" in dict(model.named_parameters())


def test_a_head_without_a_bias_has_no_such_weight() -> None:
    model = GPT(MODERN)

    assert model.head_bias is None
    assert "head_bias" not in model.state_dict()


def test_a_bias_of_the_head_is_added_to_the_logits_of_ids_that_exist() -> None:
    model, ids = make_model(MODERN), random_ids(2, 5)
    biased = GPT(MODERN.model_copy(update={"head_bias": True})).eval()
    bias = torch.arange(64.0)
    biased.load_state_dict({**model.state_dict(), "head_bias": bias})

    logits = biased(ids)

    assert biased.head_bias is not None
    assert biased.head_bias.shape == (64,)
    torch.testing.assert_close(logits, model(ids) + bias[:61])


def test_the_padding_of_a_bias_gets_no_gradient() -> None:
    model, ids = make_model(MODERN.model_copy(update={"head_bias": True})), random_ids(2, 5)

    F.cross_entropy(model(ids).flatten(0, 1), ids.flatten()).backward()

    gradient = gradients(model)["head_bias"]
    assert gradient[61:].eq(0).all()
    assert gradient[:61].ne(0).all()


def test_the_head_can_read_a_selection_of_positions() -> None:
    model, ids = make_model(MODERN), random_ids(2, 5)
    selected = torch.tensor([[True, False, False, True, False], [False, False, True, False, False]])

    logits = model.head(model.hidden(ids)[selected])

    torch.testing.assert_close(logits, model(ids)[selected])


@both_styles
def test_a_sequence_longer_than_block_size_is_refused(config: GPTConfig) -> None:
    with pytest.raises(InputError, match="a sequence of 25 tokens is longer than block_size=24"):
        make_model(config)(random_ids(1, 25))


def test_segments_and_a_cache_exclude_each_other() -> None:
    model = make_model(MODERN)

    with pytest.raises(InputError, match="segments cannot be read through a cache"):
        model(random_ids(1, 3), segments=torch.tensor([[0, 0, 1]]), cache=KVCache.create(MODERN, 1))


@both_styles
def test_given_positions_replace_the_counted_ones(config: GPTConfig) -> None:
    model, ids = make_model(config), random_ids(2, 6)
    segments = torch.tensor([[0, 0, 0, 1, 1, 1]] * 2)

    continued = model(ids, segments=segments, positions=torch.arange(6)[None])
    restarted = model(ids, segments=segments)

    torch.testing.assert_close(continued[:, :3], restarted[:, :3])
    is_rope = config.pos_encoding == "rope"  # turned by distance alone, so a shift does not show
    assert torch.allclose(continued[:, 3:], restarted[:, 3:], atol=1e-4) == is_rope


@both_styles
def test_dropout_is_active_in_training_only_and_from_the_global_generator(config: GPTConfig) -> None:
    model, ids = make_model(config.model_copy(update={"dropout": 0.2})), random_ids(1, 8)

    torch.manual_seed(1)
    first = model.train()(ids)
    second = model(ids)
    torch.manual_seed(1)
    again = model(ids)

    assert not torch.equal(first, second)
    assert torch.equal(first, again)
    assert torch.equal(model.eval()(ids), make_model(config)(ids))


def test_embeddings_are_dropped_too() -> None:
    model = make_model(MODERN.model_copy(update={"dropout": 0.5, "n_layer": 1})).train()
    with torch.no_grad():
        for parameter in model.blocks.parameters():
            parameter.zero_()

    torch.manual_seed(0)
    hidden = model.hidden(random_ids(1, 20))

    assert 0.3 < hidden.eq(0).float().mean() < 0.7


@both_styles
def test_bf16_computes_in_bf16_with_fp32_weights_and_gradients(config: GPTConfig) -> None:
    model, ids = make_model(config), random_ids(2, 8)
    exact = model(ids)
    model.compute_dtype = torch.bfloat16

    logits = model(ids)
    logits.float().logsumexp(-1).sum().backward()

    assert logits.dtype == torch.bfloat16
    assert {gradient.dtype for gradient in gradients(model).values()} == {torch.float32}
    assert F.cosine_similarity(logits.float().flatten(), exact.flatten(), dim=0) > 0.999


def test_the_mode_of_activation_checkpointing_is_that_of_every_block() -> None:
    model = make_model(MODERN)

    model.activation_checkpointing = "selective"

    assert model.activation_checkpointing == "selective"
    assert {block.activation_checkpointing for block in model.blocks} == {"selective"}


def test_a_new_model_knows_nothing_and_draws_no_random_numbers() -> None:
    before = torch.get_rng_state()

    logits = GPT(GPT2_STYLE)(random_ids(1, 3))

    assert logits.eq(0).all()
    assert torch.equal(torch.get_rng_state(), before)


@both_styles
def test_a_chunked_prefill_equals_one_pass(config: GPTConfig) -> None:
    model, ids = make_model(config).eval(), random_ids(2, 10)
    cache = KVCache.create(config, batch=2, capacity=12)

    parts = []
    with torch.no_grad():
        for part in ids.split(4, dim=1):
            parts.append(model(part, cache=cache))
            cache.advance(part.shape[1])

        torch.testing.assert_close(torch.cat(parts, dim=1), model(ids), atol=1e-5, rtol=1e-5)


def test_what_lies_behind_a_rows_length_never_shows() -> None:
    model, ids = make_model(MODERN).eval(), random_ids(2, 6)
    clean, dirty = KVCache.create(MODERN, 2, 12), KVCache.create(MODERN, 2, 12)
    for tensor in dirty.keys + dirty.values:
        tensor.fill_(1e4)

    with torch.no_grad():
        for cache in (clean, dirty):
            model(ids, cache=cache)
            cache.advance([6, 2])

        assert torch.equal(model(ids[:, :1], cache=clean), model(ids[:, :1], cache=dirty))


def test_a_cache_of_another_dtype_is_read_in_the_compute_dtype() -> None:
    model, ids = make_model(MODERN).eval(), random_ids(1, 6)
    cache = KVCache.create(MODERN, 1, dtype=torch.bfloat16)

    with torch.no_grad():
        logits = model(ids, cache=cache)

    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, model(ids), atol=0.3, rtol=0.1)


@both_styles
def test_the_model_can_be_built_without_memory(config: GPTConfig) -> None:
    with torch.device("meta"):
        model = GPT(config)
        logits = model(torch.zeros(2, 5, dtype=torch.int64))

    assert {parameter.device.type for parameter in model.parameters()} == {"meta"}
    assert logits.shape == (2, 5, 61)
