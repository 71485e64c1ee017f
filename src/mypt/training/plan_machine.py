"""Where a planned run would go, how fast that is believed to be, and why."""

from dataclasses import dataclass

from mypt.training.devices import device_named

GPU_SHARE = 0.40
GPU_SHARE_ORIGIN = "assumed: published for a compiled 760M model on an H100 are 40 to 50 %"
CPU_SHARE = 0.50
CPU_SHARE_ORIGIN = "assumed: `mypt bench train` measures it for a model of yours"
DATA_SHEET = "the maker's data sheet"


@dataclass(frozen=True)
class Machine:
    """One process's device, times the number of processes."""

    name: str
    is_gpu: bool
    memory_bytes: int
    has_fp8: bool
    precision: str
    """What the run computes in there."""
    peak_flops: float
    """FLOP/s of one device at best, in that precision."""
    peak_origin: str
    mfu: float
    """Share of the peak that training is taken to reach, in the published form 6N + 12LdT."""
    mfu_origin: str
    n_processes: int = 1


def named_machine(name: str, precision: str, *, n_processes: int = 1, mfu: float | None = None) -> Machine:
    """Return devices of the table; ConfigError for a name that it lacks."""
    device = device_named(name)
    resolved = "bf16" if precision == "auto" else precision
    return Machine(
        name=device.name,
        is_gpu=True,
        memory_bytes=device.memory_bytes,
        has_fp8=device.has_fp8,
        precision=resolved,
        peak_flops=device.flops(resolved),
        peak_origin=DATA_SHEET,
        mfu=mfu or GPU_SHARE,
        mfu_origin="given with --mfu" if mfu else GPU_SHARE_ORIGIN,
        n_processes=n_processes,
    )
