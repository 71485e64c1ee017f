"""What the training commands share: processes, progress, a clean stop, and the model's folder at the end."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import Replace
from mypt.cli.console import note, stop_signal
from mypt.cli.processes import Processes, one_speaks, start_processes
from mypt.cli.training_progress import recipe_meter, training_progress
from mypt.provenance.artifact import Artifact
from mypt.training.observers import Observer
from mypt.training.run import train
from mypt.training.sft_recipe import SftRecipe, TrainingRecipe
from mypt.training.tensorboard import tensorboard_events


@dataclass(frozen=True)
class TrainingOptions:
    """How a training command runs; none of it changes what is trained."""

    replace: Replace = False
    processes: Processes = 1
    tensorboard: Annotated[
        bool,
        Parameter(negative="", help="Also write TensorBoard events to the run's folder, under tensorboard/."),
    ] = False


Options = Annotated[TrainingOptions, Parameter(name="*")]
DEFAULT = TrainingOptions()


def run_training(recipe: TrainingRecipe, folder: Path, options: TrainingOptions) -> Artifact:
    """Train with progress on the terminal and return the model; exit with 130 when it was stopped.

    Ctrl-C stops after the running step with a checkpoint.
    """
    start_processes(options.processes)
    with stop_signal() as should_stop, one_speaks() as speaks:
        with observers_of(recipe, folder, tensorboard=options.tensorboard, speaks=speaks) as observers:
            model = train(recipe, folder, observers, should_stop=should_stop, replace=options.replace)
        if model is None:
            note(f"stopped with a checkpoint in {folder}; the same command goes on from there")
            sys.exit(130)
    return model


@contextmanager
def observers_of(
    recipe: TrainingRecipe, folder: Path, *, tensorboard: bool = False, speaks: bool = True
) -> Iterator[list[Observer]]:
    """Yield who watches a run: the terminal, and TensorBoard where it is asked for."""
    with ExitStack() as stack:
        observers: list[Observer] = []
        if speaks:
            # MFU counts the head at every token; fine-tuning meets it only where something is learned.
            meter = None if isinstance(recipe, SftRecipe) else lambda: recipe_meter(recipe)
            observers.append(stack.enter_context(training_progress(meter)))
            if tensorboard:
                observers.append(stack.enter_context(tensorboard_events(folder / "tensorboard")))
        yield observers
