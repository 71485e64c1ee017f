"""Calls that take too long are given up, and the next one still works."""

import threading

import pytest

from mypt.agent.deadline import Worker
from mypt.errors import ToolFailed


def test_a_result_and_an_error_come_through() -> None:
    worker = Worker()

    assert worker.call(lambda: 3, 5, "three") == 3
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 // 0, 5, "division")
    worker.close()


def test_calls_run_in_one_thread_so_that_connections_are_kept() -> None:
    worker = Worker()

    names = {worker.call(threading.get_ident, 5, "id") for _ in range(3)}

    worker.close()
    assert len(names) == 1
    assert names != {threading.get_ident()}


def test_a_call_that_hangs_is_given_up_and_the_next_one_is_made() -> None:
    worker, release = Worker(), threading.Event()

    with pytest.raises(ToolFailed, match=r"sleep took longer than 0\.05 seconds"):
        worker.call(release.wait, 0.05, "sleep")

    assert worker.call(lambda: "next", 5, "next") == "next"
    release.set()
    worker.close()
