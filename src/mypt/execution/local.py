"""Tasks in processes of this machine."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import TypeAlias

from mypt.execution.failure import Failure, lost
from mypt.execution.in_order import Progress, left_to_do, run_in_order
from mypt.execution.task import Task

_ONE_THREAD_EACH = dict.fromkeys(("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
"""Workers share the cores by their number; the threads of libraries would only get in the way."""

_Worker: TypeAlias = "subprocess.Popen[str]"


@dataclass
class LocalRunner:
    """Runs tasks in this process, or several at a time in others, which stay until it is closed."""

    n_workers: int
    patience: float = 0.0
    """Seconds that this process works alone: small work is done before others have started."""
    _workers: list[_Worker] = field(default_factory=list)

    def __enter__(self) -> "LocalRunner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_workers()

    def run(self, tasks: Sequence[Task], progress: Progress | None = None) -> None:
        """Run every task; those whose results are there cost one check."""
        with left_to_do(tasks, progress) as (left, tally):
            started = time.monotonic()
            patience = 0.0 if self._workers else self.patience
            while left and (self._is_alone(left) or time.monotonic() - started < patience):
                with redirect_stdout(sys.stderr):
                    left.pop(0).run()
                tally.reach(tally.done + 1)
            if not left:
                return
            free: SimpleQueue[_Worker] = SimpleQueue()
            try:
                for worker in self._start_workers(min(self.n_workers, len(left))):
                    free.put(worker)
                run_in_order(left, free.qsize(), partial(_attempt_in, free), tally)
            except BaseException:
                self._end_workers(at_once=True)
                raise

    def _is_alone(self, left: Sequence[Task]) -> bool:
        return self.n_workers == 1 or len(left) == 1

    def _start_workers(self, n_workers: int) -> list[_Worker]:
        """Return that many, of which some may be there already."""
        for _ in range(n_workers - len(self._workers)):
            worker = subprocess.Popen(
                [sys.executable, "-m", "mypt.execution.worker"], env={**os.environ, **_ONE_THREAD_EACH},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            )  # fmt: skip
            self._workers.append(worker)
        return self._workers[:n_workers]

    def _end_workers(self, *, at_once: bool = False) -> None:
        """The end of its input ends a worker; so does our own death, however it comes."""
        for worker in self._workers:
            if at_once:
                worker.kill()
            for pipe in (worker.stdin, worker.stdout):
                with suppress(OSError):
                    pipe and pipe.close()
        for worker in self._workers:
            worker.wait()
        self._workers = []


def _attempt_in(free: SimpleQueue[_Worker], task: Task) -> Failure | None:
    """Run a task in the next free process, and return its error or what the death of that process means."""
    worker = free.get()
    answer = _ask(worker, json.dumps(task.to_row()))
    free.put(worker)
    if not answer:
        return _death(task, worker.wait())
    values = json.loads(answer)
    return Failure(**values) if values else None


def _ask(worker: _Worker, line: str) -> str:
    """Return the answer of a worker; nothing when it is dead."""
    if worker.stdin is None or worker.stdout is None:
        return ""
    try:
        worker.stdin.write(line + "\n")
        worker.stdin.flush()
        return worker.stdout.readline()
    except (OSError, ValueError):
        return ""


def _death(task: Task, code: int) -> Failure:
    """An exception that is not ours ends Python with code 1; a signal is a code below zero."""
    if code == 1:
        return Failure("MyptError", f"{task.function} ran into a bug; its traceback is above", "")
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    return lost(task, f"its process {how}")
