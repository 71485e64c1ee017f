"""`workspace.search`: the passages that fit a question best."""

import datetime
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, JsonValue

from mypt.agent.arguments import Arguments
from mypt.agent.room import excerpt, rendered_length, share_out, shown_title, text_length
from mypt.agent.tool import WorkspaceTool
from mypt.agent.view import WorkspaceView
from mypt.config import Section
from mypt.retrieval.hit import Hit
from mypt.workspace.rows import Filters

_LEAST_SHOWN = 300
"""Characters that a passage takes with its ids: rather fewer passages than mere scraps."""

Names = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], Field(max_length=20)]


class SearchFilters(Section):
    """Which documents are searched; what is left out restricts nothing."""

    documents: Names = ()
    """Document ids."""
    formats: Names = ()
    """File formats, for example pdf."""
    languages: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...], Field(max_length=20)] = ()
    """Two letters, for example de."""
    modified_from: datetime.date | None = None
    """First day, for example 2024-01-31."""
    modified_to: datetime.date | None = None
    """Last day."""


class SearchArguments(Arguments):
    """What to look for."""

    query: Annotated[str, Field(min_length=1, max_length=400)]
    """A question or words."""
    top_k: Annotated[int, Field(ge=1, le=20)] = 5
    """Most passages to return."""
    filters: SearchFilters = SearchFilters()
    """Search these documents only."""


def _search(arguments: SearchArguments, view: WorkspaceView, room: int) -> JsonValue:
    filters = Filters(**dict(arguments.filters))
    hits = view.search(arguments.query, arguments.top_k, filters)
    shown = hits[: max(1, room // _LEAST_SHOWN)]
    result: dict[str, JsonValue] = {"passages": []}
    if not hits:
        result["note"] = "nothing found; try other words"
    elif len(shown) < len(hits):
        result["note"] = f"{len(shown)} of {len(hits)} shown"
    return {**result, "passages": _entries(shown, room - rendered_length(result))}


def _entries(hits: Sequence[Hit], room: int) -> list[JsonValue]:
    entries: list[dict[str, Any]] = [_entry(hit) for hit in hits]
    frame = sum(rendered_length(entry) + len(", ") for entry in entries)
    shares = share_out([text_length(hit.passage.text) for hit in hits], room - frame)
    for entry, hit, share in zip(entries, hits, shares, strict=True):
        entry["text"] = excerpt(hit.passage.text, hit.matches, share)
    return [*entries]


def _entry(hit: Hit) -> dict[str, Any]:
    """Say where a passage stands; its score stays here, for it tells how common words are elsewhere."""
    passage = hit.passage
    place = {"doc_id": passage.document_id, "id": passage.id, "page": passage.page}
    return {**place, "text": "", "title": shown_title(hit.title)}


SEARCH = WorkspaceTool(
    "workspace.search", "Find the passages of the workspace that fit a question.", SearchArguments, _search
)
