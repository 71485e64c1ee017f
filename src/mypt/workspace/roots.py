"""Folders and files that were added: which ones there are, and under which names."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mypt.errors import InputError
from mypt.files import canonical_json
from mypt.workspace.changes import put_readers_below, readmit
from mypt.workspace.permissions import check_owner, check_readers
from mypt.workspace.walk import origin_of, readable_name


@dataclass(frozen=True, slots=True)
class Root:
    """A folder or file that is walked."""

    number: int
    name: str
    path: Path
    owner: str


@dataclass(frozen=True, slots=True)
class Start:
    """Where a walk begins: at a root, or somewhere in it."""

    root: Root
    path: Path

    @property
    def origin(self) -> str:
        """Return what the place is called in the workspace."""
        return origin_of(self.path, self.root.path, self.root.name)


def read_all(connection: sqlite3.Connection) -> list[Root]:
    """Return all roots in the order in which they were added."""
    rows = connection.execute("SELECT number, name, path, owner FROM roots ORDER BY number")
    return [Root(number, name, Path(os.fsdecode(path)), owner) for number, name, path, owner in rows]


def resolve(paths: Sequence[Path]) -> list[Path]:
    """Return real paths, each once, without those below another; InputError for one that is not there."""
    real: list[Path] = []
    for path in paths:
        try:
            found = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            reason = getattr(error, "strerror", "") or str(error)
            raise InputError(f"{path}: cannot be added: {reason}", hint="name a file or a folder") from error
        real.append(found)
    return [
        path
        for number, path in enumerate(real)
        if path not in real[:number] and not any(other in real for other in path.parents)
    ]


def register(
    connection: sqlite3.Connection, paths: Sequence[Path], owner: str, readers: Sequence[str] | None
) -> list[Start]:
    """Return where to walk; what lies in no root becomes one.

    Readers that are given also hold for what is known there already, which is its owner's to say.
    """
    check_owner(owner)
    names = None if readers is None else check_readers(readers)
    return [_start(connection, path, owner, names) for path in paths]


def _start(connection: sqlite3.Connection, path: Path, owner: str, readers: Sequence[str] | None) -> Start:
    above = [root for root in read_all(connection) if path.is_relative_to(root.path)]
    if not above:
        return Start(_insert(connection, path, owner, readers or ()), path)
    start = Start(max(above, key=lambda root: len(root.path.parts)), path)
    if path.is_file():
        readmit(connection, start.root.number, start.origin)
    if readers is None:
        return start
    if owner != start.root.owner:
        raise InputError(
            f"{path}: was added by another user, who says who reads it", hint="add it without readers"
        )
    if path == start.root.path:
        put_root_readers(connection, start.root, readers)
    else:
        put_readers_below(connection, start.root.number, start.origin, readers)
    return start


def put_root_readers(connection: sqlite3.Connection, root: Root, readers: Sequence[str]) -> None:
    """Say who may read all that is in a root and all that comes."""
    connection.execute("UPDATE roots SET readers = ? WHERE number = ?", (_json(readers), root.number))
    put_readers_below(connection, root.number, root.name, readers)


def _insert(connection: sqlite3.Connection, path: Path, owner: str, readers: Sequence[str]) -> Root:
    taken = {root.name for root in read_all(connection)}
    name = _free_name(path, taken)
    cursor = connection.execute(
        "INSERT INTO roots (name, path, owner, readers) VALUES (?, ?, ?, ?)",
        (name, os.fsencode(path), owner, _json(readers)),
    )
    return Root(int(cursor.lastrowid or 0), name, path, owner)


def _free_name(path: Path, taken: set[str]) -> str:
    """Two folders may have one name: the second is called NAME-2."""
    stem, suffix = (path.stem, path.suffix) if path.is_file() else (path.name or "root", "")
    number, name = 1, readable_name(stem + suffix)
    while name in taken:
        number += 1
        name = readable_name(f"{stem}-{number}{suffix}")
    return name


def _json(readers: Sequence[str]) -> str:
    return canonical_json(list(readers)).decode()
