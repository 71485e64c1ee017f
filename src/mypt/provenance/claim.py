"""One process at a time makes what lies at a path."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from mypt.errors import InputError
from mypt.files import storage_errors


@contextmanager
def claimed(target: Path) -> Iterator[None]:
    """Hold a path for this process while the block runs.

    A claim ends with its process, so one that a kill left behind holds nothing.
    Raises InputError while another living process holds the path.
    """
    claim = _claim_on(target)
    with storage_errors(target):
        claim.parent.mkdir(parents=True, exist_ok=True)
        _take(claim, target)
    try:
        yield
    finally:
        claim.unlink(missing_ok=True)


def drop_dead_claim(target: Path) -> None:
    """Remove the claim of a process that was killed, if there is one."""
    claim = _claim_on(target)
    if claim.exists() and not _is_held(claim):
        claim.unlink(missing_ok=True)


def _claim_on(target: Path) -> Path:
    return target.with_name(f".{target.name}.claim")


def _take(claim: Path, target: Path) -> None:
    while not _created(claim):
        if _is_held(claim):
            raise InputError(
                f"{target}: another process is writing it",
                hint="wait until it is done, or choose another folder with --out",
            )
        claim.unlink(missing_ok=True)


def _created(claim: Path) -> bool:
    """Create the file unless there is one: of several processes, one succeeds."""
    try:
        with claim.open("x", encoding="ascii") as file:
            file.write(_name_of(psutil.Process()))
    except FileExistsError:
        return False
    return True


def _is_held(claim: Path) -> bool:
    """Say whether the process that took the claim still lives; numbers of processes are used again."""
    try:
        holder = claim.read_text(encoding="ascii")
        process = psutil.Process(int(holder.partition(" ")[0]))
        return _name_of(process) == holder
    except (OSError, ValueError, psutil.Error):
        return False


def _name_of(process: psutil.Process) -> str:
    return f"{process.pid} {process.create_time()}"
