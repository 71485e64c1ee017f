"""`mypt pretrain`: token shards to a base model."""

from mypt.cli.arguments import Out, Overrides, RecipePath, default_out
from mypt.cli.training import DEFAULT, Options, run_training
from mypt.config import load
from mypt.training.recipe import PretrainRecipe


def pretrain(
    recipe: RecipePath, *, out: Out = None, overrides: Overrides = (), options: Options = DEFAULT
) -> None:
    """Train a base model, or go on with a begun run, and print the model's folder.

    Ctrl-C stops after the running step with a checkpoint; the same command goes on from there.
    """
    loaded = load(recipe, PretrainRecipe, overrides)
    print(run_training(loaded, out or default_out(recipe, "pretrain"), options).path)
