"""Devices that runs are planned for and measured against, by name, as one table.

Rates are dense: makers' sheets that count structured sparsity give twice as much.
Memory is what the device holds; the driver and the allocator keep a part of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mypt.config import did_you_mean
from mypt.errors import ConfigError

_GIB = 2**30
_TERA = 1e12


@dataclass(frozen=True)
class Device:
    """What one accelerator or processor can do at most."""

    name: str
    memory_bytes: int
    bf16_flops: float
    """FLOP/s of dense matrix products in bf16 or fp16 with sums in fp32."""
    fp32_flops: float
    """FLOP/s in true fp32, as products run when nothing is allowed to round."""
    bandwidth: float | None = None
    """Bytes per second between memory and processor."""
    has_fp8: bool = False
    """Whether it multiplies 8-bit numbers as `torch._scaled_mm` needs them."""
    is_gpu: bool = True

    def flops(self, precision: str) -> float:
        """Return the peak rate in fp32, or in a 16-bit precision."""
        return self.fp32_flops if precision == "fp32" else self.bf16_flops


def _gpu(name: str, gib: float, rates: tuple[float, float, float], *, has_fp8: bool = False) -> Device:
    bf16, fp32, bandwidth = rates
    return Device(
        name=name, memory_bytes=round(gib * _GIB), bf16_flops=bf16 * _TERA, fp32_flops=fp32 * _TERA,
        bandwidth=bandwidth * _TERA, has_fp8=has_fp8,
    )  # fmt: skip


# name, GiB, (dense bf16 TFLOP/s, fp32 TFLOP/s, TB/s); each row from its maker's sheet
_TABLE = (
    _gpu("h100", 80.0, (989.5, 66.9, 3.35), has_fp8=True),  # NVIDIA H100 data sheet, SXM5
    _gpu("h100-pcie", 80.0, (756.5, 51.0, 2.0), has_fp8=True),  # NVIDIA H100 data sheet, PCIe
    _gpu("h200", 141.0, (989.5, 66.9, 4.8), has_fp8=True),  # NVIDIA H200 data sheet, SXM
    _gpu("h100-nvl", 94.0, (835.5, 60.0, 3.9), has_fp8=True),  # NVIDIA H100 NVL data sheet
    _gpu("h200-nvl", 141.0, (835.5, 60.0, 4.8), has_fp8=True),  # NVIDIA H200 data sheet, NVL
    _gpu("gh200", 96.0, (989.5, 67.0, 4.0), has_fp8=True),  # NVIDIA GH200 data sheet, HBM3
    _gpu("b200", 180.0, (2250.0, 75.0, 7.7), has_fp8=True),  # NVIDIA HGX B200 data sheet, one of eight
    _gpu("a100", 80.0, (312.0, 19.5, 2.039)),  # NVIDIA A100 80GB data sheet, SXM4
    _gpu("a100-40gb", 40.0, (312.0, 19.5, 1.555)),  # NVIDIA A100 40GB data sheet
    _gpu("l40s", 45.0, (362.0, 91.6, 0.864), has_fp8=True),  # NVIDIA L40S data sheet; 48 GB with ECC off
    _gpu("l4", 22.5, (121.0, 30.3, 0.3), has_fp8=True),  # NVIDIA L4 data sheet; 24 GB with ECC off
    _gpu("a10", 22.5, (125.0, 31.2, 0.6)),  # NVIDIA A10 data sheet; 24 GB with ECC off
    _gpu("a6000", 48.0, (154.8, 38.7, 0.768)),  # NVIDIA GA102 white paper, RTX A6000
    _gpu("rtx3090", 24.0, (71.0, 35.6, 0.936)),  # NVIDIA GA102 white paper, sums in fp32
    _gpu("rtx4090", 24.0, (165.2, 82.6, 1.008), has_fp8=True),  # NVIDIA Ada white paper, sums in fp32
    _gpu("rtx5090", 32.0, (209.5, 104.8, 1.792), has_fp8=True),  # NVIDIA RTX Blackwell white paper, fp32 sums
    _gpu("mi300x", 192.0, (1307.4, 163.4, 5.3)),  # AMD MI300X data sheet; its fp8 is another format
)

DEVICES: Mapping[str, Device] = MappingProxyType({device.name: device for device in _TABLE})

_REPORTED_WORDS = (
    ("H100 PCIe", "h100-pcie"),
    ("H100 NVL", "h100-nvl"),
    ("H100", "h100"),
    ("H200 NVL", "h200-nvl"),
    ("H200", "h200"),
    ("GH200", "gh200"),
    ("B200", "b200"),
    ("A100 40GB", "a100-40gb"),
    ("A100", "a100"),
    ("L40S", "l40s"),
    ("L4", "l4"),
    ("A10", "a10"),
    ("RTX A6000", "a6000"),
    ("RTX 3090", "rtx3090"),
    ("RTX 4090", "rtx4090"),
    ("RTX 5090", "rtx5090"),
    ("MI300X", "mi300x"),
)
"""Words of what drivers call them; the first row whose words are all there decides."""

_SLOWER_FORMS = frozenset({"D", "Laptop", "MIG", "Max", "Ti"})
"""Words that make another device of one in the table."""


def device_named(name: str) -> Device:
    """Return the device of a name; ConfigError lists the names there are."""
    if name in DEVICES:
        return DEVICES[name]
    raise ConfigError(
        f"{name}: no such device in the table{did_you_mean(name.lower(), DEVICES)}",
        hint=f"--device auto measures this machine; the table has {', '.join(DEVICES)}",
    )


def device_reported(name: str) -> Device | None:
    """Return the device that a driver calls by this name, or None when the table lacks it."""
    words = set(re.split("[ -]", name))
    if words & _SLOWER_FORMS:
        return None
    return next((DEVICES[key] for needed, key in _REPORTED_WORDS if words.issuperset(needed.split())), None)
