"""Who updates what: matrices decay, everything else does not, nothing is left out or updated twice."""

import pytest
import torch

from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.training.muon import Muon
from mypt.training.optimizer import Optimizers, decaying_parameters, make_optimizers
from mypt.training.recipe import TrainingConfig
from tests.training.models import TINY, make_model

TRAINING = TrainingConfig(steps=10, weight_decay=0.3)
WITH_MUON = TRAINING.model_copy(update={"optimizer": "muon"})
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

    groups = make_optimizers(model, TRAINING).all[0].param_groups

    assert [group["weight_decay"] for group in groups] == [0.3, 0.0]
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))


@pytest.mark.parametrize("config", [TINY, GPT2_STYLE], ids=["modern", "gpt2"])
def test_muon_takes_the_hidden_matrices_and_adamw_the_rest(config: GPTConfig) -> None:
    model = make_model(config.model_copy(update={"tie_weights": False}))

    muon, adamw = make_optimizers(model, WITH_MUON).all

    assert isinstance(muon, Muon)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    held = [[names[id(p)] for group in o.param_groups for p in group["params"]] for o in (muon, adamw)]
    hidden = {name for name, p in model.named_parameters() if name.startswith("blocks.") and p.dim() == 2}
    assert set(held[0]) == hidden
    assert sorted(held[0] + held[1]) == sorted(names.values())
    assert [len(group["params"]) for group in adamw.param_groups] == [1, len(held[1]) - 1]  # the head decays


def test_muon_knows_the_parts_of_fused_weights() -> None:
    model = make_model(TINY)

    muon = make_optimizers(model, WITH_MUON).all[0]

    parts = {id(p): group["n_parts"] for group in muon.param_groups for p in group["params"]}
    of_block = {name: parts[id(p)] for name, p in model.blocks[0].named_parameters() if id(p) in parts}
    assert of_block == {
        "attention.qkv.weight": 3, "attention.output.weight": 1, "mlp.gate_up.weight": 2,
        "mlp.down.weight": 1,
    }  # fmt: skip


@pytest.mark.parametrize("training", [TRAINING, WITH_MUON], ids=["adamw", "muon"])
def test_frozen_parameters_are_left_out(training: TrainingConfig) -> None:
    model = make_model(TINY)
    for parameter in (*model.token_embedding.parameters(), *model.blocks[0].parameters()):
        parameter.requires_grad_(False)  # noqa: FBT003

    held = [p for o in make_optimizers(model, training).all for g in o.param_groups for p in g["params"]]

    assert {id(p) for p in held} == {id(p) for p in model.parameters() if p.requires_grad}


def test_where_every_block_is_frozen_muon_has_nothing_to_do() -> None:
    model = make_model(TINY)
    model.blocks.requires_grad_(False)  # noqa: FBT003

    assert [type(optimizer) for optimizer in make_optimizers(model, WITH_MUON).all] == [torch.optim.AdamW]


@pytest.mark.parametrize("training", [TRAINING, WITH_MUON], ids=["adamw", "muon"])
def test_a_bad_step_leaves_weights_and_every_state_as_they_were(training: TrainingConfig) -> None:
    model = make_model(GPT2_STYLE)
    optimizers = make_optimizers(model, training)
    for bad in (0.0, 1.0):
        before = _everything(model, optimizers)
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, torch.nan if bad else 0.5)

        optimizers.step(torch.tensor(bad))

        after = _everything(model, optimizers)
        assert all(torch.equal(after[name], before[name]) == bool(bad) for name in before)
        assert all(tensor.isfinite().all() for tensor in after.values())


def _everything(model: GPT, optimizers: Optimizers) -> dict[str, torch.Tensor]:
    """Return copies of every weight and of all that the optimizers remember of it."""
    found = {}
    for name, parameter in model.named_parameters():
        found[name] = parameter.detach().clone()
        states = [optimizer.state[parameter] for optimizer in optimizers.all if parameter in optimizer.state]
        found |= {f"{name}.{key}": value.clone() for state in states for key, value in state.items()}
    return found


def test_a_learning_rate_is_that_of_every_group() -> None:
    optimizers = make_optimizers(make_model(TINY), WITH_MUON)

    optimizers.set_learning_rate(0.125)

    assert {group["lr"] for optimizer in optimizers.all for group in optimizer.param_groups} == {0.125}


def test_a_group_that_misses_a_parameter_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model()
    twice = [*decaying_parameters(model), decaying_parameters(model)[0]]
    monkeypatch.setattr("mypt.training.optimizer.decaying_parameters", lambda _: twice)

    with pytest.raises(AssertionError, match="exactly once"):
        make_optimizers(model, TRAINING)


def test_decay_shrinks_a_matrix_without_gradient_and_nothing_else() -> None:
    model = make_model()
    optimizers = make_optimizers(model, TRAINING)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}

    optimizers.set_learning_rate(0.1)
    optimizers.step(torch.tensor(0.0))

    for name, parameter in model.named_parameters():
        factor = 1 - 0.1 * 0.3 if name.startswith("blocks.") and parameter.dim() == 2 else 1.0
        assert torch.allclose(parameter, before[name] * factor, atol=1e-7), name
