"""A stepper from a recipe, and the settings that exclude each other."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from mypt.errors import ConfigError
from mypt.training.assembly import make_stepper
from mypt.training.gradients import RunningSum, TreeSum
from mypt.training.recipe import TrainingConfig
from tests.training.models import make_model, only_world


def config(**values: Any) -> TrainingConfig:
    return TrainingConfig.model_validate({"steps": 4, "precision": "fp32", **values})


def test_the_settings_reach_the_parts() -> None:
    made = make_stepper(
        make_model(), config(precision="bf16", activation_checkpointing="selective"), only_world()
    )

    assert made.model.compute_dtype is torch.bfloat16
    assert made.model.activation_checkpointing == "selective"
    assert isinstance(made.gradients, RunningSum)
    assert not made.scaler.is_enabled()


def test_audit_mode_adds_in_a_tree_on_one_thread() -> None:
    before = torch.get_num_threads()
    try:
        made = make_stepper(make_model(), config(audit=True, grad_accum_steps=4), only_world())

        assert isinstance(made.gradients, TreeSum)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_muon_and_adamw_share_the_parameters() -> None:
    made = make_stepper(make_model(), config(optimizer="muon"), only_world())

    assert [type(optimizer).__name__ for optimizer in made.optimizers.all] == ["Muon", "AdamW"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fp8": True}, "fp8 needs a GPU"),
        ({"grad_accum_steps": 3}, "cannot be divided among 2 processes"),
    ],
)
def test_what_cannot_be_done_here_is_refused(values: dict[str, Any], message: str) -> None:
    two = replace(only_world(), size=2)

    with pytest.raises(ConfigError, match=message) as caught:
        make_stepper(make_model(), config(**{"grad_accum_steps": 2, **values}), two)
    assert caught.value.hint
