"""The learning-rate finder on a recipe's own model and data; nothing of it is kept."""

from collections.abc import Callable
from pathlib import Path

from mypt.tokenizer.registry import load_tokenizer
from mypt.training.adapt_recipe import TextRecipe
from mypt.training.assembly import make_stepper
from mypt.training.datasets import make_batches
from mypt.training.distributed import process_group
from mypt.training.initial_model import make_model
from mypt.training.job import open_job
from mypt.training.lr_finder import RangeTest, find_rate


def search_rate(
    recipe: TextRecipe,
    *,
    lowest: float,
    highest: float,
    steps: int,
    progress: Callable[[int, int], None],
) -> RangeTest:
    """Return what the losses of a recipe at rising learning rates suggest, on a model that is then dropped.

    Raises ConfigError for bounds that do not rise, and TrainingError when the loss never fell.
    """
    job = open_job(recipe, Path(), any_rate=True)
    tokenizer = load_tokenizer(next(iter(job.datasets.values())).path)
    training = recipe.training.model_copy(update={"spike_sigmas": 0.0})  # bad steps are what is looked for
    with process_group(training.device) as world:
        stepper = make_stepper(make_model(recipe, tokenizer), training, world)
        batches = make_batches(recipe, job.datasets, training, stepper.model.config.block_size)
        done = 0

        def take_step(rate: float) -> float:
            nonlocal done
            stepper.optimizers.set_learning_rate(rate)
            first = done * training.grad_accum_steps + world.rank * stepper.n_local
            indices = range(first, first + stepper.n_local)
            made = [stepper.on_device(batches.batch(index)) for index in indices]
            loss = float(stepper.take(done, made).loss)
            done += 1
            progress(done, steps)
            return loss

        return find_rate(take_step, lowest=lowest, highest=highest, steps=steps)
