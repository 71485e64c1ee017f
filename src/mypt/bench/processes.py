"""What work costs: time by the wall and of all processors, and memory, child processes included."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import psutil

Made = TypeVar("Made")


@dataclass(frozen=True)
class Timing:
    """How long something took, of the wall and of all processors together."""

    wall_seconds: float
    processor_seconds: float


def timed(work: Callable[[], Made]) -> tuple[Made, Timing]:
    """Do something, and return its result and how long it took, ended child processes included."""
    wall, processor = time.perf_counter(), _processor_seconds()
    made = work()
    return made, Timing(time.perf_counter() - wall, _processor_seconds() - processor)


def peak_memory() -> int:
    """Return the most bytes that this process has held so far."""
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return int(memory.peak_wset)
    import resource  # not on Windows

    return _in_bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def peak_memory_of_children() -> int | None:
    """Return the most bytes that any ended child process has held; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    return _in_bytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _in_bytes(reported: int) -> int:
    return reported if platform.system() == "Darwin" else reported * 1024


def _processor_seconds() -> float:
    times = psutil.Process().cpu_times()
    return times.user + times.system + times.children_user + times.children_system
