"""How long steps take: by the GPU's own clock where there is one, else by the wall and the processor."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from mypt.bench.limits import synchronize


@dataclass(frozen=True)
class Spread:
    """Where the middle of many measurements lies, and where most of them."""

    median: float
    p10: float
    p90: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of at least one measurement."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        tenths = statistics.quantiles(values, n=10, method="inclusive")
        return cls(statistics.median(values), tenths[0], tenths[-1])


class StepTimer:
    """Times one kind of work again and again; on a GPU without ever waiting for it."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._events: list[tuple[torch.cuda.Event, torch.cuda.Event]] = []
        self._wall: list[float] = []
        self.processor: list[float] = []
        """Seconds of all processors together, by step."""

    def time(self, work: Callable[[], object]) -> None:
        """Do the work once, and remember how long it took."""
        if self._device.type == "cuda":
            self._time_on_gpu(work)
            return
        wall, processor = time.perf_counter(), time.process_time()
        work()
        self._wall.append(time.perf_counter() - wall)
        self.processor.append(max(time.process_time() - processor, 1e-9))  # coarse on some systems

    def seconds(self) -> list[float]:
        """Return the seconds of each step, when all of them are done."""
        synchronize(self._device)
        return self._wall or [start.elapsed_time(end) / 1e3 for start, end in self._events]

    def _time_on_gpu(self, work: Callable[[], object]) -> None:
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        work()
        end.record()
        self._events.append((start, end))


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """Return how long something takes by the wall, the GPU's part of it included."""
    synchronize(device)
    start = time.perf_counter()
    work()
    synchronize(device)
    return time.perf_counter() - start
