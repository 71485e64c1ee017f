"""What changes documents and permissions, one transaction at a time."""

from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.workspace import changes
from mypt.workspace.database import Database, create_file
from mypt.workspace.ingest import Document, FileState, document_id

FILE = FileState(3, "2024-05-06", "mark", is_settled=True)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    create_file(tmp_path / "db")
    database = Database(tmp_path / "db")
    with database.writing() as connection:
        connection.execute("INSERT INTO roots VALUES (1, 'docs', x'2f78', 'ann', '[\"bob\"]')")
    return database


def _document(sha256: str = "1", reason: str = "", origin: str = "docs/a") -> Document:
    return Document(document_id(sha256, origin), origin, FILE, sha256, "a", "text", reason=reason)


def _put(database: Database, document: Document, root: int = 1) -> str:
    with database.writing() as connection:
        return changes.put_document(connection, root, document).outcome


def _rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        return connection.execute(query).fetchall()


def test_a_new_document_has_owner_and_readers_of_its_root(database: Database) -> None:
    assert _put(database, _document()) == "added"

    assert _rows(database, "SELECT owner, file_state FROM documents") == [("ann", "mark")]
    assert _rows(database, "SELECT * FROM document_readers") == [("bob", 1)]


def test_what_another_process_stored_meanwhile_stays(database: Database) -> None:
    _put(database, _document())
    before = _rows(database, "SELECT value FROM settings")

    assert _put(database, _document()) == "unchanged"

    assert _rows(database, "SELECT number FROM documents") == [(1,)]
    assert _rows(database, "SELECT value FROM settings") == before


def test_each_outcome_has_its_word(database: Database) -> None:
    outcomes = [
        _put(database, document)
        for document in (
            _document(reason="encrypted"), _document(reason="encrypted"), _document(), _document("2"),
            _document("2", reason="crashed"),
        )
    ]  # fmt: skip

    assert outcomes == ["failed", "failed", "changed", "changed", "failed"]
    assert len(_rows(database, "SELECT 1 FROM documents")) == 1


def test_a_root_that_is_gone_takes_no_more_documents(database: Database) -> None:
    with pytest.raises(InputError, match="removed meanwhile"):
        _put(database, _document(), root=2)


def test_what_was_removed_by_name_is_barred_until_it_is_let_back(database: Database) -> None:
    _put(database, _document())

    with database.writing() as connection:
        changes.exclude(connection, 1)
        barred = changes.excluded(connection, 1)
        changes.readmit(connection, 1, "docs/a")

        assert len(barred) == 1
        assert b"docs/a" not in str(barred).encode()
        assert changes.excluded(connection, 1) == set()


def test_readers_that_stay_are_not_touched(database: Database) -> None:
    _put(database, _document())
    before = _rows(database, "SELECT value FROM settings")

    with database.writing() as connection:
        changes.put_readers(connection, 1, ["bob"])

    assert _rows(database, "SELECT value FROM settings") == before


def test_readers_are_set_at_and_below_a_place_alone(database: Database) -> None:
    for origin in ("docs/a", "docs/a/b", "docs/ab"):
        _put(database, _document(origin=origin))

    with database.writing() as connection:
        changes.put_readers_below(connection, 1, "docs/a", ["eve"])

    query = "SELECT origin FROM documents JOIN document_readers ON document = number WHERE principal = 'eve'"
    assert _rows(database, query) == [("docs/a",), ("docs/a/b",)]


def test_a_date_that_changes_raises_the_revision_and_a_touch_does_not(database: Database) -> None:
    _put(database, _document())
    revisions = [_rows(database, "SELECT value FROM settings")]

    for file in (FileState(3, "2024-05-06", "other"), FileState(3, "2024-05-07", "other")):
        with database.writing() as connection:
            changes.touch(connection, "docs/a", file)
        revisions.append(_rows(database, "SELECT value FROM settings"))

    assert revisions[0] == revisions[1] != revisions[2]
    assert _rows(database, "SELECT file_state FROM documents") == [("",)]
