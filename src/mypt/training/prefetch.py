"""Micro-batches made ahead on a thread of their own, so that a step does not wait for data."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

from mypt.dataset.batch import Batch, BatchSource

T = TypeVar("T")


class Prefetcher(Generic[T]):
    """Iterates over prepared micro-batches, at most `depth` of them made ahead; a context manager.

    `prepare` runs on the thread, which has no current CUDA device of its own choice: name
    the device with its number. What the thread raises is raised where its batch is taken.
    """

    def __init__(
        self, source: BatchSource, indices: Iterable[int], prepare: Callable[[Batch], T], depth: int = 2
    ) -> None:
        self.waited = 0.0
        """Seconds that the consumer has waited for batches in all."""
        self._source = source
        self._indices = iter(indices)
        self._prepare = prepare
        self._depth = depth
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches")
        self._coming: deque[Future[T]] = deque()

    def __enter__(self) -> "Prefetcher[T]":
        self._fill()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        """Return the next batch, which may have to be waited for."""
        self._fill()
        if not self._coming:
            raise StopIteration
        coming = self._coming.popleft()
        self._fill()  # the thread goes on while this one waits
        started = time.perf_counter()
        try:
            return coming.result()
        finally:
            self.waited += time.perf_counter() - started

    def close(self) -> None:
        """Drop what was made ahead, and end the thread after the batch that it is making."""
        self._indices = iter(())
        self._coming.clear()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _fill(self) -> None:
        while len(self._coming) < self._depth:
            try:
                index = next(self._indices)
            except StopIteration:
                return
            self._coming.append(self._thread.submit(self._make, index))

    def _make(self, index: int) -> T:
        return self._prepare(self._source.batch(index))
