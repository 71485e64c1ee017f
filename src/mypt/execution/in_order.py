"""Tasks handed out in order, several at a time, up to the first that fails."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mypt.errors import MyptError
from mypt.execution.failure import Failure, raise_first
from mypt.execution.task import DONE_NAME, Task, remove_abandoned

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (tasks done, tasks in all)."""

_PATIENCE_S = 60.0
"""How long a network file system may hide what another machine wrote."""


@dataclass
class Tally:
    """How many of the tasks are done, told to whoever wants to know."""

    total: int
    progress: Progress | None
    done: int = 0

    def reach(self, done: int) -> None:
        """Say how many are done by now."""
        if done > self.done and self.progress is not None:
            self.progress(done, self.total)
        self.done = done


@contextmanager
def left_to_do(tasks: Sequence[Task], progress: Progress | None) -> Iterator[tuple[list[Task], Tally]]:
    """Yield, each once and in order, the tasks without a whole result, and the count of the others.

    What killed processes left half-made is removed before and after the block.
    """
    different = list({task.output: task for task in tasks}.values())
    tally = Tally(len(different), progress)
    stores = {task.store for task in different}
    try:
        _remove_abandoned(stores)
        yield _not_done(different, tally), tally
    finally:
        _remove_abandoned(stores)


def _not_done(tasks: Sequence[Task], tally: Tally) -> list[Task]:
    """Reading results is hashing, which threads do side by side."""
    left = []
    with ThreadPoolExecutor(usable_cores()) as threads:
        for task, is_done in zip(tasks, threads.map(Task.is_done, tasks), strict=True):
            tally.reach(tally.done + is_done)
            if not is_done:
                left.append(task)
    return left


def _remove_abandoned(stores: Iterable[Path]) -> None:
    for store in stores:
        remove_abandoned(store)


def run_in_order(
    tasks: Sequence[Task], n_at_a_time: int, attempt: Callable[[Task], Failure | None], tally: Tally
) -> None:
    """Attempt each task in a thread of its own; raises the error of the first, by its place, that failed.

    After a failure only those before it are finished: they alone can still be the first.
    """
    threads = ThreadPoolExecutor(n_at_a_time)
    try:
        futures = [threads.submit(attempt, task) for task in tasks]
        places = {future: place for place, future in enumerate(futures)}
        for future in as_completed(futures):
            if future.cancelled():
                continue
            if future.result() is None:
                tally.reach(tally.done + 1)
            else:
                for later in futures[places[future] + 1 :]:
                    later.cancel()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
    raise_first([future.result() for future in futures if not future.cancelled()])


def require_result(task: Task, patience_s: float = _PATIENCE_S) -> None:
    """Return when a result that another machine made can be seen here; MyptError when it does not show up."""
    deadline = time.monotonic() + patience_s
    while not (task.output / DONE_NAME).is_file():
        if time.monotonic() > deadline:
            raise MyptError(
                f"{task.output}: was made, but cannot be seen from here",
                hint="put the work folder on a file system that all machines share, under the same path",
            )
        if task.output.parent.is_dir():
            os.listdir(task.output.parent)  # noqa: PTH208  makes a network file system look again
        time.sleep(0.1)


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
