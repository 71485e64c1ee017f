"""A workspace: files added to it, and what each reader may see of them."""

import json
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from mypt.errors import InputError
from mypt.extraction.extractor import Extractor
from mypt.workspace import changes, documents, roots, vectors
from mypt.workspace.adding import OpenExtractor, Progress, add_all, look, remove_gone
from mypt.workspace.database import Database, create_file
from mypt.workspace.documents import NumberedPassage, no_such_document, no_such_passage
from mypt.workspace.passage_table import PassageTable, read_table
from mypt.workspace.permissions import Numbers, allowed_documents, check_may_change, check_readers
from mypt.workspace.rows import (
    ANY,
    OPERATOR,
    Added,
    DocumentRow,
    Filters,
    PassageRow,
    Reader,
    RootRow,
    Summary,
)

DATABASE_NAME = "workspace.db"
_KEPT_ANSWERS = 256
_AT_ONCE = 1_000
"""Passages that are read in one go."""


class _Allowed(NamedTuple):
    """A permission that was asked for, and at which revision."""

    revision: int
    reader: Reader
    filters: Filters


class Workspace:
    """Documents, passages and permissions in one folder; several threads and processes may use it at once.

    What shows anything takes a reader; without a permission there is nothing to see. What is
    not there and what may not be seen raise the same InputError.
    """

    def __init__(self, path: Path, open_extractor: OpenExtractor = Extractor) -> None:
        if not _is_file(path / DATABASE_NAME):
            raise InputError(f"{path}: no workspace", hint=f"mypt workspace add {path} FOLDER makes one")
        self.path = path
        self._open_extractor = open_extractor
        self._database = Database(path / DATABASE_NAME)
        self._lock = threading.Lock()
        self._table: PassageTable | None = None
        self._allowed: OrderedDict[_Allowed, Numbers] = OrderedDict()

    @classmethod
    def create(cls, path: Path, open_extractor: OpenExtractor = Extractor) -> "Workspace":
        """Return the workspace in a folder, made when there is none yet.

        Raises InputError or StorageFull when it cannot be, ManifestMismatch when something else is there.
        """
        create_file(path / DATABASE_NAME)
        return cls(path, open_extractor)

    @classmethod
    def open(cls, path: Path, open_extractor: OpenExtractor = Extractor) -> "Workspace":
        """Return the workspace in a folder; InputError when there is none, ManifestMismatch for another's."""
        return cls(path, open_extractor)

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @property
    def index_folder(self) -> Path:
        """Return where caches lie."""
        return self.path / "index"

    # What changes it

    def add(
        self, paths: Sequence[Path], *, owner: str, readers: Sequence[str] | None = None, retry: bool = False,
        progress: Progress | None = None,
    ) -> list[Added]:  # fmt: skip
        """Add files and folders, and return what became of each file.

        Unchanged files are not read again; those that failed are when they change or with `retry`.
        Without readers the owner alone may read; readers also hold for what is known already.
        Raises InputError for a path that is not there, before anything is added.
        """
        return list(self.adding(paths, owner=owner, readers=readers, retry=retry, progress=progress))

    def adding(
        self, paths: Sequence[Path], *, owner: str, readers: Sequence[str] | None = None, retry: bool = False,
        progress: Progress | None = None,
    ) -> Generator[Added, None, None]:  # fmt: skip
        """Like `add`, and yield each file once it is on disk, whatever happens afterwards."""
        real = roots.resolve(paths)
        with self._database.writing() as connection:
            starts = roots.register(connection, real, owner, readers)
        yield from self._walk(starts, retry=retry, progress=progress)

    def sync(self, *, retry: bool = False, progress: Progress | None = None) -> list[Added]:
        """Walk again what was added: read what is new or changed, remove what is gone."""
        with self._database.reading() as connection:
            starts = [roots.Start(root, root.path) for root in roots.read_all(connection)]
        return list(self._walk(starts, retry=retry, progress=progress, is_sync=True))

    def _walk(
        self, starts: Sequence[roots.Start], *, retry: bool, progress: Progress | None, is_sync: bool = False
    ) -> Iterator[Added]:
        looks = look(self._database, starts)
        is_clean = True
        for added in add_all(self._database, looks, self._open_extractor, retry=retry, progress=progress):
            is_clean &= added.outcome not in ("changed", "failed")
            yield added
        for added in remove_gone(self._database, looks) if is_sync else ():
            is_clean = False
            yield added
        if not is_clean:
            self._database.forget_deleted()

    def remove(self, document_id: str, actor: Reader = OPERATOR) -> None:
        """Remove a document with its passages and vectors at once; no walk brings it back, only its name.

        Raises InputError when the actor does not see or own it.
        """
        with self._database.writing() as connection:
            changes.exclude(connection, self._number_to_change(connection, document_id, actor))
        self._database.forget_deleted()

    def remove_root(self, name: str, actor: Reader = OPERATOR) -> None:
        """Remove a folder or file that was added, with all its documents; InputError as for `remove`."""
        with self._database.writing() as connection:
            root = self._root_to_change(connection, name, actor)
            connection.execute("DELETE FROM roots WHERE number = ?", (root.number,))
        self._database.forget_deleted()

    def set_readers(self, document_id: str, readers: Sequence[str], actor: Reader = OPERATOR) -> None:
        """Say who may read a document besides its owner; InputError when the actor is not its owner."""
        names = check_readers(readers)
        with self._database.writing() as connection:
            number = self._number_to_change(connection, document_id, actor)
            changes.put_readers(connection, number, names)

    def set_root_readers(self, name: str, readers: Sequence[str], actor: Reader = OPERATOR) -> None:
        """Say who may read all that was and will be found in a root; InputError as for `set_readers`."""
        names = check_readers(readers)
        with self._database.writing() as connection:
            roots.put_root_readers(connection, self._root_to_change(connection, name, actor), names)

    def _number_to_change(self, connection: Connection, document_id: str, actor: Reader) -> int:
        number = self._number(connection, actor, document_id)
        (owner,) = connection.execute("SELECT owner FROM documents WHERE number = ?", (number,)).fetchone()
        check_may_change(actor, owner, document_id)
        return number

    def _root_to_change(self, connection: Connection, name: str, actor: Reader) -> roots.Root:
        for root in roots.read_all(connection):
            if root.name == name and (actor.reads_all or root.owner in actor.principals):
                return root
        raise InputError(f"no such folder: {name!r}", hint="mypt workspace status shows what was added")

    # What shows it

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let this thread see one state while the block runs, whatever is committed meanwhile."""
        with self._database.reading():
            yield

    def revision(self) -> int:
        """Return a number that grows with every change of passages or permissions."""
        with self._database.reading() as connection:
            return _revision(connection)

    def documents(self, reader: Reader, filters: Filters = ANY) -> list[DocumentRow]:
        """Return the documents that a reader may see and wants, by origin; those that failed too."""
        with self._database.reading() as connection:
            return documents.read_documents(connection, self._numbers(connection, reader, filters))

    def document(self, reader: Reader, document_id: str) -> DocumentRow:
        """Return one document; InputError when there is none for this reader."""
        with self._database.reading() as connection:
            number = self._number(connection, reader, document_id)
            return documents.read_documents(connection, np.array([number]))[0]

    def page_text(self, reader: Reader, document_id: str, page: int) -> str:
        """Return the text of a page; InputError when there is none for this reader."""
        return str(self._page(reader, document_id, page)[0])

    def page_boxes(self, reader: Reader, document_id: str, page: int) -> bytes:
        """Return where the characters of a page stand, as `extraction.Page` says; empty where nowhere."""
        return bytes(self._page(reader, document_id, page)[1])

    def page_label(self, reader: Reader, document_id: str, page: int) -> str:
        """Return what people call a page, such as the name of a sheet; mostly nothing."""
        return str(self._page(reader, document_id, page)[2])

    def _page(self, reader: Reader, document_id: str, page: int) -> tuple[str, bytes, str]:
        with self._database.reading() as connection:
            number = self._number(connection, reader, document_id)
            # As text: a model may ask for a page beyond all numbers that the database knows.
            found: tuple[str, bytes, str] | None = connection.execute(
                "SELECT text, boxes, label FROM pages WHERE document = ? AND number = ?", (number, str(page))
            ).fetchone()
        if found is None:
            raise InputError(f"{document_id}: has no page {page}", hint="pages are counted from 1")
        return found

    def passages(self, ids: Sequence[str], reader: Reader) -> list[PassageRow]:
        """Return passages in the order asked for; InputError when one is not there for this reader."""
        with self._database.reading() as connection:
            allowed = self._numbers(connection, reader, ANY)
            numbers = documents.passage_numbers(connection, ids)
            for id_ in ids:
                if id_ not in numbers or not _holds(allowed, numbers[id_][1]):
                    raise no_such_passage(id_)
            found = documents.passages_by_number(connection, [number for number, _ in numbers.values()])
        rows = {passage.row.id: passage.row for passage in found}
        return [rows[id_] for id_ in ids]

    def passages_of(self, reader: Reader, document_id: str) -> list[PassageRow]:
        """Return all passages of a document in order; InputError when there is none for this reader."""
        with self._database.reading() as connection:
            number = self._number(connection, reader, document_id)
            return [passage.row for passage in documents.passages_of(connection, number)]

    def summary(self, reader: Reader) -> Summary:
        """Return what the documents that a reader may see come to."""
        with self._database.reading() as connection:
            return documents.read_summary(connection, self._numbers(connection, reader, ANY))

    def roots(self, reader: Reader) -> list[RootRow]:
        """Return the folders and files that a reader has added, all of them to the operator."""
        with self._database.reading() as connection:
            rows = documents.read_roots(connection)
        return [row for row in rows if reader.reads_all or row.owner in reader.principals]

    def warnings(self, reader: Reader, document_id: str) -> tuple[str, ...]:
        """Return what was noticed when a document was read, or why it could not be."""
        with self._database.reading() as connection:
            number = self._number(connection, reader, document_id)
            detail, warnings = connection.execute(
                "SELECT detail, warnings FROM documents WHERE number = ?", (number,)
            ).fetchone()
        return tuple(([detail] if detail else []) + json.loads(warnings))

    def problems(self) -> list[str]:
        """Return in words what is damaged in the database; nothing when all is whole."""
        return self._database.problems()

    # What caches and rankings are built on

    def all_passages(self) -> PassageTable:
        """Return all passages as arrays, whoever may read them: for caches and masks alone."""
        with self._database.reading() as connection:
            revision = _revision(connection)
            with self._lock:
                table = self._table
            if table is None or table.revision != revision:
                table = read_table(connection, revision)
                with self._lock:
                    self._table = table
        return table

    def allowed_passages(self, reader: Reader, filters: Filters = ANY) -> Bool[np.ndarray, " passages"]:
        """Return which of `all_passages` a reader may see and wants; call both in one `snapshot`.

        A language is that of the passage itself, not of most of its document.
        """
        with self._database.reading() as connection:
            table = self.all_passages()
            allowed = self._numbers(connection, reader, replace(filters, languages=()))
        return table.mask(allowed, filters.languages)

    def every_passage(self, after: int = 0) -> Iterator[NumberedPassage]:
        """Yield (number, passage) in the order of `all_passages` from after a number on: for caches alone.

        What is committed meanwhile is seen, except inside a `snapshot`.
        """
        while True:
            with self._database.reading() as connection:
                found = documents.passages_after(connection, after, _AT_ONCE)
            yield from found
            if len(found) < _AT_ONCE:
                return
            after = found[-1].number

    def store_vectors(self, embedder_digest: str, rows: Sequence[tuple[str, bytes]]) -> int:
        """Keep vectors (little-endian halves) by passage id, durably, and return how many.

        Passages that are gone are left out. Raises InputError when lengths differ.
        """
        with self._database.writing() as connection:
            return vectors.put_vectors(connection, embedder_digest, rows)

    def missing_vectors(self, embedder_digest: str, limit: int, after: int = 0) -> list[NumberedPassage]:
        """Return the next passages (after a number) that an embedder has no vector for: for caches alone."""
        with self._database.reading() as connection:
            numbers = vectors.missing_numbers(connection, embedder_digest, after, limit)
            return documents.passages_by_number(connection, numbers)

    def n_vectors(self, embedder_digest: str) -> int:
        """Return how many passages have a vector; with `revision` it tells which ones."""
        with self._database.reading() as connection:
            return vectors.count_vectors(connection, embedder_digest)

    def vectors(self, embedder_digest: str, after: int = 0) -> vectors.Vectors:
        """Return all vectors of an embedder by the numbers of their passages, from after one on."""
        with self._database.reading() as connection:
            return vectors.read_vectors(connection, embedder_digest, after)

    # Permission

    def _numbers(self, connection: Connection, reader: Reader, filters: Filters) -> Numbers:
        """Return the numbers of allowed documents; the same question at the same revision is asked once.

        Never after a change in the same transaction: a revision that is rolled back comes again.
        """
        key = _Allowed(_revision(connection), reader, filters)
        with self._lock:
            known = self._allowed.get(key)
        if known is not None:
            return known
        numbers = allowed_documents(connection, reader, filters)
        numbers.flags.writeable = False
        with self._lock:
            self._allowed[key] = numbers
            while len(self._allowed) > _KEPT_ANSWERS:
                self._allowed.popitem(last=False)
        return numbers

    def _number(self, connection: Connection, reader: Reader, document_id: str) -> int:
        number = documents.document_number(connection, document_id)
        if number is None or not _holds(self._numbers(connection, reader, ANY), number):
            raise no_such_document(document_id)
        return number


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that may not be looked into
        return False


def _holds(numbers: Numbers, number: int) -> bool:
    position = int(np.searchsorted(numbers, number))
    return position < len(numbers) and bool(numbers[position] == number)


def _revision(connection: Connection) -> int:
    (revision,) = connection.execute("SELECT value FROM settings WHERE name = 'revision'").fetchone()
    return int(revision)
