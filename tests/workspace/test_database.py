"""One file that is ours, whole, of this version, and never half-written."""

import os
import resource
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mypt.errors import InputError, ManifestMismatch, StorageFull
from mypt.workspace.database import Database, create_file
from mypt.workspace.rows import OPERATOR
from mypt.workspace.schema import MIGRATIONS
from mypt.workspace.workspace import DATABASE_NAME, Workspace
from tests.workspace.fakes import ENGLISH, GERMAN, connect, contents, make, plain_text, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_file(tmp_path / "ws" / DATABASE_NAME)
    return tmp_path / "ws" / DATABASE_NAME


def _revision(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute("SELECT value FROM settings").fetchone()[0])


def _raise_revision(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("UPDATE settings SET value = value + 1")


def test_only_its_owner_may_open_it(path: Path) -> None:
    database = Database(path)
    _raise_revision(database)

    modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}

    assert modes == dict.fromkeys((DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm"), 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_every_write_is_synchronous_and_what_is_deleted_is_overwritten(path: Path) -> None:
    with Database(path).reading() as connection:
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }

    assert settings == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 30_000
    }  # fmt: skip


def test_one_that_is_there_is_left_as_it_is(path: Path) -> None:
    _raise_revision(Database(path))

    create_file(path)

    assert _revision(Database(path)) == 1
    assert [found.name for found in path.parent.iterdir() if found.name.startswith(".")] == []


def test_a_reader_sees_one_state_while_another_writes(path: Path) -> None:
    reader, writer = Database(path), Database(path)

    with reader.reading():
        before = _revision(reader)
        _raise_revision(writer)
        during = _revision(reader)

    assert (before, during, _revision(reader)) == (0, 0, 1)


def test_a_failed_writing_changes_nothing(path: Path) -> None:
    database = Database(path)

    def fail() -> None:
        with database.writing() as connection:
            connection.execute("UPDATE settings SET value = 9")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert _revision(database) == 0


def test_who_waits_too_long_for_another_writer_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.workspace.database._BUSY_SECONDS", 0)
    database, other = Database(path), Database(path)

    with other.writing(), pytest.raises(InputError, match="another process has been writing"):
        _raise_revision(database)

    assert _revision(database) == 0


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(content)

    with pytest.raises(ManifestMismatch) as error:
        Workspace.open(tmp_path)

    assert error.value.hint


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    connection = connect(tmp_path)
    connection.execute("CREATE TABLE things (name)")
    connection.close()

    with pytest.raises(ManifestMismatch, match="not of a workspace"):
        Workspace.create(tmp_path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).touch()

    with pytest.raises(ManifestMismatch):
        Workspace.open(tmp_path)


def test_a_newer_version_is_refused_and_an_older_one_brought_up(path: Path) -> None:
    newer = (*MIGRATIONS, ("CREATE TABLE more (name)", "INSERT INTO settings VALUES ('more', 1)"))

    with Database(path, newer).reading() as connection:
        assert connection.execute("SELECT count(*) FROM more").fetchone() == (0,)

    with pytest.raises(ManifestMismatch, match="its version is 2, this MyPT knows 1"):
        Database(path)


def test_a_failed_migration_leaves_the_old_version(path: Path) -> None:
    broken = (*MIGRATIONS, ("CREATE TABLE more (name)", "INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        Database(path, broken)

    assert _revision(Database(path)) == 0


def test_damage_is_named_when_it_is_met(tmp_path: Path) -> None:
    make(tmp_path, {f"{n}.txt": f"{n} {GERMAN * 30}" for n in range(9)}).close()
    path = tmp_path / "ws" / DATABASE_NAME
    data = bytearray(path.read_bytes())
    data[8192 * 3 :] = os.urandom(len(data) - 8192 * 3)
    path.write_bytes(data)

    with pytest.raises(ManifestMismatch, match="damaged"), Workspace.open(tmp_path / "ws") as workspace:
        list(workspace.every_passage())


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    make(tmp_path, {f"{n}.txt": f"{n} {GERMAN * 30}" for n in range(9)}).close()
    path = tmp_path / "ws" / DATABASE_NAME
    path.write_bytes(path.read_bytes()[: 8192 * 4])

    with pytest.raises(ManifestMismatch, match="damaged"), Workspace.open(tmp_path / "ws") as workspace:
        workspace.problems()


@contextmanager
def _room(n_bytes: int) -> Iterator[None]:
    """Let no file of this process grow over a size, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_and_changes_nothing(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": GERMAN})
    before = contents(tmp_path / "ws")
    write(tmp_path / "docs", {"b.txt": f"{ENGLISH}\n\n" * 5_000})

    with pytest.raises(StorageFull) as error, _room(300_000):
        workspace.sync()

    assert error.value.hint
    assert contents(tmp_path / "ws") == before
    assert workspace.problems() == []
    assert [one.outcome for one in workspace.sync()] == ["unchanged", "added"]


def test_a_disk_that_is_full_from_the_start_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageFull), _room(10_000):
        Workspace.create(tmp_path / "ws", plain_text)

    assert list((tmp_path / "ws").iterdir()) == []


AS_NOBODY = """
import os, sys
from pathlib import Path
from mypt.errors import InputError
from mypt.workspace.workspace import Workspace
os.geteuid() or os.setuid(65534)
for begin in (Workspace.open, Workspace.create):
    try:
        begin(Path(sys.argv[1]))
    except InputError as error:
        print(bool(error.hint))
"""


def test_a_folder_in_which_nothing_may_be_written_is_refused() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ws"
        create_file(path / DATABASE_NAME)
        (path / DATABASE_NAME).chmod(0o444)
        path.chmod(0o555)
        Path(folder).chmod(0o755)

        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(path)], capture_output=True, text=True, check=False
        )
        path.chmod(0o755)

    assert (done.stdout, done.stderr) == ("True\nTrue\n", "")


def test_what_was_deleted_is_in_no_file(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": f"Geheimwort {GERMAN}", "b.txt": ENGLISH})

    def holders() -> list[str]:
        return [found.name for found in (tmp_path / "ws").iterdir() if b"Geheimwort" in found.read_bytes()]

    before = holders()
    workspace.remove(workspace.documents(OPERATOR)[0].id)

    assert before
    assert holders() == []
