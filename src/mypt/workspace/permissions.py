"""Who may read what: the one place where it is decided; without a permission nothing is."""

import json
import sqlite3
import unicodedata
from collections.abc import Iterable

import numpy as np
from jaxtyping import Int64

from mypt.errors import InputError
from mypt.workspace.rows import EVERYONE, Filters, Reader

Numbers = Int64[np.ndarray, " n"]

_LONGEST_NAME = 200

_ALLOWED = """
SELECT number FROM documents
WHERE (:reads_all
       OR owner IN (SELECT value FROM json_each(:principals))
       OR number IN (SELECT document FROM document_readers
                     WHERE principal IN (SELECT value FROM json_each(:principals))))
  AND (:documents = '[]' OR id IN (SELECT value FROM json_each(:documents)))
  AND (:languages = '[]' OR language IN (SELECT value FROM json_each(:languages)))
  AND (:formats = '[]' OR format IN (SELECT value FROM json_each(:formats)))
  AND (:modified_from = '' OR modified >= :modified_from)
  AND (:modified_to = '' OR modified <= :modified_to)
ORDER BY number
"""


def allowed_documents(connection: sqlite3.Connection, reader: Reader, filters: Filters) -> Numbers:
    """Return the numbers of all documents that a reader may read and wants, ascending.

    Everything that shows a document, a passage or a count asks this first.
    """
    rows = connection.execute(
        _ALLOWED,
        {
            "reads_all": reader.reads_all,
            "principals": _json(reader.all_principals),
            "documents": _json(filters.documents),
            "languages": _json(filters.languages),
            "formats": _json(filters.formats),
            "modified_from": filters.modified_from.isoformat() if filters.modified_from else "",
            "modified_to": filters.modified_to.isoformat() if filters.modified_to else "",
        },
    ).fetchall()
    return np.array(rows, dtype=np.int64).reshape(-1)


def check_may_change(reader: Reader, owner: str, what: str) -> None:
    """Raise InputError unless the reader owns a document or folder; only who may read it comes here."""
    if not (reader.reads_all or owner in reader.principals):
        raise InputError(f"{what}: only its owner may do this", hint=f"ask {owner}")


def check_owner(owner: str) -> str:
    """Return the name of an owner; InputError when it is no name of one user."""
    if owner == EVERYONE:
        raise InputError(
            f"an owner cannot be {EVERYONE!r}", hint="name a user, and give `everyone` as a reader"
        )
    return _check_name(owner)


def check_readers(readers: Iterable[str]) -> tuple[str, ...]:
    """Return names of readers, sorted, each once; InputError for what is no name."""
    if isinstance(readers, str):
        raise InputError(f"readers are a list of names, got the text {readers!r}", hint=f"[{readers!r}]")
    return tuple(sorted({_check_name(name) for name in readers}))


def _check_name(name: str) -> str:
    is_printable = not any(unicodedata.category(character).startswith("C") for character in name)
    if not (name.strip() == name and 0 < len(name) <= _LONGEST_NAME and is_printable):
        raise InputError(
            f"not a name of a user or group: {name!r}",
            hint=f"1 to {_LONGEST_NAME} printable characters, without spaces around them",
        )
    return name


def _json(values: Iterable[str]) -> str:
    """In ASCII: a name that a model wrote may hold half a character, which is in no document."""
    return json.dumps(sorted(values))
