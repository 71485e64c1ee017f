"""A view that remembers what was found through it."""

from collections.abc import Sequence

from mypt.agent.view import WorkspaceView
from mypt.retrieval.hit import Hit
from mypt.workspace.rows import DocumentRow, Filters, PassageRow


class SeenView:
    """Another view, and every hit that it gave: scores are for the answer's record, not for the model."""

    def __init__(self, view: WorkspaceView) -> None:
        self._view = view
        self.hits: dict[str, Hit] = {}
        """The best hit of each passage by its id, in the order in which they came."""

    @property
    def digest(self) -> str:
        """Return what names the state of the index that is searched."""
        return self._view.digest

    def search(self, query: str, top_k: int, filters: Filters) -> list[Hit]:
        """Return the best passages, best first."""
        found = self._view.search(query, top_k, filters)
        for hit in found:
            before = self.hits.get(hit.passage.id)
            if before is None or hit.score > before.score:
                self.hits[hit.passage.id] = hit
        return found

    def documents(self) -> list[DocumentRow]:
        """Return the documents that have text, by title and id."""
        return self._view.documents()

    def document(self, document_id: str) -> DocumentRow | None:
        """Return one of them, or None."""
        return self._view.document(document_id)

    def passages(self, ids: Sequence[str]) -> list[PassageRow]:
        """Return those of these passages that there are, in the order asked for."""
        return self._view.passages(ids)
