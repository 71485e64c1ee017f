"""A recipe becomes a trained model: the whole step, top to bottom."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64

from mypt.conversation.special_tokens import model_vocab_size
from mypt.dataset.token_batches import TokenBatches
from mypt.dataset.token_shards import TokenShards
from mypt.errors import ArtifactError, InputError
from mypt.model.checkpoint import save_model
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.provenance.artifact import Artifact, find, open_artifact, staged
from mypt.provenance.claim import claimed
from mypt.seeds import derive_seed
from mypt.tokenizer.registry import load_tokenizer, save_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer, token_byte_lengths
from mypt.training.observers import MetricsLog, Observer
from mypt.training.optimizer import make_optimizer
from mypt.training.precision import DTYPES, make_scaler, resolve_device, resolve_precision
from mypt.training.recipe import PretrainRecipe
from mypt.training.state import (
    Progress,
    checkpoint_path,
    newest_checkpoint,
    prune_checkpoints,
    restore_checkpoint,
    save_checkpoint,
)
from mypt.training.step import Stepper
from mypt.training.trainer import Trainer
from mypt.training.validation import Validation


@dataclass(frozen=True)
class RunFolder:
    """Where a run keeps what it makes."""

    path: Path

    @property
    def model(self) -> Path:
        """Return the folder of the finished model."""
        return self.path / "model"

    @property
    def checkpoints(self) -> Path:
        """Return the folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def metrics(self) -> Path:
        """Return the log of steps and validations."""
        return self.path / "metrics.jsonl"


def train(
    recipe: PretrainRecipe,
    out: Path,
    observers: Sequence[Observer] = (),
    *,
    should_stop: Callable[[], bool] = lambda: False,
    replace: bool = False,
) -> Artifact | None:
    """Return the trained model: found if finished, gone on with if begun, else made anew.

    Returns None when `should_stop` ended the run early; calling again goes on.
    Raises InputError, ManifestMismatch or CheckpointError for a dataset or
    folder that cannot be used, and LossDiverged when the run breaks down.
    """
    folder = RunFolder(out)
    dataset = open_artifact(Path(recipe.dataset), "dataset")
    with claimed(out):
        found = find(folder.model, "model", recipe, [dataset], replace=replace)
        return found or _train(recipe, folder, dataset, observers, should_stop, replace=replace)


def _train(
    recipe: PretrainRecipe,
    folder: RunFolder,
    dataset: Artifact,
    observers: Sequence[Observer],
    should_stop: Callable[[], bool],
    *,
    replace: bool,
) -> Artifact | None:
    _prepare(folder, recipe, dataset, replace=replace)
    tokenizer = load_tokenizer(dataset.path)
    stepper = make_stepper(recipe, tokenizer)
    trainer = _make_trainer(recipe, folder, dataset, stepper, token_byte_lengths(tokenizer))
    trainer.observers = [MetricsLog(folder.metrics), *observers]
    trainer.should_stop = should_stop
    if not trainer.run():
        return None
    return _release(recipe, folder, dataset, trainer, tokenizer)


def make_stepper(recipe: PretrainRecipe, tokenizer: Tokenizer) -> Stepper:
    """Return the model at its first weights, with its optimizer, where it will train."""
    training = recipe.training
    device = resolve_device(training.device)
    precision = resolve_precision(training.precision, device)
    model = GPT(recipe.model.with_vocabulary(model_vocab_size(tokenizer)))
    init_weights(model, derive_seed(training.seed, "weights"))
    model.compute_dtype = DTYPES[precision]
    model.checkpoint_activations = training.checkpoint_activations
    model.to(device)
    return Stepper(model, make_optimizer(model, training), make_scaler(precision, device), training)


def _prepare(folder: RunFolder, recipe: PretrainRecipe, dataset: Artifact, *, replace: bool) -> None:
    """Make room for a run; what another one left is dropped only when it may be replaced.

    A finished model stays where it is until the new one takes its place.
    """
    if folder.model.exists() and not replace:
        raise InputError(
            f"{folder.model}: already holds a model of another recipe or dataset",
            hint="add --replace to train anew, or choose another folder with --out",
        )
    if replace:
        _drop_other_checkpoints(folder, recipe, dataset)
    folder.checkpoints.mkdir(parents=True, exist_ok=True)


def _drop_other_checkpoints(folder: RunFolder, recipe: PretrainRecipe, dataset: Artifact) -> None:
    try:
        newest_checkpoint(folder.checkpoints, recipe, [dataset])
    except ArtifactError:
        shutil.rmtree(folder.checkpoints)


def _make_trainer(
    recipe: PretrainRecipe,
    folder: RunFolder,
    dataset: Artifact,
    stepper: Stepper,
    token_bytes: Int64[np.ndarray, " vocab"],
) -> Trainer:
    training, dtype = recipe.training, dataset.manifest.counts["dtype"]
    block_size = recipe.model.block_size
    train_shards = TokenShards.open(dataset.path, "train", dtype, block_size)
    val_shards = TokenShards.open(dataset.path, "val", dtype, block_size)
    newest = newest_checkpoint(folder.checkpoints, recipe, [dataset])
    progress = restore_checkpoint(newest, stepper) if newest is not None else Progress()

    def save(progress: Progress) -> None:
        path = checkpoint_path(folder.checkpoints, progress.step)
        save_checkpoint(path, stepper, progress, recipe, [dataset])
        prune_checkpoints(folder.checkpoints, training.keep_checkpoints)

    return Trainer(
        stepper=stepper,
        batches=TokenBatches(train_shards, training.batch_size, derive_seed(training.seed, "data")),
        validation=Validation(val_shards, training.validation_windows, training.batch_size, token_bytes),
        progress=progress,
        save=save,
    )


def _release(
    recipe: PretrainRecipe, folder: RunFolder, dataset: Artifact, trainer: Trainer, tokenizer: Tokenizer
) -> Artifact:
    """Seal the finished model with what it took to make it."""
    model, progress = trainer.stepper.model, trainer.progress
    with staged(folder.model, "model", recipe, [dataset], replace=True) as draft:
        save_model(draft.path, model)
        save_tokenizer(draft.path, tokenizer)
        draft.counts |= {
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "steps": progress.step,
            "tokens": progress.tokens,
            "validations": [asdict(report) for report in progress.validations],
        }
        draft.licences |= dataset.manifest.licences
        draft.environment |= {
            "torch": str(torch.__version__),
            "device": next(model.parameters()).device.type,
            "compute_dtype": str(model.compute_dtype).removeprefix("torch."),
            "threads": str(torch.get_num_threads()),
        }
    return open_artifact(folder.model, "model")
