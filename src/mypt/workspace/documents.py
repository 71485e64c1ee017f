"""Documents, their pages and passages, read from the database; whoever calls has asked for permission."""

import datetime
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mypt.errors import InputError
from mypt.files import canonical_json
from mypt.workspace.permissions import Numbers
from mypt.workspace.rows import DocumentRow, PassageRow, RootRow, Summary

DOCUMENT_ID = re.compile(r"d[a-z2-7]{12}")
PASSAGE_ID = re.compile(rf"({DOCUMENT_ID.pattern})-([1-9][0-9]{{0,8}})")

_DOCUMENTS = """
SELECT d.id, d.origin, d.title, d.format, d.language, d.owner,
       (SELECT json_group_array(r.principal) FROM document_readers r WHERE r.document = d.number),
       d.sha256, d.n_bytes, d.modified, d.status, d.reason, d.n_pages, d.n_passages
FROM documents d WHERE d.number IN (SELECT value FROM json_each(?)) ORDER BY d.origin
"""
_PASSAGES = """
SELECT p.number, d.id, p.place, p.page, p.start, p.end, p.headings, p.language, p.document
FROM passages p JOIN documents d ON d.number = p.document
"""
_PASSAGES_BY_NUMBER = f"{_PASSAGES} WHERE p.number IN (SELECT value FROM json_each(?)) ORDER BY p.number"  # noqa: S608
_PASSAGES_FROM = f"{_PASSAGES} WHERE p.number > ? ORDER BY p.number LIMIT ?"
_PASSAGES_OF = f"{_PASSAGES} WHERE p.document = ? ORDER BY p.place"
_SUMS = """
SELECT status, language, format, reason, count(*), sum(n_passages), sum(n_bytes)
FROM documents WHERE number IN (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3, 4
"""


class NumberedPassage(NamedTuple):
    """A passage and the number by which tables and vectors know it."""

    number: int
    row: PassageRow


def no_such_document(name: str) -> InputError:
    """Return the one error for what is not there and for what may not be seen."""
    return InputError(f"no such document: {name!r}", hint="mypt workspace list shows what there is")


def no_such_passage(name: str) -> InputError:
    """Return the one error for what is not there and for what may not be seen."""
    return InputError(f"no such passage: {name!r}", hint="take an id that a search has returned")


def document_number(connection: sqlite3.Connection, document_id: str) -> int | None:
    """Return the number of a document, or None when there is none of that id."""
    if not DOCUMENT_ID.fullmatch(document_id):
        return None
    row = connection.execute("SELECT number FROM documents WHERE id = ?", (document_id,)).fetchone()
    return row[0] if row else None


def read_documents(connection: sqlite3.Connection, numbers: Numbers) -> list[DocumentRow]:
    """Return documents by their numbers, in the order of their origins."""
    return [_document(row) for row in connection.execute(_DOCUMENTS, (_json(numbers.tolist()),))]


def _document(row: tuple[str, ...]) -> DocumentRow:
    (
        id_, origin, title, format_, language, owner, readers, sha256, n_bytes, modified,
        status, reason, n_pages, n_passages,
    ) = row  # fmt: skip
    return DocumentRow(
        id=id_, origin=origin, title=title, format=format_, language=language, owner=owner,
        readers=tuple(sorted(json.loads(readers))), sha256=sha256, n_bytes=int(n_bytes),
        modified=datetime.date.fromisoformat(modified), status=status, reason=reason,
        n_pages=int(n_pages), n_passages=int(n_passages),
    )  # fmt: skip


def read_summary(connection: sqlite3.Connection, numbers: Numbers) -> Summary:
    """Return what documents come to, by their numbers."""
    languages: dict[str, int] = {}
    formats: dict[str, int] = {}
    reasons: dict[str, int] = {}
    n_documents = n_failed = n_passages = n_bytes = 0
    for status, language, format_, reason, n, passages, size in connection.execute(
        _SUMS, (_json(numbers.tolist()),)
    ):
        n_bytes += size
        if status == "failed":
            n_failed += n
            reasons[reason] = reasons.get(reason, 0) + n
            continue
        n_documents += n
        n_passages += passages
        languages[language] = languages.get(language, 0) + n
        formats[format_] = formats.get(format_, 0) + n
    return Summary(
        n_documents, n_failed, n_passages, n_bytes, _most_first(languages), _most_first(formats),
        _most_first(reasons),
    )  # fmt: skip


def _most_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def read_roots(connection: sqlite3.Connection) -> list[RootRow]:
    """Return what was added, in that order."""
    rows = connection.execute("SELECT name, path, owner, readers FROM roots ORDER BY number")
    return [
        RootRow(name, path.decode("utf-8", "backslashreplace"), owner, tuple(json.loads(readers)))
        for name, path, owner, readers in rows
    ]


def passage_numbers(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return of each id that there is the numbers of its passage and document."""
    found = {}
    for id_ in ids:
        parts = PASSAGE_ID.fullmatch(id_)
        row = (
            parts
            and connection.execute(
                "SELECT p.number, p.document FROM passages p JOIN documents d ON d.number = p.document "
                "WHERE d.id = ? AND p.place = ?",
                (parts[1], int(parts[2])),
            ).fetchone()
        )
        if row:
            found[id_] = (row[0], row[1])
    return found


def passages_by_number(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[NumberedPassage]:
    """Return passages in the order of their numbers, without those that are gone."""
    rows = connection.execute(_PASSAGES_BY_NUMBER, (_json(list(numbers)),)).fetchall()
    return list(_with_text(connection, rows))


def passages_after(connection: sqlite3.Connection, number: int, limit: int) -> list[NumberedPassage]:
    """Return the next passages in the order of all."""
    return list(_with_text(connection, connection.execute(_PASSAGES_FROM, (number, limit)).fetchall()))


def passages_of(connection: sqlite3.Connection, document: int) -> list[NumberedPassage]:
    """Return all passages of a document, in order."""
    return list(_with_text(connection, connection.execute(_PASSAGES_OF, (document,)).fetchall()))


def _with_text(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> Iterator[NumberedPassage]:
    """A passage is a slice of its page; the pages of neighbours are read once."""
    page_at, text = (-1, -1), ""
    for number, document_id, place, page, start, end, headings, language, document in rows:
        if page_at != (document, page):
            page_at, text = (document, page), _page_text(connection, document, page)
        yield NumberedPassage(
            number,
            PassageRow(
                id=f"{document_id}-{place}", document_id=document_id, number=place, page=page,
                start=start, end=end, heading_path=tuple(json.loads(headings)), language=language,
                text=text[start:end],
            ),
        )  # fmt: skip


def _page_text(connection: sqlite3.Connection, document: int, page: int) -> str:
    (text,) = connection.execute(
        "SELECT text FROM pages WHERE document = ? AND number = ?", (document, page)
    ).fetchone()
    return str(text)


def _json(numbers: Sequence[int]) -> str:
    return canonical_json(numbers).decode()
