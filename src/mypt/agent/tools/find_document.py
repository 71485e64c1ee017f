"""Which document a call means: by its id, the id of a passage of it, or its title."""

import difflib
from collections.abc import Sequence

from mypt.agent.room import shown_title
from mypt.agent.view import WorkspaceView
from mypt.errors import InputError
from mypt.workspace.rows import DocumentRow

_MOST_CANDIDATES = 5


def find_by_id(view: WorkspaceView, name: str) -> DocumentRow:
    """Return the document of this id or passage id; InputError, the same for absent and foreign ones."""
    found = view.document(name)
    if found is None and view.passages([name]):
        found = view.document(name.rpartition("-")[0])
    if found is None:
        raise InputError("no such document", hint="workspace.search and workspace.list_docs give ids")
    return found


def find_by_title(view: WorkspaceView, title: str) -> DocumentRow:
    """Return the one document of this title, or whose title begins so; InputError names the candidates."""
    documents = view.documents()
    wanted = _folded(title)
    for candidates in (
        [row for row in documents if row.title == title],
        [row for row in documents if _folded(row.title) == wanted],
        [row for row in documents if wanted and _folded(row.title).startswith(wanted)],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise InputError(f"{len(candidates)} documents have this title", hint=_choose(candidates))
    raise InputError("no document has this title", hint=_nearest(documents, wanted))


def _folded(title: str) -> str:
    return " ".join(title.split()).casefold()


def _choose(candidates: Sequence[DocumentRow]) -> str:
    shown = [f"{row.id} ({shown_title(row.title)})" for row in candidates[:_MOST_CANDIDATES]]
    rest = len(candidates) - len(shown)
    return f"use doc_id: {', '.join(shown)}{f' and {rest} more' if rest else ''}"


def _nearest(documents: Sequence[DocumentRow], wanted: str) -> str:
    by_title = {_folded(row.title): row for row in documents}
    near = difflib.get_close_matches(wanted, list(by_title), n=_MOST_CANDIDATES, cutoff=0.6)
    return (
        _choose([by_title[title] for title in near]) if near else "workspace.list_docs gives titles and ids"
    )
