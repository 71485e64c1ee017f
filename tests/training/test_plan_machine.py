"""Where a run would go: the peak and the share of it, each with its origin."""

import pytest

from mypt.errors import ConfigError
from mypt.training.devices import DEVICES
from mypt.training.plan_machine import DATA_SHEET, GPU_SHARE, GPU_SHARE_ORIGIN, named_machine


def test_a_named_device_has_its_data_sheet_and_an_assumed_share() -> None:
    machine = named_machine("h100", "auto", n_processes=8)

    assert (machine.precision, machine.n_processes, machine.is_gpu, machine.has_fp8) == (
        "bf16",
        8,
        True,
        True,
    )
    assert (machine.peak_flops, machine.peak_origin) == (989.5e12, DATA_SHEET)
    assert (machine.mfu, machine.mfu_origin) == (GPU_SHARE, GPU_SHARE_ORIGIN)
    assert machine.memory_bytes == DEVICES["h100"].memory_bytes


def test_the_peak_is_that_of_the_precision() -> None:
    assert named_machine("a100", "fp32").peak_flops == 19.5e12
    assert named_machine("a100", "fp16").peak_flops == 312e12


def test_a_given_share_says_that_it_was_given() -> None:
    machine = named_machine("h100", "bf16", mfu=0.5)

    assert (machine.mfu, machine.mfu_origin) == (0.5, "given with --mfu")


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ConfigError, match="no such device"):
        named_machine("toaster", "auto")
