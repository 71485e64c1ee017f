"""Walk, read, store: the next file is read while the last one is written, and each is kept by itself."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from mypt.files import sha256_bytes
from mypt.workspace.changes import delete_origin, excluded, known_files, put_document, touch
from mypt.workspace.database import Database
from mypt.workspace.ingest import Document, Extracting, FileState, Known, read_file
from mypt.workspace.roots import Start, read_all
from mypt.workspace.rows import Added
from mypt.workspace.walk import Found, Walk, is_real, walk

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (files done, files in all)."""
OpenExtractor: TypeAlias = Callable[[], AbstractContextManager[Extracting]]

_AHEAD = 2
"""Documents that are read and wait to be written."""


@dataclass(frozen=True)
class Look:
    """One place, walked, and what was known of it."""

    start: Start
    walk: Walk
    known: dict[str, Known]
    is_missing: bool = False
    """Whether the place itself is not there."""


def look(database: Database, starts: Sequence[Start]) -> list[Look]:
    """Return what lies at each place, without what was removed by name, and without the workspace itself."""
    with database.reading() as connection:
        others = {root.path for root in read_all(connection)} | {database.path.parent.resolve()}
        looks = []
        for start in starts:
            known = known_files(connection, start.root.number)
            if is_real(start.path):
                found = walk(start.path, start.root.path, start.root.name, frozenset(others))
                barred = excluded(connection, start.root.number)
                found.found = [one for one in found.found if sha256_bytes(one.origin.encode()) not in barred]
                looks.append(Look(start, found, known))
            else:
                # A file that is gone is gone; a folder may lie on a disk that is not mounted.
                is_file = set(known) == {start.root.name} and start.path.parent.exists()
                looks.append(Look(start, Walk(), known, is_missing=not is_file))
    return looks


def add_all(
    database: Database, looks: Sequence[Look], open_extractor: OpenExtractor, *, retry: bool,
    progress: Progress | None,
) -> Iterator[Added]:  # fmt: skip
    """Yield what became of each file, once it is on disk."""
    total, done = sum(len(one.walk.found) for one in looks), 0
    with open_extractor() as extracting:
        for one in looks:
            for found, result in _read_ahead(one, extracting, retry=retry):
                yield _store(database, one.start.root.number, found, result)
                done += 1
                if progress is not None:
                    progress(done, total)
            yield from _skipped(one)


_Read: TypeAlias = Document | FileState | None


def _read_ahead(one: Look, extracting: Extracting, *, retry: bool) -> Iterator[tuple[Found, _Read]]:
    waiting: deque[tuple[Found, Future[_Read]]] = deque()
    with ThreadPoolExecutor(1) as thread:
        try:
            for found in one.walk.found:
                known = one.known.get(found.origin)
                waiting.append((found, thread.submit(read_file, found, known, extracting, retry=retry)))
                if len(waiting) > _AHEAD:
                    first, result = waiting.popleft()
                    yield first, result.result()
            while waiting:
                first, result = waiting.popleft()
                yield first, result.result()
        finally:
            thread.shutdown(wait=True, cancel_futures=True)


def _store(database: Database, root: int, found: Found, result: _Read) -> Added:
    if isinstance(result, Document):
        with database.writing() as connection:
            return put_document(connection, root, result)
    if result is not None:
        with database.writing() as connection:
            touch(connection, found.origin, result)
    return Added(found.origin, "unchanged")


def _skipped(one: Look) -> Iterator[Added]:
    if one.is_missing:
        yield Added(
            one.start.origin, "failed", reason="not readable: it is not there; its documents are kept"
        )
    if one.walk.n_hidden:
        yield Added(one.start.origin, "skipped", reason=f"{one.walk.n_hidden} hidden files and folders")
    if one.walk.n_links:
        yield Added(one.start.origin, "skipped", reason=f"{one.walk.n_links} links to what is read anyway")


def remove_gone(database: Database, looks: Sequence[Look]) -> Iterator[Added]:
    """Remove the documents whose files are gone, and yield them.

    Where a folder cannot be looked into, or is not there at all as a disk that is not mounted,
    nothing is known to be gone and all stays.
    """
    for one in looks:
        if one.is_missing:
            continue
        there = {found.origin for found in one.walk.found}
        closed = tuple(f"{found.origin}/" for found in one.walk.found if found.is_folder)
        gone = [
            origin for origin in sorted(one.known) if origin not in there and not origin.startswith(closed)
        ]
        for origin in gone:
            with database.writing() as connection:
                delete_origin(connection, origin)
            yield Added(origin, "removed")
