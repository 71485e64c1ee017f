"""`workspace.get_doc`: a page of a document, or a part of it, as passages that can be cited."""

import re
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from mypt.agent.arguments import Arguments, Choice
from mypt.agent.room import ELLIPSIS, cut, rendered_length, shown_title
from mypt.agent.tool import WorkspaceTool
from mypt.agent.tools.find_document import find_by_id, find_by_title
from mypt.agent.view import WorkspaceView, passages_from
from mypt.errors import InputError
from mypt.workspace.rows import DocumentRow, PassageRow

_NUMBER = "[1-9][0-9]{0,5}"
_RANGE = re.compile(rf"({_NUMBER})-({_NUMBER})|({_NUMBER}):([0-9]{{1,9}})-([0-9]{{0,9}})")
_MOST_PAGES = 20
_CONTINUES = 60
"""Characters kept for saying where it goes on."""


class GetDocArguments(Arguments):
    """Which document, and which part of it; without a part, its beginning."""

    CHOICES: ClassVar[tuple[Choice, ...]] = (
        Choice(("doc_id", "title")),
        Choice(("page", "range"), is_required=False),
    )

    doc_id: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """The id of a document, or of a passage of it."""
    title: Annotated[str, Field(min_length=1, max_length=400)] | None = None
    """Its title, or how it begins."""
    page: Annotated[int, Field(ge=1)] | None = None
    """Number of a page, from 1."""
    range: (
        Annotated[
            str,
            Field(pattern=rf"^({_NUMBER}-{_NUMBER}|{_NUMBER}:[0-9]{{1,9}}-[0-9]{{0,9}})$"),
        ]
        | None
    ) = None
    """Pages as 2-4, or characters of a page as 3:1500-2000 or 3:1500- to its end."""


@dataclass(frozen=True)
class _Part:
    """Half-open characters of the first to the last page; an end of None is the end of the page."""

    first_page: int
    last_page: int
    start: int = 0
    end: int | None = None


@dataclass(frozen=True)
class _Piece:
    """What is shown of a passage, and where its text begins on the page."""

    id: str
    page: int
    start: int
    text: str


@dataclass(frozen=True)
class _Reading:
    """As much as fits, and what would come next."""

    shown: list[_Piece]
    following: _Piece | None


def _get_doc(arguments: GetDocArguments, view: WorkspaceView, room: int) -> JsonValue:
    if arguments.doc_id is not None:
        document = find_by_id(view, arguments.doc_id)
    else:
        document = find_by_title(view, arguments.title or "")
    named = _named_passage(arguments, view)
    part = _Part(named.page, named.page) if named else _part(arguments, document)
    result: dict[str, JsonValue] = {
        "doc_id": document.id,
        "n_pages": document.n_pages,
        "passages": [],
        "title": shown_title(document.title),
    }
    room -= rendered_length(result) + _CONTINUES
    reading = _read(view, document, part, room)
    if named and reading.following:
        reading = _read(view, document, replace(part, start=named.start), room)
    return {**result, **_shown(reading, part, document, room)}


def _named_passage(arguments: GetDocArguments, view: WorkspaceView) -> PassageRow | None:
    """Return the passage whose surroundings are asked for: its id is given, and no other place."""
    named = view.passages([arguments.doc_id or ""]) if arguments.range is None else []
    return named[0] if named and arguments.page in (None, named[0].page) else None


def _part(arguments: GetDocArguments, document: DocumentRow) -> _Part:
    """Return the part asked for; InputError when the document does not have it."""
    match = _RANGE.fullmatch(arguments.range or "")
    first, last, page, start, end = match.groups() if match else (None,) * 5
    if page is not None:
        part = _Part(int(page), int(page), int(start or 0), int(end) if end else None)
    elif first is not None:
        part = _Part(int(first), min(int(last or first), int(first) + _MOST_PAGES - 1))
    else:
        part = _Part(arguments.page or 1, arguments.page or 1)
    if part.first_page > document.n_pages:
        raise InputError(f"the document has {document.n_pages} pages", hint=f"page: 1 to {document.n_pages}")
    if part.last_page < part.first_page or (part.end is not None and part.end <= part.start):
        raise InputError("the range ends before it begins", hint="for example 2-4")
    return part


def _read(view: WorkspaceView, document: DocumentRow, part: _Part, room: int) -> _Reading:
    """Return the pieces of a part that fit, and the first that does not."""
    shown: list[_Piece] = []
    for row in passages_from(view, document, part.first_page, part.start):
        if row.page > part.last_page or (part.end is not None and row.start >= part.end):
            break
        piece = _clipped(row, part)
        room -= rendered_length(_entry(piece)) + len(", ")
        if room < 0:
            return _Reading(shown, piece)
        shown.append(piece)
    return _Reading(shown, None)


def _clipped(row: PassageRow, part: _Part) -> _Piece:
    """Return what a part shows of a passage."""
    start = max(row.start, part.start)
    end = row.end if part.end is None else min(row.end, part.end)
    return _Piece(row.id, row.page, start, row.text[start - row.start : end - row.start])


def _entry(piece: _Piece) -> dict[str, JsonValue]:
    return {"id": piece.id, "page": piece.page, "text": piece.text}


def _shown(reading: _Reading, part: _Part, document: DocumentRow, room: int) -> dict[str, JsonValue]:
    """Return what fits, at least a part of one passage, and where to read on."""
    shown: list[JsonValue] = [_entry(piece) for piece in reading.shown]
    following = reading.following
    if following is None:
        rest = _after(part, document)
        found = {"passages": shown} if shown else {"note": "no text there"}
        return {**found, **({"continues": rest} if rest else {})}
    if shown:
        is_new_page = following.page != reading.shown[-1].page
        place: dict[str, JsonValue] = {"page": following.page}
        if not is_new_page:
            place = _place(following.page, following.start)
        return {"passages": shown, "continues": place}
    text = cut(following.text, room - rendered_length({**_entry(following), "text": ""}))
    end = following.start + len(text.removesuffix(ELLIPSIS))
    return {
        "passages": [{**_entry(following), "text": text}],
        "continues": _place(following.page, end),
    }


def _after(part: _Part, document: DocumentRow) -> dict[str, JsonValue] | None:
    if part.end is not None:
        return _place(part.last_page, part.end)
    return {"page": part.last_page + 1} if part.last_page < document.n_pages else None


def _place(page: int, start: int) -> dict[str, JsonValue]:
    return {"range": f"{page}:{start}-"}


GET_DOC = WorkspaceTool(
    "workspace.get_doc", "Read a page or a part of one document.", GetDocArguments, _get_doc
)
