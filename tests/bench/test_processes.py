"""What work costs is counted over this process and those it started."""

import subprocess
import sys

from mypt.bench.processes import peak_memory, peak_memory_of_children, timed

BUSY = "import time\nwhile time.process_time() < 0.3: pass"
LARGE = "data = b'1' * 80_000_000"


def test_what_is_timed_is_returned() -> None:
    made, timing = timed(lambda: sum(range(10**6)))

    assert made == sum(range(10**6))
    assert timing.processor_seconds > 0


def test_time_of_processes_that_ended_counts() -> None:
    _, timing = timed(lambda: subprocess.run([sys.executable, "-c", BUSY], check=True))

    assert timing.processor_seconds > 0.2


def test_the_most_memory_that_was_held_is_told() -> None:
    data = b"1" * 80_000_000
    held = peak_memory()
    del data

    assert held > 80_000_000
    assert peak_memory() >= held


def test_so_is_that_of_processes_that_ended() -> None:
    subprocess.run([sys.executable, "-c", LARGE], check=True)

    assert (peak_memory_of_children() or 0) > 80_000_000
