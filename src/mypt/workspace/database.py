"""One SQLite file: opened, brought to this version, read in snapshots and written in transactions."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mypt.errors import ArtifactError, InputError, ManifestMismatch, MyptError, StorageFull
from mypt.files import fsync_folder, storage_errors
from mypt.workspace.schema import APPLICATION_ID, MIGRATIONS, Migration

_BUSY_SECONDS = 30
_CLEANING_MILLISECONDS = 1000
_PAGE_BYTES = 8192
"""A vector of 512 halves stays on its page; with 4,096 bytes each would take another one."""
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA cache_size = -16000",
)
_CANNOT_WRITE = {"SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_FSYNC"}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_REFUSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}


class Database:
    """A file that is ours and of this version; each thread has a connection of its own."""

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        self.path = path
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with database_errors(path):
            _check_and_migrate(self._connection(), path, migrations)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that sees one state, whatever others commit meanwhile.

        Inside another reading or writing of the same thread it is that one's state.
        """
        with database_errors(self.path):
            connection = self._connection()
            if connection.in_transaction:
                yield connection
                return
            with _transaction(connection, "BEGIN"):
                # The state is the one at the first look, not at BEGIN.
                connection.execute("SELECT value FROM settings").fetchone()
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection whose changes are all kept, durably, or none of them.

        Raises StorageFull when the disk does not take them, InputError when nothing may be
        written here or another process writes for longer than 30 seconds.
        """
        with database_errors(self.path):
            connection = self._connection()
            with _transaction(connection, "BEGIN IMMEDIATE"):
                yield connection

    def forget_deleted(self) -> bool:
        """Clear the log of writes, where deleted text would stay; False while somebody still reads it."""
        with database_errors(self.path):
            connection = self._connection()
            connection.execute(f"PRAGMA busy_timeout = {_CLEANING_MILLISECONDS}")
            try:
                is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
        return not is_busy

    def problems(self) -> list[str]:
        """Return in words what is damaged; nothing when every page and reference is whole."""
        with self.reading() as connection:
            found = [line for (line,) in connection.execute("PRAGMA integrity_check") if line != "ok"]
            found += [
                f"{table} {row} names a row of {parent} that is not there"
                for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check")
            ]
        return found

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._own = threading.local()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = _connect(self.path)
            with self._lock:
                self._connections.append(connection)
        return connection


def create_file(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Make an empty database that its owner alone may open, in a folder that is made when it is missing.

    It comes into being whole; one that is there already is left as it is. Raises InputError or
    StorageFull when it cannot be written.
    """
    if path.exists():
        return
    staging = path.with_name(f".{path.name}.{os.getpid()}.staging")
    with storage_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        staging.unlink(missing_ok=True)
        os.close(os.open(staging, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with database_errors(path):
            _fill(staging, migrations)
        with storage_errors(path):
            _put_in_place(staging, path)
    finally:
        for suffix in ("", "-wal", "-shm"):
            staging.with_name(f"{staging.name}{suffix}").unlink(missing_ok=True)
    fsync_folder(path.parent)


def _put_in_place(staging: Path, path: Path) -> None:
    """A link, not a renaming: another process may have been as quick, and its file holds documents by now."""
    try:
        path.hardlink_to(staging)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not path.exists():
            staging.rename(path)


def _fill(path: Path, migrations: Sequence[Migration]) -> None:
    connection = _connect(path)
    try:
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        with _transaction(connection, "BEGIN IMMEDIATE"):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            _migrate(connection, 0, migrations)
    finally:
        connection.close()


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's ways of failing into errors of our tree; bugs pass unchanged."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        known = _known_error(path, error)
        if known is None:
            raise
        raise known from error


def _known_error(path: Path, error: sqlite3.DatabaseError) -> MyptError | None:
    name = getattr(error, "sqlite_errorname", "")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or name in _CANNOT_WRITE:
        return StorageFull(
            f"{path}: the disk does not take what is written ({error})",
            hint="free some space; what was there before is whole, and what was acknowledged is kept",
        )
    if code in _DAMAGED:
        return ManifestMismatch(
            f"{path}: damaged, or no database ({error})", hint="restore it, or add the files to a new one"
        )
    if code in _REFUSED:
        return InputError(
            f"{path}: cannot be opened or written ({error})",
            hint="a workspace needs a folder in which you may write",
        )
    if code == sqlite3.SQLITE_BUSY:
        return InputError(
            f"{path}: another process has been writing for {_BUSY_SECONDS} seconds", hint="try again later"
        )
    return ArtifactError(f"{path}: {error} ({name})") if code == sqlite3.SQLITE_IOERR else None


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    finally:
        # SQLite itself has rolled back after some errors.
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _connect(path: Path) -> sqlite3.Connection:
    """Open a file that is there; the other thread that may use it is the one that closes it."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS, isolation_level=None,
        check_same_thread=False,
    )  # fmt: skip
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _check_and_migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Bring a file to this version; ManifestMismatch when it is another program's or a newer one."""
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise ManifestMismatch(f"{path}: a database, but not of a workspace", hint="choose another folder")
    version = _pragma(connection, "user_version")
    if version > len(migrations):
        raise ManifestMismatch(
            f"{path}: its version is {version}, this MyPT knows {len(migrations)}", hint="update MyPT"
        )
    if version < len(migrations):
        with _transaction(connection, "BEGIN IMMEDIATE"):
            _migrate(connection, _pragma(connection, "user_version"), migrations)


def _migrate(connection: sqlite3.Connection, version: int, migrations: Sequence[Migration]) -> None:
    for migration in migrations[version:]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(migrations)}")
