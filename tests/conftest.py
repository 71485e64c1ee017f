"""What holds for every test: no way to other machines, and one thread for arithmetic."""

import os
from collections.abc import Iterator

import pytest

from tests import network_guard

# Before torch is imported: tiny tensors gain nothing from more threads, workers do not fight over the cores,
# and sums are taken in the same order everywhere.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

network_guard.install()


@pytest.fixture(autouse=True)
def outside_attempts() -> Iterator[list[str]]:
    """Fail a test that tried to reach another machine, even where the refusal was swallowed."""
    network_guard.attempts.clear()
    yield network_guard.attempts
    assert not network_guard.attempts, f"tried to reach other machines: {network_guard.attempts}"
