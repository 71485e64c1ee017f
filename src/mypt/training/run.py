"""A recipe becomes a trained model: the whole step, top to bottom."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from mypt.errors import ArtifactError
from mypt.provenance.artifact import Artifact, find
from mypt.provenance.claim import claimed
from mypt.tokenizer.registry import load_tokenizer
from mypt.tokenizer.tokenizer import token_byte_lengths
from mypt.training.adapt_recipe import TrainingRecipe
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
from mypt.training.state import Progress, restore
from mypt.training.trainer import Trainer
from mypt.training.validation import Division, make_validation


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
    tokenizer = load_tokenizer(next(iter(job.datasets.values())).path)
    stepper = make_stepper(make_model(recipe, tokenizer), training, world)
    block_size = stepper.model.config.block_size
    batches = make_batches(recipe, job.datasets, training, block_size)
    validation = make_validation(
        recipe, job.datasets, training, block_size, token_byte_lengths(tokenizer),
        Division(world.rank, world.size, world.gather),
    )  # fmt: skip

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


def _open_log(job: Job, progress: Progress) -> MetricsLog:
    """Return the log of the run, cut off behind what the checkpoint knows."""
    log = MetricsLog(job.folder.metrics, job.fingerprint)
    log.resume(progress.metrics_head or job.fingerprint)
    return log
