"""Batches come in order, ahead of time, from another thread, with its errors and without its remains."""

import itertools
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from mypt.dataset.batch import Batch
from mypt.errors import InputError
from mypt.training.prefetch import Prefetcher


class CountingSource:
    """Batches that hold their own index; remembers which were made, and on which threads."""

    def __init__(self, seconds: float = 0.0, breaks_at: int = -1) -> None:
        self.seconds, self.breaks_at = seconds, breaks_at
        self.made: list[int] = []
        self.threads: set[str] = set()

    def batch(self, index: int) -> Batch:
        time.sleep(self.seconds)
        self.threads.add(threading.current_thread().name)
        if index == self.breaks_at:
            raise InputError(f"batch {index} is broken")
        self.made.append(index)
        ids = np.full((1, 2), index, dtype=np.int64)
        return Batch(ids, ids, np.ones((1, 2), dtype=np.float32))


def number(batch: Batch) -> int:
    return int(batch.inputs[0, 0])


def wait_until(source: CountingSource, n_made: int) -> None:
    deadline = time.perf_counter() + 10
    while len(source.made) < n_made and time.perf_counter() < deadline:
        time.sleep(0.001)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def test_prepared_batches_come_in_the_order_of_their_indices() -> None:
    source = CountingSource()

    with Prefetcher(source, [4, 2, 9, 9], number) as batches:
        assert list(batches) == [4, 2, 9, 9]

    assert source.threads == {"batches_0"}


def test_at_most_depth_batches_are_made_ahead() -> None:
    source = CountingSource()

    with Prefetcher(source, itertools.count(), number, depth=2) as batches:
        wait_until(source, 2)
        time.sleep(0.02)
        assert source.made == [0, 1]
        assert next(batches) == 0
        wait_until(source, 3)
        time.sleep(0.02)
        assert source.made == [0, 1, 2]


def test_what_breaks_on_the_thread_is_raised_at_its_batch() -> None:
    with Prefetcher(CountingSource(breaks_at=2), range(5), number) as batches:
        assert [next(batches), next(batches)] == [0, 1]
        with pytest.raises(InputError, match="batch 2 is broken"):
            next(batches)


def test_closing_early_drops_what_was_to_come() -> None:
    source = CountingSource(seconds=0.02)

    with Prefetcher(source, itertools.count(), number, depth=50) as batches:
        first = next(batches)

    assert first == 0
    assert len(source.made) < 10
    assert list(batches) == []


def test_an_error_of_the_consumer_ends_the_thread() -> None:
    def consume() -> None:
        with Prefetcher(CountingSource(), itertools.count(), number) as batches:
            next(batches)
            raise ValueError("the step failed")

    with pytest.raises(ValueError, match="the step failed"):
        consume()


def test_only_waiting_counts_as_waiting() -> None:
    slow, ready = CountingSource(seconds=0.05), CountingSource()

    with Prefetcher(slow, range(3), number) as batches:
        assert list(batches) == [0, 1, 2]
        waited_for_slow = batches.waited
    with Prefetcher(ready, range(2), number) as batches:
        wait_until(ready, 2)
        time.sleep(0.1)
        assert list(batches) == [0, 1]

    assert waited_for_slow > 0.1  # the thread needed 0.15 s and the consumer nothing
    assert batches.waited < waited_for_slow
