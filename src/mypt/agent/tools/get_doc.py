"""`workspace.get_doc`: a page of a document, or a part of it, as passages that can be cited."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from mypt.agent.arguments import Arguments, Choice
from mypt.agent.room import ELLIPSIS, cut, rendered_length, shown_title
from mypt.agent.tool import WorkspaceTool
from mypt.agent.tools.find_document import find_by_id, find_by_title
from mypt.agent.view import WorkspaceView, passages_of
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


def _get_doc(arguments: GetDocArguments, view: WorkspaceView, room: int) -> JsonValue:
    if arguments.doc_id is not None:
        document = find_by_id(view, arguments.doc_id)
    else:
        document = find_by_title(view, arguments.title or "")
    is_part_given = arguments.page is not None or arguments.range is not None
    named = [] if is_part_given else view.passages([arguments.doc_id or ""])
    part = _Part(named[0].page, named[0].page) if named else _part(arguments, document)
    pieces = [
        piece
        for row in passages_of(view, document, part.first_page, part.last_page)
        if (piece := _clipped(row, part))
    ]
    result: dict[str, JsonValue] = {
        "doc_id": document.id,
        "n_pages": document.n_pages,
        "passages": [],
        "title": shown_title(document.title),
    }
    room -= rendered_length(result) + _CONTINUES
    if named and not _fit(pieces, room):
        pieces = [piece for piece in pieces if piece.start >= named[0].start]
    return {**result, **_shown(pieces, part, document, room)}


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


def _clipped(row: PassageRow, part: _Part) -> _Piece | None:
    """Return what a part shows of a passage."""
    start = max(row.start, part.start)
    end = row.end if part.end is None else min(row.end, part.end)
    text = row.text[start - row.start : end - row.start]
    return _Piece(row.id, row.page, start, text) if text.strip() else None


def _entry(piece: _Piece) -> dict[str, JsonValue]:
    return {"id": piece.id, "page": piece.page, "text": piece.text}


def _fit(pieces: Sequence[_Piece], room: int) -> bool:
    return sum(rendered_length(_entry(piece)) + 2 for piece in pieces) <= room


def _shown(pieces: Sequence[_Piece], part: _Part, document: DocumentRow, room: int) -> dict[str, JsonValue]:
    """Return as many pieces as fit, at least a part of one, and where to read on."""
    n_shown = next(n for n in range(len(pieces), -1, -1) if _fit(pieces[:n], room))
    shown: list[JsonValue] = [_entry(piece) for piece in pieces[:n_shown]]
    if not pieces:
        rest = _after(part, document)
        return {"note": "no text there", **({"continues": rest} if rest else {})}
    if n_shown == len(pieces):
        rest = _after(part, document)
        return {"passages": shown, **({"continues": rest} if rest else {})}
    following = pieces[n_shown]
    if n_shown:
        return {"passages": shown, "continues": _from(following, following.start, pieces)}
    text = cut(following.text, room - rendered_length({**_entry(following), "text": ""}))
    end = following.start + len(text.removesuffix(ELLIPSIS))
    return {"passages": [{**_entry(following), "text": text}], "continues": _from(following, end, pieces)}


def _after(part: _Part, document: DocumentRow) -> dict[str, JsonValue] | None:
    if part.end is not None:
        return {"range": f"{part.last_page}:{part.end}-"}
    return {"page": part.last_page + 1} if part.last_page < document.n_pages else None


def _from(piece: _Piece, start: int, pieces: Sequence[_Piece]) -> dict[str, JsonValue]:
    """Say where to read on: a page where one begins, else a place on it."""
    first_on_page = next(other for other in pieces if other.page == piece.page)
    if piece is first_on_page and start == piece.start and piece is not pieces[0]:
        return {"page": piece.page}
    return {"range": f"{piece.page}:{start}-"}


GET_DOC = WorkspaceTool(
    "workspace.get_doc", "Read a page or a part of one document.", GetDocArguments, _get_doc
)
