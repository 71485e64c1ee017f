"""An error of ours as plain values, which any pipe between processes can carry."""

from collections.abc import Iterable
from dataclasses import dataclass

from mypt import errors
from mypt.errors import MyptError
from mypt.execution.task import Task


@dataclass(frozen=True)
class Failure:
    """What a task raised."""

    kind: str
    message: str
    hint: str


def attempt(task: Task) -> Failure | None:
    """Run a task and return its error, if it is one of ours; any other is a bug and is raised."""
    try:
        task.run()
    except MyptError as error:
        kind = next(base.__name__ for base in type(error).__mro__ if base.__name__ in vars(errors))
        return Failure(kind, error.message, error.hint)
    return None


def raise_first(failures: Iterable[Failure | None]) -> None:
    """Raise the error of the first task that failed, in the order of the tasks."""
    for failure in failures:
        if failure is not None:
            raise getattr(errors, failure.kind)(failure.message, failure.hint)


def lost(task: Task, how: str) -> Failure:
    """Return what to say of a task whose process ended without an answer."""
    return Failure(
        "MyptError",
        f"{task.function}: {how}, most likely for want of memory",
        "allow fewer at a time with --memory-gb or --workers; what is done is kept",
    )
