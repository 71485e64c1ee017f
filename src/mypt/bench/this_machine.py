"""The machine that this runs on, as one that runs are planned for: its memory and its measured rate."""

import psutil
import torch

from mypt.bench.mfu import peak_of
from mypt.training.plan_machine import CPU_SHARE, CPU_SHARE_ORIGIN, GPU_SHARE, GPU_SHARE_ORIGIN, Machine
from mypt.training.precision import DTYPES, resolve_device, resolve_precision

_FP8_CAPABILITY = (8, 9)
_QUICK_SIZE = 512  # within a second, and near the rate of larger products


def this_machine(device: str, precision: str, *, n_processes: int = 1, mfu: float | None = None) -> Machine:
    """Return this machine; ConfigError when it has no such device."""
    where = resolve_device(device)
    is_gpu = where.type == "cuda"
    resolved = resolve_precision(precision, where)
    peak = peak_of(where, DTYPES[resolved], cpu_size=_QUICK_SIZE)
    share, origin = (GPU_SHARE, GPU_SHARE_ORIGIN) if is_gpu else (CPU_SHARE, CPU_SHARE_ORIGIN)
    return Machine(
        name=torch.cuda.get_device_name(where) if is_gpu else "this machine's processor",
        is_gpu=is_gpu,
        memory_bytes=_memory_bytes(where),
        has_fp8=is_gpu and torch.cuda.get_device_capability(where) >= _FP8_CAPABILITY,
        precision=resolved,
        peak_flops=peak.flops,
        peak_origin=peak.source,
        mfu=mfu or share,
        mfu_origin="given with --mfu" if mfu else origin,
        n_processes=n_processes,
    )


def _memory_bytes(where: torch.device) -> int:
    if where.type == "cuda":
        return int(torch.cuda.get_device_properties(where).total_memory)
    return int(psutil.virtual_memory().total)
