"""One piece of work that fills one folder, whoever runs it and however often it was killed before."""

import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import psutil

from mypt.files import canonical_json, sha256_bytes, sha256_file, storage_errors

DONE_NAME = "done.json"
STAGING_NAME = "half-made"
"""Where, in a store, folders are filled; each is named after the process that fills it."""

TASK_MEMORY = 2**30
"""What one task needs at most, in bytes; the steps cut their inputs to fit."""

_ABANDONED_S = 7 * 24 * 3600.0
"""A folder of another machine that nobody touched for so long is nobody's."""

Work: TypeAlias = Callable[[Mapping[str, Any], Path], None]
"""What a task calls: (arguments, folder to fill)."""


@dataclass(frozen=True)
class Task:
    """A function by its name, its arguments as JSON values, and where results are kept."""

    function: str
    """`module:function`, a `Work`."""
    arguments: Mapping[str, Any]
    """All that the function reads and that may differ from machine to machine, such as paths."""
    depends_on: object
    """All that the result depends on, as JSON values: digests of what is read, settings, versions."""
    store: Path

    @cached_property
    def key(self) -> str:
        """Return the digest that names the result."""
        return sha256_bytes(canonical_json({"function": self.function, "depends_on": self.depends_on}))

    @property
    def output(self) -> Path:
        """Return the folder of the result."""
        return self.store / self.function.rpartition(":")[0].rpartition(".")[2] / self.key

    def is_done(self) -> bool:
        """Say whether the result is there and whole; one that is damaged is removed."""
        if not self.output.exists():
            return False
        if _is_whole(self.output):
            return True
        with storage_errors(self.store):
            _remove(self.output, self.store)
        return False

    def run(self) -> None:
        """Compute the result unless it is there; raises what the function raises, and StorageFull."""
        if self.is_done():
            return
        remove_abandoned(self.store)
        with storage_errors(self.store):
            staging = make_staging(self.store, self.key)
            try:
                _resolve(self.function)(self.arguments, staging)
                _seal(staging)
                _move(staging, self.output)
            finally:
                shutil.rmtree(staging, ignore_errors=True)

    def to_row(self) -> dict[str, Any]:
        """Return what another process needs to run the task."""
        return {
            "function": self.function,
            "arguments": dict(self.arguments),
            "depends_on": self.depends_on,
            "store": self.store.as_posix(),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Task":
        """Return the task of a row."""
        return cls(row["function"], row["arguments"], row["depends_on"], Path(row["store"]))


def make_staging(store: Path, name: str) -> Path:
    """Return a new empty folder in a store, whose name says which process it belongs to."""
    staging = _staging_path(store, name)
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    return staging


def remove_abandoned(store: Path) -> None:
    """Remove what killed processes left half-made in a store, and nothing that a living one may need."""
    for folder in sorted((store / STAGING_NAME).glob("*")):
        with suppress(OSError):  # another process may remove it too, or it may be another user's
            if _is_abandoned(folder):
                _remove(folder, store)


def _staging_path(store: Path, name: str) -> Path:
    return store / STAGING_NAME / f"{name}.{os.getpid()}.{_here()}"


def _is_abandoned(folder: Path) -> bool:
    """Numbers of processes mean something on one machine only; elsewhere, age has to do."""
    if not folder.name.endswith(f".{_here()}"):
        return time.time() - folder.stat().st_mtime > _ABANDONED_S
    try:
        return psutil.Process(int(folder.name.split(".")[1])).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _here() -> str:
    """Name what gives processes their numbers: a machine, or a container that shares its name."""
    namespace = Path("/proc/self/ns/pid")
    return f"{platform.node()}-{namespace.stat().st_ino if namespace.exists() else 0}"


def _remove(folder: Path, store: Path) -> None:
    """Take a folder away in one step, so that nobody meets half of it, then delete it."""
    grave = _staging_path(store, f"removed-{folder.name.partition('.')[0]}")
    grave.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        folder.rename(grave)
    grave.unlink() if grave.is_file() else shutil.rmtree(grave, ignore_errors=True)


def _resolve(function: str) -> Work:
    module, _, name = function.partition(":")
    return getattr(import_module(module), name)


def _is_whole(folder: Path) -> bool:
    try:
        listed = json.loads((folder / DONE_NAME).read_bytes())
        return all(sha256_file(folder / name) == digest for name, digest in listed.items())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, AttributeError):
        return False


def _seal(folder: Path) -> None:
    """List the digests of the files, last. No fsync: `is_done` finds what a power cut has torn."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    (folder / DONE_NAME).write_bytes(canonical_json({name: sha256_file(folder / name) for name in names}))


def _move(staging: Path, output: Path) -> None:
    """Another process may have been first; its result is the same."""
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        staging.rename(output)
    except OSError:
        if not (output / DONE_NAME).is_file():
            raise
