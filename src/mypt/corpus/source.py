"""Where documents come from: what every source offers to a build."""

from pathlib import Path
from typing import Protocol

from mypt.corpus.listing import Listing
from mypt.corpus.lock import Lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.sources.fetched import FetchedSource
from mypt.corpus.sources.local_folder import FolderSettings, LocalFolder
from mypt.corpus.sources.settings import SourceSettings
from mypt.provenance.artifact import Artifact


class Source(Protocol):
    """One place that documents come from."""

    @property
    def settings(self) -> SourceSettings:
        """Return what the recipe says of it."""
        ...

    @property
    def root(self) -> Path:
        """Return the folder that the paths of the listing start from."""
        ...

    @property
    def artifact(self) -> Artifact | None:
        """Return the sealed folder that it is; None for one that is read where it lies."""
        ...

    @property
    def listing(self) -> Listing:
        """Return what is there; raises InputError when that is nothing."""
        ...


def open_sources(recipe: CorpusRecipe, lock: Lock) -> list[Source]:
    """Return the sources so ordered that their documents come in the order of their ids.

    Raises InputError for one that was not fetched, and ManifestMismatch for one that is
    not what is locked: a missing source is never a smaller corpus.
    """
    ordered = sorted(recipe.sources, key=lambda settings: f"{settings.name}/")
    store = Path(recipe.store)
    return [
        LocalFolder(settings)
        if isinstance(settings, FolderSettings)
        else FetchedSource(settings, store, lock.sources.get(settings.name))
        for settings in ordered
    ]
