"""`workspace.list_docs`: which documents there are, a page of the list at a time."""

from typing import Annotated

from pydantic import Field, JsonValue

from mypt.agent.arguments import Arguments
from mypt.agent.room import shown_title
from mypt.agent.tool import WorkspaceTool
from mypt.agent.view import WorkspaceView
from mypt.errors import InputError
from mypt.workspace.rows import DocumentRow

_CHARACTERS_A_DOCUMENT = 150  # with the longest title
_MOST_A_PAGE = 50


class ListDocsArguments(Arguments):
    """Which part of the list."""

    page: Annotated[int, Field(ge=1)] = 1
    """Page of the list."""


def _list_docs(arguments: ListDocsArguments, view: WorkspaceView, room: int) -> JsonValue:
    documents = view.documents()
    size = min(_MOST_A_PAGE, max(1, room // _CHARACTERS_A_DOCUMENT))
    n_pages = max(1, -(-len(documents) // size))
    if arguments.page > n_pages:
        raise InputError(f"the list has {n_pages} pages", hint=f"page: 1 to {n_pages}")
    shown = documents[(arguments.page - 1) * size : arguments.page * size]
    result: dict[str, JsonValue] = {"documents": [_entry(document) for document in shown]}
    result["n_documents"] = len(documents)
    if arguments.page < n_pages:
        result["continues"] = {"page": arguments.page + 1}
    return result


def _entry(document: DocumentRow) -> JsonValue:
    return {
        "doc_id": document.id,
        "language": document.language,
        "n_pages": document.n_pages,
        "title": shown_title(document.title),
    }


LIST_DOCS = WorkspaceTool(
    "workspace.list_docs", "List the documents of the workspace.", ListDocsArguments, _list_docs
)
