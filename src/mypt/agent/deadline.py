"""A thread for calls that are given up after some time."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from mypt.errors import ToolFailed

T = TypeVar("T")

_Outcome = SimpleQueue[tuple[Any, BaseException | None]]
_Job = tuple[Callable[[], Any], _Outcome]


class Worker:
    """Runs one call at a time, always in the same thread, as long as none hangs.

    Python cannot end a thread. One that hangs is left behind as a daemon: what it gives later is
    dropped, and the next call gets a new one.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job | None] | None = None
        self._lock = threading.Lock()

    def call(self, call: Callable[[], T], seconds: float, what: str) -> T:
        """Return what a call returns or raise what it raises; ToolFailed when it takes too long."""
        outcome: _Outcome = SimpleQueue()
        with self._lock:
            self._running().put((call, outcome))
            try:
                result, error = outcome.get(timeout=seconds)
            except Empty:
                self.close()
                message = f"{what} took longer than {seconds:g} seconds"
                raise ToolFailed(message, hint="ask for less") from None
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        """Let the thread end when it can."""
        if self._jobs is not None:
            self._jobs.put(None)
            self._jobs = None

    def _running(self) -> "SimpleQueue[_Job | None]":
        if self._jobs is None:
            self._jobs = SimpleQueue()
            threading.Thread(target=_work, args=(self._jobs,), name="tools", daemon=True).start()
        return self._jobs


def _work(jobs: "SimpleQueue[_Job | None]") -> None:
    while (job := jobs.get()) is not None:
        call, outcome = job
        try:
            outcome.put((call(), None))
        except BaseException as error:  # noqa: BLE001  # raised again in the thread that waits
            outcome.put((None, error))
