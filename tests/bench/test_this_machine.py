"""The machine of these tests as one to plan for."""

import psutil
import pytest
import torch

from mypt.bench import limits
from mypt.bench import this_machine as module
from mypt.bench.mfu import Peak
from mypt.bench.this_machine import this_machine
from mypt.errors import ConfigError
from mypt.training.plan_machine import CPU_SHARE, CPU_SHARE_ORIGIN


@pytest.fixture(autouse=True)
def _small_products(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUICK_SIZE", 16)
    monkeypatch.setattr(limits, "_PRODUCTS", 1)


def test_a_processor_is_measured_and_its_share_is_assumed() -> None:
    machine = this_machine("cpu", "fp32", n_processes=2)

    assert (machine.is_gpu, machine.has_fp8, machine.precision, machine.n_processes) == (
        False,
        False,
        "fp32",
        2,
    )
    assert machine.memory_bytes == psutil.virtual_memory().total
    assert machine.peak_flops > 0
    assert "measured here" in machine.peak_origin
    assert (machine.mfu, machine.mfu_origin) == (CPU_SHARE, CPU_SHARE_ORIGIN)


def test_the_peak_is_the_one_that_benchmarks_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "peak_of", lambda *_, **__: Peak(7e10, "a test"))

    machine = this_machine("cpu", "bf16", mfu=0.7)

    assert (machine.precision, machine.peak_flops, machine.peak_origin) == ("bf16", 7e10, "a test")
    assert (machine.mfu, machine.mfu_origin) == (0.7, "given with --mfu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="no usable GPU"):
        this_machine("cuda", "auto")
