"""`mypt find-lr`: which learning rate suits a recipe."""

from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import Overrides, RecipePath
from mypt.cli.config import load_training_recipe
from mypt.cli.console import note, progress_bar
from mypt.training.adapt_recipe import AdaptRecipe
from mypt.training.initial_model import open_parent
from mypt.training.lr_finder import safe_rate
from mypt.training.rate_search import search_rate


def find_lr(
    recipe: RecipePath,
    *,
    overrides: Overrides = (),
    lowest: Annotated[float, Parameter(help="Rate of the first step.")] = 1e-6,
    highest: Annotated[float, Parameter(help="Rate of the last step.")] = 1.0,
    steps: Annotated[int, Parameter(help="Steps; each has a higher rate than the one before.")] = 100,
) -> None:
    """Print a learning rate for a recipe, found by training its model at rising rates and dropping it.

    For an adaptation it also says which rate its parent allows.
    """
    loaded = load_training_recipe(recipe, overrides)
    with progress_bar("learning rates") as progress:
        found = search_rate(loaded, lowest=lowest, highest=highest, steps=steps, progress=progress)
    if isinstance(loaded, AdaptRecipe):
        parent = open_parent(loaded, any_rate=True)
        if parent is not None and parent.final_rate is not None:
            limit = safe_rate(parent.final_rate, loaded.max_rate_factor)
            note(f"the parent ended with {parent.final_rate:.3g}; a rate above {limit:.3g} is refused")
    end = "until the loss ran away" if found.has_diverged else "and none of them was too high"
    note(f"{len(found.rates)} steps at rates from {found.rates[0]:.3g} to {found.rates[-1]:.3g}, {end}")
    print(f"{found.suggestion:.3g}")
