"""Everything that changes documents and permissions; each function is a part of one transaction."""

import json
import sqlite3
from collections.abc import Sequence

from mypt.errors import InputError
from mypt.files import canonical_json, sha256_bytes
from mypt.workspace.ingest import READ_BY, Document, FileState, Known
from mypt.workspace.rows import Added

_INSERT = """
INSERT INTO documents (id, root, origin, title, format, language, owner, sha256, n_bytes, modified,
                       file_state, read_by, status, reason, detail, warnings, n_pages, n_passages)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_TOUCH = "UPDATE documents SET file_state = ?, n_bytes = ? WHERE origin = ?"
_DATE = "UPDATE documents SET modified = ? WHERE origin = ? AND modified <> ?"


def put_document(connection: sqlite3.Connection, root: int, document: Document) -> Added:
    """Store a document in place of the one that had its origin, whose readers it keeps.

    What another process stored meanwhile from the same content is left as it is.
    """
    old = connection.execute(
        "SELECT number, sha256, read_by, status, reason, owner FROM documents WHERE origin = ?",
        (document.origin,),
    ).fetchone()
    if old is None:
        owner, readers = _access_of_root(connection, root, document.origin)
    elif old[1:5] == (document.sha256, READ_BY, document.status, document.reason):
        touch(connection, document.origin, document.file)
        return _added(document, "failed" if document.reason else "unchanged")
    else:
        owner, readers = old[5], _readers_of(connection, old[0])
        delete_document(connection, old[0])
    number = _insert(connection, root, document, owner)
    put_readers(connection, number, readers)
    return _added(document, "failed" if document.reason else "added" if old is None else "changed")


def _added(document: Document, outcome: str) -> Added:
    reason = f"{document.reason}: {document.detail}" if document.detail else document.reason
    return Added(document.origin, outcome, document.id, reason, len(document.passages))  # type: ignore[arg-type]


def _access_of_root(connection: sqlite3.Connection, root: int, origin: str) -> tuple[str, list[str]]:
    row = connection.execute("SELECT owner, readers FROM roots WHERE number = ?", (root,)).fetchone()
    if row is None:
        raise InputError(f"{origin}: what it lies in was removed meanwhile", hint="add it once more")
    return row[0], json.loads(row[1])


def _readers_of(connection: sqlite3.Connection, document: int) -> list[str]:
    rows = connection.execute("SELECT principal FROM document_readers WHERE document = ?", (document,))
    return [principal for (principal,) in rows]


def _insert(connection: sqlite3.Connection, root: int, document: Document, owner: str) -> int:
    file = document.file
    cursor = connection.execute(
        _INSERT,
        (
            document.id, root, document.origin, document.title, document.format, document.language, owner,
            document.sha256, file.n_bytes, file.modified, _mark(file), READ_BY, document.status,
            document.reason, document.detail, _json(document.warnings), len(document.pages),
            len(document.passages),
        ),
    )  # fmt: skip
    number = int(cursor.lastrowid or 0)
    connection.executemany(
        "INSERT INTO pages VALUES (?, ?, ?, ?, ?)",
        [(number, page.number, page.label, page.text, page.boxes) for page in document.pages],
    )
    connection.executemany(
        "INSERT INTO passages (document, place, page, start, end, headings, language) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (number, place, one.chunk.page, one.chunk.start, one.chunk.end, _json(one.chunk.heading_path),
             one.language)
            for place, one in enumerate(document.passages, start=1)
        ],
    )  # fmt: skip
    return number


def touch(connection: sqlite3.Connection, origin: str, file: FileState) -> None:
    """Note that a file was touched though its content stayed."""
    connection.execute(_TOUCH, (_mark(file), file.n_bytes, origin))
    connection.execute(_DATE, (file.modified, origin, file.modified))


def _mark(file: FileState) -> str:
    return file.mark if file.is_settled else ""


def delete_document(connection: sqlite3.Connection, number: int) -> None:
    """Remove a document with its pages, passages, vectors and permissions."""
    connection.execute("DELETE FROM documents WHERE number = ?", (number,))


def delete_origin(connection: sqlite3.Connection, origin: str) -> None:
    """Remove the document of a file that is gone, if nobody else has by now."""
    connection.execute("DELETE FROM documents WHERE origin = ?", (origin,))


def exclude(connection: sqlite3.Connection, number: int) -> None:
    """Remove a document for good: no walk brings it back; a root that was this file alone goes too."""
    root, origin, name = connection.execute(
        "SELECT d.root, d.origin, r.name FROM documents d JOIN roots r ON r.number = d.root "
        "WHERE d.number = ?",
        (number,),
    ).fetchone()
    delete_document(connection, number)
    if origin == name:
        connection.execute("DELETE FROM roots WHERE number = ?", (root,))
        return
    connection.execute("INSERT OR IGNORE INTO excluded VALUES (?, ?)", (root, sha256_bytes(origin.encode())))


def readmit(connection: sqlite3.Connection, root: int, origin: str) -> None:
    """Let a file that was removed by name come back."""
    connection.execute(
        "DELETE FROM excluded WHERE root = ? AND origin_sha256 = ?", (root, sha256_bytes(origin.encode()))
    )


def excluded(connection: sqlite3.Connection, root: int) -> set[str]:
    """Return the digests of the origins that no walk brings back."""
    rows = connection.execute("SELECT origin_sha256 FROM excluded WHERE root = ?", (root,))
    return {digest for (digest,) in rows}


def known_files(connection: sqlite3.Connection, root: int) -> dict[str, Known]:
    """Return what is known of each file of a root, by origin."""
    rows = connection.execute(
        "SELECT origin, file_state, sha256, read_by, status FROM documents WHERE root = ?", (root,)
    )
    return {origin: Known(*known) for origin, *known in rows}


def put_readers(connection: sqlite3.Connection, document: int, readers: Sequence[str]) -> None:
    """Say who may read a document besides its owner; what stays the same is not touched."""
    before = set(_readers_of(connection, document))
    connection.executemany(
        "DELETE FROM document_readers WHERE principal = ? AND document = ?",
        [(principal, document) for principal in sorted(before - set(readers))],
    )
    connection.executemany(
        "INSERT INTO document_readers VALUES (?, ?)",
        [(principal, document) for principal in sorted(set(readers) - before)],
    )


def put_readers_below(connection: sqlite3.Connection, root: int, origin: str, readers: Sequence[str]) -> None:
    """Say who may read what lies at and below an origin."""
    rows = connection.execute("SELECT number, origin FROM documents WHERE root = ?", (root,)).fetchall()
    for number, found in rows:
        if found == origin or found.startswith(f"{origin}/"):
            put_readers(connection, number, readers)


def _json(value: object) -> str:
    return canonical_json(value).decode()
