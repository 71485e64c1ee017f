"""Products use one thread inside, and what they used before outside."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]

from mypt.retrieval.blas_threads import one_thread_each


def threads() -> set[int]:
    """Return the threads of BLAS; one on OpenMP, as peers of ours bring, counts for each caller by itself."""
    found = (library for library in threadpool_info() if library["user_api"] == "blas")
    return {library["num_threads"] for library in found if library.get("threading_layer") != "openmp"}


@pytest.fixture(autouse=True)
def _two_threads() -> object:
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(limits=2, user_api="blas"):
        if threads() != {2}:
            pytest.skip("this build of BLAS has one thread")
        yield


def test_one_thread_inside_and_as_before_outside() -> None:
    with one_thread_each():
        inside = threads()

    assert (inside, threads()) == ({1}, {2})


def test_an_error_inside_puts_it_back() -> None:
    with pytest.raises(ZeroDivisionError), one_thread_each():
        1 / 0  # noqa: B018

    assert threads() == {2}


def test_the_last_of_several_callers_puts_it_back() -> None:
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with one_thread_each():
            entered.set()
            leave.wait(10)

    caller = threading.Thread(target=other)
    with one_thread_each():
        caller.start()
        entered.wait(10)
    while_other_is_inside = threads()
    leave.set()
    caller.join()

    assert (while_other_is_inside, threads()) == ({1}, {2})
