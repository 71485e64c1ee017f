"""What this machine's matrix units reach at best, from a plain product."""

import time
from dataclasses import dataclass

import torch

_SIZE = 1024
_ROUNDS = 5
_PRODUCTS = 8


@dataclass(frozen=True)
class Rate:
    """How fast work ran: per second of the wall clock and per second of all processors together."""

    per_second: float
    per_cpu_second: float


def gemm_flops(dtype: torch.dtype, device: torch.device, size: int | None = None) -> Rate:
    """Return the best of a few rounds of square matrix products, in FLOP/s."""
    side = size or _SIZE
    a = torch.randn(side, side, device=device).to(dtype)
    b = torch.randn(side, side, device=device).to(dtype)
    rates = [_round(a, b) for _ in range(_ROUNDS + 1)][1:]  # the first one warms up
    return Rate(max(rate.per_second for rate in rates), max(rate.per_cpu_second for rate in rates))


def _round(a: torch.Tensor, b: torch.Tensor) -> Rate:
    synchronize(a.device)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(_PRODUCTS):
        a @ b
    synchronize(a.device)
    flops = 2 * a.shape[0] ** 3 * _PRODUCTS
    return Rate(flops / (time.perf_counter() - wall), flops / max(time.process_time() - cpu, 1e-9))


def synchronize(device: torch.device) -> None:
    """Wait until a GPU has done what was asked; a CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
