"""Recipes of phases: what may be tuned, and what follows from it."""

from pathlib import Path
from typing import Any

import pytest

from mypt.config import load, validate
from mypt.errors import ConfigError
from mypt.evaluation.gate import GateRecipe
from mypt.sft.generators.registry import GENERATORS
from mypt.sft.phases import PHASES
from mypt.sft.recipe import PhaseRecipe

CONFIGS = Path(__file__).parents[2] / "configs"
RATES = [7e-5, 3e-5, 3e-5, 2.5e-5, 2e-5, 1.5e-5]
DROPOUTS = [0.10, 0.08, 0.12, 0.10, 0.08, 0.08]
ALPHAS = [5, 5, 10, 10, 5, 5]


def recipe(**changes: Any) -> PhaseRecipe:
    values = {
        "phase": 2,
        "generate": [{"generator": "operators", "count": 10}],
        "training": {"epochs": 1},
        "gate": "configs/gates/phase2.json",
    }
    return validate({**values, **changes}, PhaseRecipe, "x.json")


def shipped() -> list[PhaseRecipe]:
    return [load(CONFIGS / "sft" / f"{phase.slug}.json", PhaseRecipe) for phase in PHASES]


def test_there_is_a_recipe_for_each_phase_with_its_generators_and_gate() -> None:
    for phase, one in zip(PHASES, shipped(), strict=True):
        assert one.phase == phase.number
        assert tuple(settings.generator for settings in one.generate) == phase.generators
        assert load(CONFIGS.parent / one.gate, GateRecipe).phase == phase.number
        assert all(settings.generator in GENERATORS for settings in one.generate)


def test_rates_dropout_and_noise_are_those_of_the_protocol() -> None:
    recipes = shipped()

    assert [one.training.learning_rate for one in recipes] == RATES
    assert [one.regularization.dropout for one in recipes] == DROPOUTS
    assert [one.regularization.neftune_alpha for one in recipes] == ALPHAS


def test_epochs_become_steps_of_packed_rows() -> None:
    training = recipe(training={"epochs": 3, "batch_size": 4, "grad_accum_steps": 2}).training

    config = training.resolve(n_rows=100, n_supervised=1)

    assert config.steps == 38  # 300 rows in steps of 8
    assert config.warmup_steps == 2


def test_supervised_tokens_become_steps() -> None:
    training = recipe(training={"supervised_tokens": 5000, "batch_size": 10}).training

    assert training.resolve(n_rows=100, n_supervised=2500).steps == 20


def test_a_short_phase_is_validated_and_kept_within_its_steps() -> None:
    training = recipe(training={"epochs": 1, "batch_size": 10, "validate_every": 100}).training

    config = training.resolve(n_rows=20, n_supervised=1)

    assert (config.steps, config.validate_every, config.checkpoint_every) == (2, 2, 2)


@pytest.mark.parametrize("length", [{}, {"epochs": 1, "supervised_tokens": 5}])
def test_a_length_is_given_once(length: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="exactly one of epochs and supervised_tokens"):
        recipe(training=length)


def test_steps_are_no_setting_of_a_phase() -> None:
    with pytest.raises(ConfigError, match="steps: no such setting"):
        recipe(training={"epochs": 1, "steps": 50})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"generate": []}, "nothing is generated"),
        ({"generate": [{"generator": "a", "count": 1}] * 2}, "one generator twice"),
        ({"imports": {"operators": "x"}}, "is the name of a generator"),
        ({"mix": {"shares": {"chat": 1.0}}}, "neither generated nor imported"),
        ({"mix": {"replay": {"3": 0.1}}}, "phase 3 is not earlier"),
        ({"mix": {"pretraining_share": 0.2}}, "pretraining_share"),
        ({"training": {"epochs": 1, "warmup_steps": 5}}, "warmup_share"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recipe(**changes)


def test_the_mix_names_generated_imported_and_earlier_episodes() -> None:
    one = recipe(imports={"oasst2": "artifacts/oasst2"}, mix={"shares": {"oasst2": 0.5}})

    mixed = one.mix_recipe({"operators": Path("g/operators")}, {1: Path("p1/mixed")}, "base/dataset")

    assert {name: (entry.artifact, entry.share) for name, entry in mixed.inputs.items()} == {
        "operators": ("g/operators", 1.0),
        "oasst2": ("artifacts/oasst2", 0.5),
    }
    assert mixed.shares()["phase1"] == 0.05
    assert mixed.shares()["pretraining"] == 0.03
