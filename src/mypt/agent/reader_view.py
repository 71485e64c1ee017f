"""A workspace and its search, bound to one reader."""

from collections.abc import Sequence

from mypt.errors import InputError
from mypt.retrieval.hit import Hit
from mypt.retrieval.retriever import Retriever
from mypt.workspace.rows import DocumentRow, Filters, PassageRow, Reader
from mypt.workspace.workspace import Workspace

_READY = "ready"


class ReaderView:
    """What one reader may see; every look asks for the rights anew."""

    def __init__(self, workspace: Workspace, retriever: Retriever, reader: Reader) -> None:
        self._workspace = workspace
        self._retriever = retriever
        self._reader = reader

    @property
    def digest(self) -> str:
        """Return what names the state of the index that is searched."""
        return self._retriever.digest

    def search(self, query: str, top_k: int, filters: Filters) -> list[Hit]:
        """Return the best passages, best first; InputError for a question that says nothing."""
        return self._retriever.search(query, self._reader, top_k=top_k, filters=filters)

    def documents(self) -> list[DocumentRow]:
        """Return the documents that have text, by title and id."""
        rows = self._workspace.documents(self._reader)
        return sorted(filter(_has_text, rows), key=lambda row: (row.title, row.id))

    def document(self, document_id: str) -> DocumentRow | None:
        """Return one of them, or None; a foreign one is none."""
        try:
            row = self._workspace.document(self._reader, document_id)
        except InputError:
            return None
        return row if _has_text(row) else None

    def passages(self, ids: Sequence[str]) -> list[PassageRow]:
        """Return those of these passages that there are, in the order asked for."""
        try:
            return self._workspace.passages(ids, self._reader)
        except InputError:
            # One of them is not there for this reader; the others still are.
            return [row for one in ids for row in self.passages([one])] if len(ids) > 1 else []


def _has_text(row: DocumentRow) -> bool:
    return row.status == _READY
