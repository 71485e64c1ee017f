"""The learning-rate finder on a real recipe leaves nothing behind and always says the same."""

from pathlib import Path

import pytest

from mypt.errors import ConfigError
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.lr_finder import RangeTest
from mypt.training.rate_search import search_rate
from mypt.training.recipe import PretrainRecipe


def search(recipe: PretrainRecipe | AdaptRecipe, lowest: float = 1e-4, highest: float = 1.0) -> RangeTest:
    return search_rate(recipe, lowest=lowest, highest=highest, steps=30, progress=lambda _done, _all: None)


def test_a_rate_between_the_bounds_is_suggested_and_always_the_same(
    recipe: PretrainRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    first, second = search(recipe), search(recipe)

    assert first == second
    assert 1e-4 < first.suggestion < 1.0
    assert min(first.losses) < first.losses[0]
    assert list(tmp_path.iterdir()) == []


def test_a_parents_safe_rate_does_not_stop_the_search(adapt_recipe: AdaptRecipe) -> None:
    fast = adapt_recipe.training.model_copy(update={"learning_rate": 0.9})

    found = search(adapt_recipe.model_copy(update={"training": fast}), lowest=1e-5)

    assert found.suggestion < 0.9


def test_bounds_that_do_not_rise_are_refused(recipe: PretrainRecipe) -> None:
    with pytest.raises(ConfigError, match="rates must rise"):
        search(recipe, lowest=1.0, highest=0.1)
