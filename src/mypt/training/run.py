"""A recipe becomes a trained model: the whole step, top to bottom."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

import numpy as np

from mypt.conversation.special_tokens import SPECIAL_TOKENS
from mypt.errors import ArtifactError
from mypt.provenance.artifact import Artifact, find
from mypt.provenance.claim import claimed
from mypt.tokenizer.tokenizer import token_byte_lengths
from mypt.training.assembly import make_stepper
from mypt.training.checkpointer import Checkpointer, drop_unfinished, newest_checkpoint
from mypt.training.datasets import make_batches
from mypt.training.distributed import World, process_group
from mypt.training.initial_model import make_model
from mypt.training.job import Job, open_job
from mypt.training.memory import memory_errors
from mypt.training.metrics_log import MetricsLog
from mypt.training.observers import Observer
from mypt.training.release import release
from mypt.training.sft_data import make_sft_batches, sft_categories
from mypt.training.sft_recipe import SftRecipe, TrainingRecipe
from mypt.training.state import Progress, restore
from mypt.training.trainer import RunBatches, Trainer
from mypt.training.validation import Division, Validation, make_validation, with_copying


def train(
    recipe: TrainingRecipe,
    out: Path,
    observers: Sequence[Observer] = (),
    *,
    should_stop: Callable[[], bool] = lambda: False,
    replace: bool = False,
) -> Artifact | None:
    """Return the trained model: found if finished, gone on with if begun, else made anew.

    Every process of a run calls it. Returns None when `should_stop` ended the run
    early; calling again goes on. Raises InputError, ManifestMismatch or
    CheckpointError for a dataset, parent or folder that cannot be used, ConfigError for
    settings that cannot be, and TrainingError when the run breaks down.
    """
    job = open_job(recipe, out)
    with process_group(recipe.training.device) as world, _exclusive(world, out):
        found = world.on_main(lambda: _find_or_prepare(job, replace=replace))
        return found or _train(job, world, observers, should_stop)


def _exclusive(world: World, out: Path) -> AbstractContextManager[None]:
    return claimed(out) if world.is_main else nullcontext()


def _find_or_prepare(job: Job, *, replace: bool) -> Artifact | None:
    """Return the finished model, or make room for a run.

    What another run left is dropped only when it may be replaced. A finished model
    stays where it is until the new one takes its place.
    """
    folder = job.folder
    found = find(folder.model, "model", job.recipe, job.inputs, replace=replace)
    if found is not None:
        return found
    if replace:
        _drop_other_checkpoints(job)
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    drop_unfinished(folder.checkpoints)
    return None


def _drop_other_checkpoints(job: Job) -> None:
    try:
        newest_checkpoint(job.folder.checkpoints, job.recipe, job.inputs)
    except ArtifactError:
        shutil.rmtree(job.folder.checkpoints)


def _train(
    job: Job, world: World, observers: Sequence[Observer], should_stop: Callable[[], bool]
) -> Artifact | None:
    with memory_errors(job.recipe.training):
        trainer = make_trainer(job, world)
        trainer.observers, trainer.should_stop = observers, should_stop
        with closing(trainer.checkpointer):
            if not trainer.run():
                return None
        return release(job, trainer)


def make_trainer(job: Job, world: World) -> Trainer:
    """Return the trainer of a run, where its newest checkpoint left it."""
    recipe, training = job.recipe, job.recipe.training
    stepper = make_stepper(make_model(recipe, job.tokenizer), training, world)
    batches, validation = _make_data(job, world, stepper.model.config.block_size)

    def latest() -> Progress | None:
        path = world.on_main(lambda: newest_checkpoint(job.folder.checkpoints, recipe, job.inputs))
        return None if path is None else restore(path, stepper)

    progress = latest() or Progress()
    return Trainer(
        stepper=stepper,
        batches=batches,
        validation=validation,
        checkpointer=Checkpointer(
            job.folder.checkpoints, recipe, job.inputs, world, keep=training.keep_checkpoints
        ),
        progress=progress,
        log=_open_log(job, progress) if world.is_main else None,
        roll_back=latest,
    )


def _make_data(job: Job, world: World, block_size: int) -> tuple[RunBatches, Validation]:
    """Return what a run reads and what it measures."""
    recipe, datasets, training = job.recipe, job.datasets, job.recipe.training
    token_bytes = np.pad(token_byte_lengths(job.tokenizer), (0, len(SPECIAL_TOKENS)))  # tags are no text
    division = Division(world.rank, world.size, world.gather)
    if isinstance(recipe, SftRecipe):
        categories = sft_categories(recipe, datasets, block_size)
        validation = with_copying(categories, training, block_size, token_bytes, division)
        return make_sft_batches(recipe, datasets), validation
    validation = make_validation(recipe, datasets, training, block_size, token_bytes, division)
    return make_batches(recipe, datasets, training, block_size), validation


def _open_log(job: Job, progress: Progress) -> MetricsLog:
    """Return the log of the run, cut off behind what the checkpoint knows."""
    log = MetricsLog(job.folder.metrics, job.fingerprint)
    log.resume(progress.metrics_head or job.fingerprint)
    return log
