"""How often a run reads each source: tokens and epochs, stage by stage."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mypt.config import validate
from mypt.conversation.special_tokens import SPECIAL_TOKENS
from mypt.files import read_json
from mypt.model.config import GPTConfig
from mypt.provenance.manifest import read_manifest
from mypt.training.adapt_recipe import AdaptRecipe, TextRecipe
from mypt.training.data_recipe import DataRecipe, Stage

CONFIG_NAME = "config.json"
"""Of a model folder."""


@dataclass(frozen=True)
class DatasetCounts:
    """What a dataset's manifest says about its size."""

    train_tokens: int
    vocab_size: int
    """Ids of a conversation model on this dataset, tags included."""


@dataclass(frozen=True)
class SourceUse:
    """What one stage reads of one dataset."""

    stage: str
    dataset: str
    share: float
    """Of the stage's tokens."""
    tokens: int
    available: int | None
    """Training tokens that the dataset has; None when it does not exist yet."""

    @property
    def epochs(self) -> float | None:
        """Return how often each token is read, or None when nobody knows."""
        return self.tokens / self.available if self.available else None


def read_architecture(recipe: TextRecipe, counts: Mapping[str, DatasetCounts]) -> GPTConfig:
    """Return the architecture of a recipe, or of the parent that it starts from.

    Raises ManifestMismatch when the parent is not there.
    """
    if isinstance(recipe, AdaptRecipe):
        folder = Path(recipe.init_from)
        read_manifest(folder)
        return validate(read_json(folder / CONFIG_NAME), GPTConfig, str(folder / CONFIG_NAME))
    known = [counts[path].vocab_size for path in recipe.dataset_paths if path in counts]
    return recipe.model.with_vocabulary(known[0] if known else recipe.model.vocab_size)


def read_counts(recipe: DataRecipe) -> dict[str, DatasetCounts]:
    """Return path → counts of the datasets that exist; ManifestMismatch when one is damaged."""
    folders = [path for path in recipe.dataset_paths if Path(path).is_dir()]
    return {path: _counts(read_manifest(Path(path)).counts) for path in folders}


def _counts(counts: Mapping[str, Any]) -> DatasetCounts:
    vocab_size = int(counts["base_vocab_size"]) + len(SPECIAL_TOKENS)
    return DatasetCounts(train_tokens=int(counts["tokens"].get("train", 0)), vocab_size=vocab_size)


def source_uses(
    recipe: DataRecipe, counts: Mapping[str, DatasetCounts], steps: int, tokens_per_step: int
) -> tuple[SourceUse, ...]:
    """Return what each stage reads of each of its datasets, in the order of the recipe."""
    return tuple(
        SourceUse(
            stage=stage.name,
            dataset=share.dataset,
            share=share.weight / sum(each.weight for each in stage.shares),
            tokens=round(
                n_steps * tokens_per_step * share.weight / sum(each.weight for each in stage.shares)
            ),
            available=counts[share.dataset].train_tokens if share.dataset in counts else None,
        )
        for stage, n_steps in stage_steps(recipe, steps)
        for share in stage.shares
    )


def stage_steps(recipe: DataRecipe, steps: int) -> Iterator[tuple[Stage, int]]:
    """Yield each stage with its number of steps; none when the run ends before it."""
    start = 0
    for stage in recipe.stages:
        end = min(steps, steps if stage.until_iter is None else stage.until_iter)
        yield stage, max(0, end - start)
        start = max(start, end)


def epochs_by_dataset(uses: tuple[SourceUse, ...]) -> dict[str, float]:
    """Return how often the whole run reads each dataset whose size is known."""
    epochs: dict[str, float] = {}
    for use in uses:
        if use.epochs is not None:
            epochs[use.dataset] = epochs.get(use.dataset, 0.0) + use.epochs
    return epochs
