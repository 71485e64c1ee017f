"""What holds for every test: no way to other machines, and one thread for arithmetic."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import network_guard

# Before torch is imported: tiny tensors gain nothing from more threads, workers do not fight over the cores,
# and sums are taken in the same order everywhere.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

network_guard.install()

# The same examples on every machine and in every run; HYPOTHESIS_SEEDS=random looks for new ones.
# No test is timed.
hypothesis.settings.register_profile(
    "same", derandomize=os.environ.get("HYPOTHESIS_SEEDS") != "random", deadline=None
)
hypothesis.settings.load_profile("same")


@pytest.fixture(autouse=True)
def outside_attempts() -> Iterator[list[str]]:
    """Fail a test that tried to reach another machine, even where the refusal was swallowed."""
    network_guard.attempts.clear()
    yield network_guard.attempts
    assert not network_guard.attempts, f"tried to reach other machines: {network_guard.attempts}"


@pytest.fixture
def another_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on another file system than the test's own, where the machine has one."""
    memory = Path("/dev/shm")  # noqa: S108  # the one that most machines have
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has one disk")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)
