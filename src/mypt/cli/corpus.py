"""`mypt corpus`: sources to clean text."""

from mypt.cli.arguments import Out, Overrides, RecipePath, Replace, default_out
from mypt.cli.console import progress_bar
from mypt.config import load
from mypt.corpus.build import build as build_corpus
from mypt.corpus.recipe import CorpusRecipe


def build(
    recipe: RecipePath, *, out: Out = None, overrides: Overrides = (), replace: Replace = False
) -> None:
    """Turn source files into one clean corpus, and print its folder."""
    loaded = load(recipe, CorpusRecipe, overrides)
    with progress_bar("corpus") as progress:
        artifact = build_corpus(
            loaded, out or default_out(recipe, "corpus"), replace=replace, progress=progress
        )
    print(artifact.path)
