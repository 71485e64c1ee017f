"""`mypt pretrain`: token shards to a base model."""

import sys

from mypt.cli.arguments import Out, Overrides, RecipePath, Replace, default_out
from mypt.cli.console import note, stop_signal
from mypt.cli.training_progress import training_progress
from mypt.config import load
from mypt.training.recipe import PretrainRecipe
from mypt.training.run import train


def pretrain(
    recipe: RecipePath, *, out: Out = None, overrides: Overrides = (), replace: Replace = False
) -> None:
    """Train a base model, or go on with a begun run, and print the model's folder.

    Ctrl-C stops after the running step with a checkpoint; the same command goes on from there.
    """
    loaded = load(recipe, PretrainRecipe, overrides)
    folder = out or default_out(recipe, "pretrain")
    with stop_signal() as should_stop, training_progress() as observer:
        model = train(loaded, folder, [observer], should_stop=should_stop, replace=replace)
    if model is None:
        note(f"stopped with a checkpoint in {folder}; the same command goes on from there")
        sys.exit(130)
    print(model.path)
