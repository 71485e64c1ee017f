"""Devices by name, and by what their driver calls them."""

import pytest

from mypt.errors import ConfigError
from mypt.training.devices import DEVICES, device_named, device_reported


def test_an_h100_has_the_rate_of_dense_products_and_not_the_sparse_one() -> None:
    h100 = device_named("h100")

    assert h100.flops("bf16") == pytest.approx(989.5e12)
    assert h100.flops("fp16") == h100.flops("bf16")
    assert h100.flops("fp32") == pytest.approx(66.9e12)


@pytest.mark.parametrize("name", DEVICES)
def test_sixteen_bits_are_faster_than_thirty_two_and_memory_is_there(name: str) -> None:
    device = device_named(name)

    assert (device.name, device.is_gpu) == (name, True)
    assert device.bf16_flops > device.fp32_flops > 1e13
    assert 16 * 2**30 < device.memory_bytes < 256 * 2**30
    assert device.bandwidth is not None
    assert 1e11 < device.bandwidth < 1e13


def test_a_wrong_name_gets_the_nearest_and_the_list() -> None:
    with pytest.raises(ConfigError, match="did you mean `h100`") as caught:
        device_named("H100s")

    assert "a100-40gb" in caught.value.hint


def test_a_driver_s_name_finds_its_row() -> None:
    found = {
        "NVIDIA H100 80GB HBM3": "h100",
        "NVIDIA H100 PCIe": "h100-pcie",
        "NVIDIA GH200 480GB": "gh200",
        "NVIDIA A100-SXM4-40GB": "a100-40gb",
        "NVIDIA A100 80GB PCIe": "a100",
        "NVIDIA GeForce RTX 4090": "rtx4090",
    }

    assert {name: device_reported(name) for name in found} == {n: DEVICES[key] for n, key in found.items()}


@pytest.mark.parametrize("name", ["NVIDIA GB200", "NVIDIA A10G", "NVIDIA GeForce RTX 4090 D"])
def test_a_device_that_only_resembles_one_is_not_taken_for_it(name: str) -> None:
    assert device_reported(name) is None
