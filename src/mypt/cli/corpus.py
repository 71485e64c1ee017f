"""`mypt corpus`: sources fetched, sources to clean text."""

from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import Out, Overrides, RecipePath, Replace, Workers, default_out
from mypt.cli.console import note, progress_bar
from mypt.config import load
from mypt.corpus.build import build as build_corpus
from mypt.corpus.fetch import fetch as fetch_sources
from mypt.corpus.lock import lock_path, read_lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.sources.fetched import read_pin
from mypt.execution.runner import EVERY_CORE

Update = Annotated[
    tuple[str, ...],
    Parameter(negative="", help="Source to lock as it is now, or `all`. May be repeated."),
]


def fetch(
    recipe: RecipePath, *, update: Update = (), overrides: Overrides = (), replace: Replace = False
) -> None:
    """Fetch what the recipe names and the lock file pins, and print the folders; nothing else connects."""
    loaded = load(recipe, CorpusRecipe, overrides)
    with progress_bar("sources") as progress:
        artifacts = fetch_sources(loaded, recipe, update=update, replace=replace, progress=progress)
    for artifact in artifacts:
        for text in read_pin(artifact.path).notes:
            note(f"{artifact.path.name}: {text}")
        print(artifact.path)


def build(
    recipe: RecipePath,
    *,
    out: Out = None,
    overrides: Overrides = (),
    replace: Replace = False,
    execution: Workers = EVERY_CORE,
) -> None:
    """Turn source files into one clean corpus, and print its folder."""
    loaded = load(recipe, CorpusRecipe, overrides)
    with progress_bar("corpus") as progress:
        artifact = build_corpus(
            loaded, out or default_out(recipe, "corpus"), replace=replace, progress=progress,
            execution=execution, lock=read_lock(lock_path(recipe)),
        )  # fmt: skip
    print(artifact.path)
