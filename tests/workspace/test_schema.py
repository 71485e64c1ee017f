"""The tables say by themselves what belongs together and when an answer may change."""

from pathlib import Path

from mypt.workspace.schema import APPLICATION_ID, MIGRATIONS
from tests.workspace.fakes import GERMAN, connect, make


def test_the_file_says_whose_it_is_and_which_version(tmp_path: Path) -> None:
    make(tmp_path, {})

    connection = connect(tmp_path / "ws")

    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_nothing_of_a_document_outlives_it(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN}, readers=("bob",))
    workspace.store_vectors("e", [(workspace.all_passages().ids[0], b"\0\0")])
    connection = connect(tmp_path / "ws")
    connection.execute("PRAGMA foreign_keys = ON")

    connection.execute("DELETE FROM documents")

    for table in ("pages", "passages", "vectors", "document_readers"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table  # noqa: S608


def test_every_change_of_documents_or_readers_raises_the_revision(tmp_path: Path) -> None:
    make(tmp_path, {"a.txt": GERMAN})
    connection = connect(tmp_path / "ws")

    revisions = []
    for change in (
        "INSERT INTO document_readers VALUES ('bob', 1)",
        "DELETE FROM document_readers",
        "UPDATE documents SET owner = 'bob'",
        "DELETE FROM documents",
    ):
        connection.execute(change)
        revisions.append(
            connection.execute("SELECT value FROM settings WHERE name = 'revision'").fetchone()[0]
        )

    assert revisions == sorted(set(revisions))
