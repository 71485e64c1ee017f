"""Where documents come from: what every source can do, and which kinds there are."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from mypt.corpus.drop import Drop
from mypt.corpus.listing import Listing
from mypt.corpus.sources.local_folder import FolderSettings, LocalFolder
from mypt.documents.document import Document


class Source(Protocol):
    """One place that documents come from: listed first, then read."""

    @property
    def listing(self) -> Listing:
        """Return what is there; raises InputError when that is nothing."""
        ...

    def documents(self) -> Iterator[Document | Drop]:
        """Yield each listed file as a document, or why it is none, in the order of their ids."""
        ...


BY_KIND: Mapping[str, Callable[[FolderSettings], Source]] = {"folder": LocalFolder}
