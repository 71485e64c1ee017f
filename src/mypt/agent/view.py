"""What one reader may see of a workspace: all that a tool is ever given."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from mypt.retrieval.hit import Hit
from mypt.workspace.rows import DocumentRow, Filters, PassageRow

_AT_ONCE = 16


@runtime_checkable
class WorkspaceView(Protocol):
    """The readable part of a workspace; what may not be read is as if it did not exist."""

    @property
    def digest(self) -> str:
        """Return what names the state of the index that is searched."""
        ...

    def search(self, query: str, top_k: int, filters: Filters) -> list[Hit]:
        """Return the best passages, best first."""
        ...

    def documents(self) -> list[DocumentRow]:
        """Return the documents that have text, by title and id."""
        ...

    def document(self, document_id: str) -> DocumentRow | None:
        """Return one of them, or None."""
        ...

    def passages(self, ids: Sequence[str]) -> list[PassageRow]:
        """Return those of these passages that there are, in the order asked for."""
        ...


def passages_from(
    view: WorkspaceView, document: DocumentRow, page: int, character: int = 0
) -> Iterator[PassageRow]:
    """Yield the passages of a document from a place on, in order; no more are read than are taken."""
    start = _first_number_after(view, document, (page, character))
    for first in range(start, document.n_passages + 1, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, document.n_passages + 1))
        yield from view.passages([f"{document.id}-{number}" for number in numbers])


def _first_number_after(view: WorkspaceView, document: DocumentRow, place: tuple[int, int]) -> int:
    """Find the first passage that ends after a place; passages are numbered from 1 in the order of text."""

    def end_of(number: int) -> tuple[int, int]:
        found = view.passages([f"{document.id}-{number}"])
        # One that is missing was removed meanwhile.
        return (found[0].page, found[0].end) if found else (document.n_pages + 1, 0)

    return bisect_right(range(1, document.n_passages + 1), place, key=end_of) + 1
