"""A real, tiny dataset, built once by the real steps."""

from pathlib import Path
from typing import Any

import pytest

from mypt.config import validate
from mypt.corpus.build import build as build_corpus
from mypt.corpus.recipe import CorpusRecipe
from mypt.dataset.build import build as build_dataset
from mypt.dataset.recipe import DatasetRecipe
from mypt.tokenizer.registry import load_tokenizer
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.recipe import PretrainRecipe
from mypt.training.run import train
from mypt.training.sft_recipe import SftRecipe
from tests.training.episodes import sft_recipe, write_episodes

SENTENCES = {
    "de": "Die Würde des Menschen ist zu achten und zu schützen. Jede Person hat das Recht auf Leben. ",
    "en": "Human dignity must be respected and protected. Every person has the right to life. ",
}


@pytest.fixture(scope="session")
def dataset_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for language, sentence in SENTENCES.items():
        (folder / language).mkdir()
        for number in range(12):
            text = f"Text {number}.\n\n" + "".join(
                f"{number}-{line}: {sentence}" for line in range(2 + number % 3)
            )
            (folder / language / f"{number}.txt").write_text(text, encoding="utf-8")
    sources = [
        {"kind": "folder", "name": name, "path": str(folder / name), "licence": "CC0-1.0", "language": name}
        for name in SENTENCES
    ]
    corpus = validate({"sources": sources}, CorpusRecipe, "test")
    build_corpus(corpus, folder / "corpus")
    dataset = DatasetRecipe(corpus=str(folder / "corpus"), tokenizer="character", val_fraction=0.2)
    return build_dataset(dataset, folder / "dataset").path


def tiny_recipe(dataset_folder: Path) -> dict[str, Any]:
    """Return a run of 8 steps that takes about a second."""
    return {
        "dataset": str(dataset_folder),
        "model": {
            "preset": "tiny", "n_layer": 2, "n_embd": 32, "n_head": 2, "block_size": 32, "dropout": 0.1,
        },
        "training": {
            "steps": 8, "batch_size": 2, "grad_accum_steps": 2, "warmup_steps": 2, "precision": "fp32",
            "learning_rate": 3e-3, "validate_every": 4, "validation_windows": 6, "checkpoint_every": 2,
            "copy_sequences": 2, "seed": 5,
        },
    }  # fmt: skip


@pytest.fixture
def recipe(dataset_folder: Path) -> PretrainRecipe:
    return validate(tiny_recipe(dataset_folder), PretrainRecipe, "test")


@pytest.fixture(scope="session")
def parent_folder(dataset_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a base model that has learned a little; not to be changed."""
    run = tmp_path_factory.mktemp("parent")
    values = tiny_recipe(dataset_folder)
    values["training"] |= {"steps": 40, "validate_every": 40, "checkpoint_every": 40}
    model = train(validate(values, PretrainRecipe, "test"), run)
    assert model is not None
    return model.path


@pytest.fixture
def adapt_recipe(dataset_folder: Path, parent_folder: Path) -> AdaptRecipe:
    """Return an adaptation of 4 steps at a rate that the parent allows."""
    values = tiny_recipe(dataset_folder)
    training = values["training"] | {
        "steps": 4,
        "warmup_steps": 0,
        "learning_rate": 5e-4,
        "validation_windows": 64,
    }
    return validate(
        {
            "init_from": str(parent_folder), "dataset": values["dataset"], "training": training,
            "eval_sets": {"general": values["dataset"], "domain": values["dataset"]},
        },
        AdaptRecipe,
        "test",
    )  # fmt: skip


@pytest.fixture(scope="session")
def talker_folder(dataset_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a base model whose window takes a row of episodes; not to be changed."""
    values = tiny_recipe(dataset_folder)
    values["model"] |= {"block_size": 64, "dropout": 0.0}
    values["training"] |= {"steps": 3, "validate_every": 3, "checkpoint_every": 3, "copy_sequences": 0}
    model = train(validate(values, PretrainRecipe, "test"), tmp_path_factory.mktemp("talker"))
    assert model is not None
    return model.path


@pytest.fixture(scope="session")
def episodes_folder(talker_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("episodes") / "words"
    return write_episodes(folder, load_tokenizer(talker_folder))


@pytest.fixture
def sft(talker_folder: Path, episodes_folder: Path, dataset_folder: Path) -> SftRecipe:
    """Return a first phase of 6 steps, which also measures what the parent was trained on."""
    eval_sets = {"general": str(dataset_folder), "words": str(episodes_folder)}
    return sft_recipe(talker_folder, episodes_folder, eval_sets=eval_sets)
