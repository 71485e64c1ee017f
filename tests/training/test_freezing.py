"""Frozen parameters keep every bit, and a model that could not learn is refused."""

import pytest
import torch

from mypt.errors import ConfigError
from mypt.model.gpt import GPT
from mypt.training.freezing import freeze
from tests.training.models import TINY, make_model

LEARNED_POSITIONS = TINY.model_copy(update={"pos_encoding": "learned"})
UNTIED = TINY.model_copy(update={"tie_weights": False})


def frozen_names(model: GPT) -> set[str]:
    names = (name for name, parameter in model.named_parameters() if not parameter.requires_grad)
    return {".".join(name.split(".")[:2]) if name.startswith("blocks") else name for name in names}


def test_the_first_blocks_are_frozen_whole() -> None:
    model = make_model()

    frozen = freeze(model, embeddings=False, blocks=1)

    assert frozen_names(model) == {"blocks.0"}
    assert frozen.n_frozen == sum(parameter.numel() for parameter in model.blocks[0].parameters())
    assert frozen.n_trainable + frozen.n_frozen == sum(parameter.numel() for parameter in model.parameters())
    assert not frozen.head_is_frozen


def test_blocks_can_be_named_one_by_one() -> None:
    model = make_model()

    freeze(model, embeddings=False, blocks=(1,))

    assert frozen_names(model) == {"blocks.1"}


def test_embeddings_are_those_of_tokens_and_positions_and_a_tied_head_with_them() -> None:
    model = make_model(LEARNED_POSITIONS)

    frozen = freeze(model, embeddings=True, blocks=0)

    assert frozen_names(model) == {"token_embedding.weight", "position_encoding.table.weight"}
    assert frozen.head_is_frozen


def test_a_head_of_its_own_goes_on_learning() -> None:
    model = make_model(UNTIED)

    frozen = freeze(model, embeddings=True, blocks=2)

    assert not frozen.head_is_frozen
    assert frozen_names(model) == {"token_embedding.weight", "blocks.0", "blocks.1"}


def test_freezing_again_is_the_same_as_freezing_once() -> None:
    model = make_model()
    freeze(model, embeddings=True, blocks=1)

    freeze(model, embeddings=False, blocks=1)

    assert frozen_names(model) == {"blocks.0"}


def test_what_is_frozen_gets_no_gradient_and_the_rest_does() -> None:
    model = make_model()
    freeze(model, embeddings=True, blocks=1)

    model(torch.zeros(1, 4, dtype=torch.long)).square().sum().backward()

    has_gradient = {name for name, parameter in model.named_parameters() if parameter.grad is not None}
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert has_gradient == learning
    assert not any(name.startswith(("token_embedding", "blocks.0")) for name in has_gradient)


@pytest.mark.parametrize(("blocks", "named"), [(3, 2), ((0, 7), 7), ((-1,), -1)])
def test_blocks_that_do_not_exist_are_refused(blocks: int | tuple[int, ...], named: int) -> None:
    with pytest.raises(ConfigError, match=f"names block {named}, but the model has blocks 0 to 1"):
        freeze(make_model(), embeddings=False, blocks=blocks)


def test_a_model_in_which_nothing_would_learn_is_refused_and_left_as_it_was() -> None:
    model = make_model()

    with pytest.raises(ConfigError, match="nothing would learn"):
        freeze(model, embeddings=True, blocks=2)

    assert frozen_names(model) == set()
