"""A run before it runs: what it reads, and whose licences it carries."""

from pathlib import Path

import pytest

from mypt.dataset.build import build
from mypt.dataset.recipe import DatasetRecipe
from mypt.errors import InputError
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.job import open_job
from mypt.training.recipe import PretrainRecipe


def test_a_base_model_is_made_from_its_datasets(recipe: PretrainRecipe, tmp_path: Path) -> None:
    job = open_job(recipe, tmp_path)

    assert [artifact.manifest.kind for artifact in job.inputs] == ["dataset"]
    assert job.licences == {"CC0-1.0": 24}


def test_an_adaptation_is_made_from_its_parent_too(adapt_recipe: AdaptRecipe, tmp_path: Path) -> None:
    job = open_job(adapt_recipe, tmp_path)

    assert [artifact.manifest.kind for artifact in job.inputs] == ["dataset", "model"]
    assert job.licences == {"CC0-1.0": 48}, "the documents of the run, and those behind its parent"


def test_another_recipe_is_another_work(recipe: PretrainRecipe, tmp_path: Path) -> None:
    other = recipe.model_copy(update={"training": recipe.training.model_copy(update={"seed": 6})})

    assert open_job(recipe, tmp_path).fingerprint == open_job(recipe, tmp_path / "b").fingerprint
    assert open_job(recipe, tmp_path).fingerprint != open_job(other, tmp_path).fingerprint


def test_a_dataset_of_another_tokenizer_than_the_parents_is_refused(
    adapt_recipe: AdaptRecipe, dataset_folder: Path, tmp_path: Path
) -> None:
    corpus = str(dataset_folder.with_name("corpus"))
    other = build(DatasetRecipe(corpus=corpus, tokenizer="gpt2_bpe", val_fraction=0.2), tmp_path / "other")
    path = str(other.path)

    with pytest.raises(InputError, match="have different tokenizers") as caught:
        open_job(adapt_recipe.model_copy(update={"dataset": path, "eval_sets": {"general": path}}), tmp_path)
    assert adapt_recipe.init_from in caught.value.message
