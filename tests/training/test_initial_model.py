"""Where a run starts: from a seed, or from a parent that is whole and reads the same ids."""

from pathlib import Path

import pytest
import torch

from mypt.errors import ConfigError, ManifestMismatch
from mypt.model.checkpoint import load_sealed_model
from mypt.tokenizer.registry import load_tokenizer
from mypt.training.adapt_recipe import AdaptRecipe, Freeze, RegularizationOverrides
from mypt.training.initial_model import architecture, make_model, open_parent
from mypt.training.recipe import PretrainRecipe


def test_a_base_model_starts_from_its_seed(recipe: PretrainRecipe, dataset_folder: Path) -> None:
    tokenizer = load_tokenizer(dataset_folder)

    first, second = (make_model(recipe, tokenizer).state_dict() for _ in range(2))

    assert open_parent(recipe) is None
    assert all(torch.equal(weight, second[name]) for name, weight in first.items())


def test_an_adaptation_starts_from_its_parents_weights(
    adapt_recipe: AdaptRecipe, parent_folder: Path, dataset_folder: Path
) -> None:
    model = make_model(adapt_recipe, load_tokenizer(dataset_folder))

    parent = load_sealed_model(parent_folder)
    assert model.config == parent.config
    assert all(torch.equal(weight, parent.state_dict()[name]) for name, weight in model.state_dict().items())


def test_dropout_alone_may_differ(adapt_recipe: AdaptRecipe, dataset_folder: Path) -> None:
    changed = adapt_recipe.model_copy(update={"regularization": RegularizationOverrides(dropout=0.3)})

    config = architecture(changed, load_tokenizer(dataset_folder))

    assert config.dropout == 0.3
    assert config.model_copy(update={"dropout": 0.1}) == architecture(
        adapt_recipe, load_tokenizer(dataset_folder)
    )


def test_what_the_recipe_freezes_does_not_learn(adapt_recipe: AdaptRecipe, dataset_folder: Path) -> None:
    changed = adapt_recipe.model_copy(update={"freeze": Freeze(blocks=1)})

    model = make_model(changed, load_tokenizer(dataset_folder))

    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert not any(name.startswith("blocks.0.") for name in learning)
    assert any(name.startswith("blocks.1.") for name in learning)


def test_the_parents_last_rate_is_what_its_schedule_ended_with(adapt_recipe: AdaptRecipe) -> None:
    parent = open_parent(adapt_recipe)

    assert parent is not None
    assert parent.final_rate == pytest.approx(3e-4)


def test_a_rate_above_the_parents_last_one_is_refused_unless_forced(adapt_recipe: AdaptRecipe) -> None:
    fast = adapt_recipe.model_copy(
        update={"training": adapt_recipe.training.model_copy(update={"learning_rate": 1e-2})}
    )

    with pytest.raises(ConfigError, match="learning_rate"):
        open_parent(fast)
    assert open_parent(fast.model_copy(update={"force_learning_rate": True})) is not None
    assert open_parent(fast, any_rate=True) is not None


def test_a_parent_that_is_not_there_is_refused(adapt_recipe: AdaptRecipe, tmp_path: Path) -> None:
    with pytest.raises(ManifestMismatch, match="does not exist"):
        open_parent(adapt_recipe.model_copy(update={"init_from": str(tmp_path / "gone")}))
