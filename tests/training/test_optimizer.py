"""AdamW's groups: matrices decay, everything else does not, nothing is left out."""

import pytest
import torch

from mypt.model.config import GPTConfig
from mypt.training.optimizer import decaying_parameters, make_optimizer, set_learning_rate
from mypt.training.recipe import TrainingConfig
from tests.training.models import TINY, make_model

TRAINING = TrainingConfig(steps=10, weight_decay=0.3)
GPT2_STYLE = GPTConfig(n_layer=1, n_head=2, n_embd=16, block_size=8, vocab_size=13)


@pytest.mark.parametrize("config", [TINY, GPT2_STYLE], ids=["modern", "gpt2"])
def test_only_matrices_of_the_blocks_decay(config: GPTConfig) -> None:
    model = make_model(config)
    decaying = {id(parameter) for parameter in decaying_parameters(model)}

    names = {name for name, parameter in model.named_parameters() if id(parameter) in decaying}

    matrices = {name for name, parameter in model.named_parameters() if parameter.dim() == 2}
    assert names == {name for name in matrices if name.startswith("blocks.")}


def test_an_untied_head_decays_too() -> None:
    model = make_model(TINY.model_copy(update={"tie_weights": False}))

    assert any(parameter is model.head_weight for parameter in decaying_parameters(model))


def test_each_parameter_stands_in_one_group() -> None:
    model = make_model(GPT2_STYLE)

    groups = make_optimizer(model, TRAINING).param_groups

    assert [group["weight_decay"] for group in groups] == [0.3, 0.0]
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))


def test_a_group_that_misses_a_parameter_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model()
    twice = [*decaying_parameters(model), decaying_parameters(model)[0]]
    monkeypatch.setattr("mypt.training.optimizer.decaying_parameters", lambda _: twice)

    with pytest.raises(AssertionError, match="exactly once"):
        make_optimizer(model, TRAINING)


def test_decay_shrinks_a_matrix_without_gradient_and_nothing_else() -> None:
    model = make_model()
    optimizer = make_optimizer(model, TRAINING)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}

    set_learning_rate(optimizer, 0.1)
    optimizer.step()

    for name, parameter in model.named_parameters():
        factor = 1 - 0.1 * 0.3 if name.startswith("blocks.") and parameter.dim() == 2 else 1.0
        assert torch.allclose(parameter, before[name] * factor, atol=1e-7), name
