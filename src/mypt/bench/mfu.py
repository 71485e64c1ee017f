"""Model FLOP utilisation: which share of a machine's arithmetic goes into the model.

Counted is the form in which MFU is published, 6N + 12 n_layer n_embd n_tokens
per token (arXiv:2204.02311); the reference is a data sheet's dense 16-bit rate
or, where there is none, a plain matrix product measured here.
"""

from dataclasses import dataclass

import torch

from mypt.bench.limits import gemm_flops
from mypt.model.config import GPTConfig
from mypt.model.size import flops_per_token
from mypt.training.devices import device_reported

_LARGE = 8192  # what it takes to fill a GPU


@dataclass(frozen=True)
class Peak:
    """The FLOP/s of one device at best."""

    flops: float
    source: str
    """Where the figure is from."""


@dataclass(frozen=True)
class MfuMeter:
    """Turns tokens per second into a share of what all devices of a run could do."""

    flops_per_token: int
    """Forward and backward, by the convention."""
    peak: Peak
    n_devices: int = 1

    def share(self, tokens_per_second: float) -> float:
        """Return the share of the peak; above 1 where the reference is slower than what the model runs in."""
        return tokens_per_second * self.flops_per_token / (self.peak.flops * self.n_devices)


def mfu_meter(config: GPTConfig, device: torch.device, dtype: torch.dtype, *, n_devices: int = 1) -> MfuMeter:
    """Return the meter of a model on a device, measuring the device where no data sheet is known."""
    flops = flops_per_token(config, config.block_size).conventional_training_flops
    return MfuMeter(flops, peak_of(device, dtype), n_devices)


def peak_of(device: torch.device, dtype: torch.dtype, *, cpu_size: int | None = None) -> Peak:
    """Return a device's FLOP/s; a CPU's is always measured in fp32, as not every one multiplies 16 bits."""
    if device.type == "cpu":
        measured = gemm_flops(torch.float32, device, cpu_size).per_second
        return Peak(measured, "an fp32 matrix product measured here")
    name = torch.cuda.get_device_name(device)
    published = data_sheet_peak(name) if dtype in (torch.bfloat16, torch.float16) else None
    if published is not None:
        return Peak(published, f"data sheet of the {name}, dense 16 bits")
    measured = gemm_flops(dtype, device, _LARGE).per_second
    return Peak(measured, f"a {str(dtype).removeprefix('torch.')} matrix product measured here")


def data_sheet_peak(device_name: str) -> float | None:
    """Return the published 16-bit FLOP/s of a device, or None for one that is not in the table."""
    device = device_reported(device_name)
    return None if device is None else device.bf16_flops
