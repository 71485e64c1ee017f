"""A run before it runs: what it reads, and whose licences it carries."""

from pathlib import Path

from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.job import open_job
from mypt.training.recipe import PretrainRecipe


def test_a_base_model_is_made_from_its_datasets(recipe: PretrainRecipe, tmp_path: Path) -> None:
    job = open_job(recipe, tmp_path)

    assert [artifact.manifest.kind for artifact in job.inputs] == ["dataset"]
    assert job.licences == {"CC0-1.0": 8}


def test_an_adaptation_is_made_from_its_parent_too(adapt_recipe: AdaptRecipe, tmp_path: Path) -> None:
    job = open_job(adapt_recipe, tmp_path)

    assert [artifact.manifest.kind for artifact in job.inputs] == ["dataset", "model"]
    assert job.licences == {"CC0-1.0": 16}, "the documents of the run, and those behind its parent"


def test_another_recipe_is_another_work(recipe: PretrainRecipe, tmp_path: Path) -> None:
    other = recipe.model_copy(update={"training": recipe.training.model_copy(update={"seed": 6})})

    assert open_job(recipe, tmp_path).fingerprint == open_job(recipe, tmp_path / "b").fingerprint
    assert open_job(recipe, tmp_path).fingerprint != open_job(other, tmp_path).fingerprint
