"""A recipe's datasets become one order, its batches and a ledger of what was read."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mypt.config import validate
from mypt.dataset.build import build as build_dataset
from mypt.dataset.mixture import Source
from mypt.dataset.recipe import DatasetRecipe
from mypt.errors import ConfigError, InputError
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.provenance.manifest import FileEntry
from mypt.training.data_recipe import DataRecipe
from mypt.training.datasets import (
    LedgerEntry,
    ledger,
    make_batches,
    make_order,
    open_datasets,
    require_one_tokenizer,
    training_source,
)
from mypt.training.recipe import TrainingConfig

A, B = Source("a", 10, "data/a"), Source("b", 100, "data/b")
SOURCES = {"data/a": A, "data/b": B, "copy/of/a": Source("a", 10, "copy/of/a")}
STAGES = [
    {"name": "circuit", "dataset": "data/a", "until_iter": 3},
    {"name": "balanced", "mixture": [{"dataset": "data/a", "weight": 1}, {"dataset": "data/b", "weight": 3}]},
]
TRAINING = TrainingConfig(steps=8, batch_size=2, grad_accum_steps=5)
BLOCK = 32


def data_recipe(**values: Any) -> DataRecipe:
    return validate(values, DataRecipe, "test")


@pytest.fixture
def dataset(dataset_folder: Path) -> Artifact:
    return open_artifact(dataset_folder, "dataset")


@pytest.fixture
def other_folder(dataset_folder: Path, tmp_path: Path) -> Path:
    """Return another dataset of the same corpus and tokenizer."""
    corpus = str(dataset_folder.parent / "corpus")
    recipe = DatasetRecipe(corpus=corpus, tokenizer="gpt2_bpe", val_fraction=0.2)
    return build_dataset(recipe, tmp_path / "bpe").path


def test_a_stage_begins_with_the_first_sample_of_its_first_step() -> None:
    order = make_order(data_recipe(curriculum={"phases": STAGES}), SOURCES, TRAINING)

    assert [(stage.name, stage.first_sample) for stage in order.stages] == [("circuit", 0), ("balanced", 30)]
    assert order.stages[1].weights == {A: 1.0, B: 3.0}


def test_the_same_data_under_two_paths_is_one_source() -> None:
    mixture = [{"dataset": "data/a"}, {"dataset": "data/b"}, {"dataset": "copy/of/a", "weight": 2}]

    order = make_order(data_recipe(mixture=mixture), SOURCES, TRAINING)

    assert order.stages[0].weights == {A: 3.0, B: 1.0}
    assert order.sources == (A, B)


def test_a_stage_that_is_never_reached_is_refused() -> None:
    recipe = data_recipe(curriculum={"phases": STAGES})

    with pytest.raises(ConfigError, match=r"'balanced' starts at step 3, but training\.steps=3"):
        make_order(recipe, SOURCES, TRAINING.model_copy(update={"steps": 3}))


def test_the_ledger_says_what_was_read_of_each_dataset() -> None:
    order = make_order(data_recipe(curriculum={"phases": STAGES}), SOURCES, TRAINING)

    assert ledger(order, 8 * 10, block_size=16) == [
        LedgerEntry("data/a", windows=43, tokens=43 * 16, epochs=4.3),  # 30, then a quarter of 50
        LedgerEntry("data/b", windows=37, tokens=37 * 16, epochs=0.37),
    ]


def test_batches_read_the_training_split_with_documents_apart(dataset: Artifact) -> None:
    def batches(**training: Any) -> Any:
        config = TrainingConfig(steps=4, batch_size=8, **training)
        return make_batches(data_recipe(dataset="x"), {"x": dataset}, config, BLOCK)

    isolated, together = batches(), batches(isolate_documents=False)

    (shards,) = isolated.shards
    _, windows = isolated.order.locate(np.arange(8))
    assert np.array_equal(isolated.batch(0).inputs, shards.windows(windows)[:, :-1])
    assert any(isolated.batch(index).segments is not None for index in range(12))
    assert all(together.batch(index).segments is None for index in range(12))


def test_a_mixture_reads_each_dataset_from_its_own_shards(dataset: Artifact, other_folder: Path) -> None:
    datasets = {"b": open_artifact(other_folder, "dataset"), "a": dataset}
    recipe = data_recipe(mixture=[{"dataset": "a", "weight": 1}, {"dataset": "b", "weight": 1}])

    made = make_batches(recipe, datasets, TrainingConfig(steps=4, batch_size=4), BLOCK)

    numbers, windows = made.order.locate(np.arange(4))
    assert [made.order.sources[number].name for number in numbers] == ["a", "b", "a", "b"]
    for row, number, window in zip(made.batch(0).inputs, numbers, windows, strict=True):
        assert np.array_equal(row, made.shards[number].windows(np.array([window]))[0, :-1])


def test_the_order_follows_what_a_dataset_holds_and_not_where_it_lies(dataset: Artifact) -> None:
    manifest = dataset.manifest
    moved = Artifact(Path("elsewhere"), manifest.model_copy(update={"inputs": ()}))
    changed_files = {**manifest.files, "train-00000.bin": FileEntry(sha256="0" * 64, bytes=2)}
    changed = Artifact(dataset.path, manifest.model_copy(update={"files": changed_files}))

    source = training_source("here", dataset, 5)

    assert source == training_source("there", moved, 5)
    assert source != training_source("here", changed, 5)


def test_datasets_of_different_tokenizers_are_refused(dataset: Artifact, other_folder: Path) -> None:
    recipe = data_recipe(dataset=str(dataset.path), eval_sets={"general": str(other_folder)})

    with pytest.raises(InputError, match="have different tokenizers") as caught:
        open_datasets(recipe)

    assert str(dataset.path) in caught.value.message
    assert str(other_folder) in caught.value.message
    require_one_tokenizer({"a": dataset, "b": dataset})
