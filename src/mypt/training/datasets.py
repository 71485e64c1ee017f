"""The datasets of a recipe, opened: their order, their batches, and the ledger of what was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mypt.config import fingerprint
from mypt.dataset.mixture import MixtureOrder, OrderStage, Source
from mypt.dataset.token_batches import MixtureBatches
from mypt.dataset.token_shards import TokenShards
from mypt.errors import ConfigError, InputError
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.seeds import derive_seed
from mypt.tokenizer.registry import TOKENIZER_FILE, load_tokenizer
from mypt.training.data_recipe import DataRecipe, Stage
from mypt.training.recipe import TrainingConfig


@dataclass(frozen=True)
class LedgerEntry:
    """What a run read of one dataset."""

    dataset: str
    """Folder of the dataset, as the recipe says it."""
    windows: int
    """Windows read, repeated ones included."""
    tokens: int
    epochs: float
    """How often the whole training split was read."""


def open_datasets(recipe: DataRecipe) -> dict[str, Artifact]:
    """Return every dataset of a recipe by its path; raises InputError unless all have one tokenizer."""
    datasets = {path: open_artifact(Path(path), "dataset") for path in recipe.dataset_paths}
    require_one_tokenizer(datasets)
    return datasets


def require_one_tokenizer(artifacts: Mapping[str, Artifact]) -> None:
    """Raise InputError naming two datasets, or a model and a dataset, whose ids do not mean the same."""
    (first, wanted), *others = (
        (path, artifact.manifest.files[TOKENIZER_FILE].sha256) for path, artifact in artifacts.items()
    )
    for path, digest in others:
        if digest != wanted:
            raise InputError(
                f"{first} and {path} have different tokenizers, so no model can read both",
                hint="build all datasets of a recipe with one tokenizer; gpt2_bpe is the same for every text",
            )


def open_split(dataset: Artifact, split: str, block_size: int) -> TokenShards:
    """Return the windows of a split or of a category of it, `val-code`; InputError when it has none."""
    return TokenShards.open(dataset.path, split, dataset.manifest.counts["dtype"], block_size)


def isolating_id(datasets: Mapping[str, Artifact], training: TrainingConfig) -> int | None:
    """Return the id that keeps documents apart; None when the recipe leaves them together."""
    return (
        load_tokenizer(next(iter(datasets.values())).path).end_of_text if training.isolate_documents else None
    )


def training_source(path: str, dataset: Artifact, n_windows: int) -> Source:
    """Return a dataset as the data order knows it: by what its training split holds, wherever it lies."""
    digests = {
        name: entry.sha256 for name, entry in dataset.manifest.files.items() if name.startswith("train-")
    }
    return Source(fingerprint(digests), n_windows, name=path)


def make_batches(
    recipe: DataRecipe, datasets: Mapping[str, Artifact], training: TrainingConfig, block_size: int
) -> MixtureBatches:
    """Return the micro-batches of a run; raises ConfigError for a stage that it never reaches."""
    paths = dict.fromkeys(share.dataset for stage in recipe.stages for share in stage.shares)
    shards = {path: open_split(datasets[path], "train", block_size) for path in paths}
    sources = {path: training_source(path, datasets[path], shards[path].n_windows) for path in paths}
    order = make_order(recipe, sources, training)
    by_source = {sources[path]: shards[path] for path in paths}
    return MixtureBatches(
        order,
        tuple(by_source[source] for source in order.sources),
        training.batch_size,
        isolating_id(datasets, training),
    )


def make_order(recipe: DataRecipe, sources: Mapping[str, Source], training: TrainingConfig) -> MixtureOrder:
    """Return the order of a run's windows; raises ConfigError for a stage that it never reaches."""
    samples_per_step = training.batch_size * training.grad_accum_steps
    stages: list[OrderStage] = []
    first_step = 0
    for stage in recipe.stages:
        _require_reached(stage, first_step, training)
        stages.append(OrderStage(stage.name, first_step * samples_per_step, stage_weights(stage, sources)))
        first_step = stage.until_iter or training.steps
    return MixtureOrder(tuple(stages), derive_seed(training.seed, "data"))


def stage_weights(stage: Stage, sources: Mapping[str, Source]) -> dict[Source, float]:
    """Return the weight of each source of a stage; the same data under two paths adds up."""
    weights: dict[Source, float] = {}
    for share in stage.shares:
        source = sources[share.dataset]
        weights[source] = weights.get(source, 0.0) + share.weight
    return weights


def ledger(order: MixtureOrder, n_samples: int, block_size: int) -> list[LedgerEntry]:
    """Return what the first `n_samples` samples of a run are, dataset by dataset."""
    return [
        LedgerEntry(source.name, windows, windows * block_size, windows / source.n_windows)
        for source, windows in order.draws(n_samples).items()
    ]


def _require_reached(stage: Stage, first_step: int, training: TrainingConfig) -> None:
    if first_step >= training.steps:
        raise ConfigError(
            f"stage {stage.name!r} starts at step {first_step}, but training.steps={training.steps}",
            hint="raise training.steps, or lower until_iter of the stage before",
        )
