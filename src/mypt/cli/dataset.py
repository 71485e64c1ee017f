"""`mypt dataset`: text to tokens on disk."""

from mypt.cli.arguments import Out, Overrides, RecipePath, Replace, default_out
from mypt.cli.console import progress_bar
from mypt.config import load
from mypt.dataset.build import build as build_dataset
from mypt.dataset.recipe import DatasetRecipe


def build(
    recipe: RecipePath, *, out: Out = None, overrides: Overrides = (), replace: Replace = False
) -> None:
    """Turn a corpus into token shards, and print their folder."""
    loaded = load(recipe, DatasetRecipe, overrides)
    with progress_bar("dataset") as progress:
        artifact = build_dataset(
            loaded, out or default_out(recipe, "dataset"), replace=replace, progress=progress
        )
    print(artifact.path)
