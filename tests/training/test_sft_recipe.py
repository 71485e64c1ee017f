"""A phase of fine-tuning: what it may not set, and how long it is."""

from typing import Any

import pytest

from mypt.config import fingerprint, validate
from mypt.errors import ConfigError
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.sft_recipe import SftRecipe, steps_for

BASE = {"init_from": "parent", "dataset": "episodes", "training": {"steps": 4}}


def recipe(**values: Any) -> SftRecipe:
    return validate({**BASE, **values}, SftRecipe, "test")


def test_what_is_read_comes_first_and_each_folder_once() -> None:
    made = recipe(eval_sets={"law": "text#law", "web": "text", "phase1": "episodes"})

    assert made.dataset_paths == ("episodes", "text")
    assert [share.dataset for share in made.stages[0].shares] == ["episodes"]


def test_only_adamw_fine_tunes() -> None:
    with pytest.raises(ConfigError, match=r"training\.optimizer=muon: fine-tuning takes adamw"):
        recipe(training={"steps": 4, "optimizer": "muon"})


@pytest.mark.parametrize("key", ["model", "mixture", "freeze"])
def test_the_architecture_is_the_parents_and_never_repeated(key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key}: no such setting"):
        recipe(**{key: {}})


def test_an_eval_set_is_not_called_like_what_is_measured_anyway() -> None:
    with pytest.raises(ConfigError, match="'held_out' is measured anyway"):
        recipe(eval_sets={"held_out": "text"})


def test_noise_is_a_setting_and_unset_noise_leaves_older_recipes_their_fingerprint() -> None:
    adapt = {"init_from": "a", "dataset": "b", "eval_sets": {"general": "c"}, "training": {"steps": 4}}

    plain = validate(adapt, AdaptRecipe, "test")

    assert plain.model_dump(mode="json")["regularization"] == {"dropout": None}
    assert fingerprint(plain) != fingerprint(
        validate({**adapt, "regularization": {"neftune_alpha": 5}}, AdaptRecipe, "test")
    )


@pytest.mark.parametrize(
    ("n_rows", "epochs", "steps"), [(100, 1.0, 13), (100, 2.0, 25), (96, 1.0, 12), (3, 0.1, 1)]
)
def test_epochs_become_steps(n_rows: int, epochs: float, steps: int) -> None:
    assert steps_for(n_rows, epochs, batch_size=4, grad_accum_steps=2) == steps


def test_supervised_tokens_become_steps_through_epochs() -> None:
    assert steps_for(100, 50_000 / 20_000, batch_size=5, grad_accum_steps=1) == 50
