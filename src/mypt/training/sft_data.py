"""What fine-tuning reads and measures: packed episodes, and the eval sets of all that came before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from mypt.config import fingerprint
from mypt.conversation.special_tokens import model_vocab_size
from mypt.dataset.batch import Batch
from mypt.dataset.episode_rows import EpisodeRows
from mypt.dataset.mixture import MixtureOrder, OrderStage, Source
from mypt.dataset.token_batches import evenly_spaced
from mypt.errors import ConfigError, InputError
from mypt.model.checkpoint import read_config
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.provenance.manifest import Kind, read_manifest
from mypt.seeds import derive_seed
from mypt.tokenizer.registry import load_tokenizer
from mypt.training.categories import Category, Windows
from mypt.training.data_recipe import DatasetShare
from mypt.training.datasets import isolating_id
from mypt.training.reports import HELD_OUT, TRAIN
from mypt.training.sft_recipe import SftRecipe
from mypt.training.validation import text_windows


@dataclass(frozen=True)
class EpisodeBatches:
    """The micro-batches of a run: packed rows, in a keyed order of their own in each epoch."""

    order: MixtureOrder
    rows: EpisodeRows
    batch_size: int
    """Rows in one micro-batch."""

    @property
    def row_tokens(self) -> int:
        """Return how many tokens a row has."""
        return self.rows.row_tokens

    def batch(self, index: int) -> Batch:
        """Return micro-batch number `index` of the run."""
        samples = np.arange(index * self.batch_size, (index + 1) * self.batch_size)
        _, rows = self.order.locate(samples)
        return self.rows.batch(rows)


@dataclass(frozen=True)
class ChosenRows:
    """Some packed rows, to be measured."""

    rows: EpisodeRows
    chosen: Int64[np.ndarray, " windows"]

    @property
    def n_windows(self) -> int:
        """Return how many there are."""
        return len(self.chosen)

    def batch(self, numbers: Int64[np.ndarray, " n"]) -> Batch:
        """Return some of them."""
        return self.rows.batch(self.chosen[numbers])


def open_sft_datasets(recipe: SftRecipe) -> dict[str, Artifact]:
    """Return what is read and measured by its path, checked; ManifestMismatch for another kind of folder."""
    eval_paths = dict.fromkeys(recipe.dataset_paths[1:])
    measured = {path: open_artifact(Path(path), _kind_of(path)) for path in eval_paths}
    return {recipe.dataset: open_artifact(Path(recipe.dataset), "episode_dataset"), **measured}


def _kind_of(path: str) -> Kind:
    return "episode_dataset" if read_manifest(Path(path)).kind == "episode_dataset" else "dataset"


def refuse_unfit(recipe: SftRecipe, datasets: Mapping[str, Artifact]) -> None:
    """Raise InputError or ConfigError for episodes that the parent cannot read, or that hold nothing."""
    config = read_config(Path(recipe.init_from))
    wanted = model_vocab_size(load_tokenizer(Path(recipe.dataset)))
    if config.vocab_size < wanted:
        raise InputError(
            f"{recipe.init_from}: has {config.vocab_size} ids, but text and tags need {wanted}",
            hint="start from a model whose vocabulary has room for the tags",
        )
    list(sft_categories(recipe, datasets, config.block_size))  # opens every split that is read


def row_tokens(dataset: Artifact) -> int:
    """Return how many tokens a row of tokenised episodes has."""
    return int(dataset.manifest.recipe["row_tokens"])


def open_rows(dataset: Artifact, split: str) -> EpisodeRows:
    """Return the packed rows of a split; InputError when it holds none."""
    return EpisodeRows.open(dataset.path, split, row_tokens(dataset))


def make_sft_batches(recipe: SftRecipe, datasets: Mapping[str, Artifact]) -> EpisodeBatches:
    """Return the micro-batches of a run."""
    dataset = datasets[recipe.dataset]
    rows = open_rows(dataset, "train")
    files = dataset.manifest.files.items()
    key = fingerprint({name: entry.sha256 for name, entry in files if name.startswith("train/")})
    source = Source(key, rows.n_rows, name=recipe.dataset)
    (stage,) = recipe.stages
    order = MixtureOrder(
        (OrderStage(stage.name, 0, {source: 1.0}),), derive_seed(recipe.training.seed, "data")
    )
    return EpisodeBatches(order, rows, recipe.training.batch_size)


def sft_categories(
    recipe: SftRecipe, datasets: Mapping[str, Artifact], block_size: int
) -> Iterator[Category]:
    """Yield what is measured: held-out episodes part by part, training episodes, and every eval set."""
    training, limit = recipe.training, recipe.training.validation_windows
    end_of_text = isolating_id(datasets, training)
    base_vocab_size = load_tokenizer(Path(recipe.dataset)).base_vocab_size

    def episodes(path: str, split: str) -> Windows:
        rows = open_rows(datasets[path], split)
        if rows.longest > block_size:
            raise ConfigError(
                f"{path}: an episode has {rows.longest} tokens, more than the parent's "
                f"block_size={block_size}",
                hint=f"tokenise the episodes again with row_tokens or episode_tokens={block_size}",
            )
        return ChosenRows(rows, evenly_spaced(rows.n_rows, limit))

    yield Category(HELD_OUT, episodes(recipe.dataset, "val"), counts_hits=True, first_tag=base_vocab_size)
    yield Category(TRAIN, episodes(recipe.dataset, "train"))
    for name, path in recipe.eval_sets.items():
        folder, _, category = path.partition("#")
        if datasets[folder].manifest.kind == "episode_dataset":
            yield Category(name, episodes(folder, "val"))
        else:
            split = f"val-{category}" if category else "val"
            shares = [DatasetShare(dataset=folder)]
            yield Category(name, text_windows(shares, datasets, split, block_size, limit, end_of_text))


def text_eval_sets(recipe: SftRecipe, datasets: Mapping[str, Artifact]) -> tuple[str, ...]:
    """Return the eval sets that are plain text, by which forgetting is judged."""
    folders = {name: path.partition("#")[0] for name, path in recipe.eval_sets.items()}
    return tuple(
        name for name, folder in folders.items() if datasets[folder].manifest.kind != "episode_dataset"
    )
