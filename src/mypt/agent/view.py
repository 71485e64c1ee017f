"""What one reader may see of a workspace: all that a tool is ever given."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from mypt.retrieval.hit import Hit
from mypt.workspace.rows import DocumentRow, Filters, PassageRow


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


def passages_of(
    view: WorkspaceView, document: DocumentRow, first_page: int, last_page: int
) -> list[PassageRow]:
    """Return the passages on some pages of a document, in order."""
    start = _first_number_on(view, document, first_page)
    end = _first_number_on(view, document, last_page + 1)
    return view.passages([f"{document.id}-{number}" for number in range(start, end)])


def _first_number_on(view: WorkspaceView, document: DocumentRow, page: int) -> int:
    """Find the first passage on or after a page; passages are numbered from 1 in the order of pages."""

    def page_of(number: int) -> int:
        found = view.passages([f"{document.id}-{number}"])
        return found[0].page if found else document.n_pages + 1  # it was removed meanwhile

    return bisect_left(range(1, document.n_passages + 1), page, key=page_of) + 1
