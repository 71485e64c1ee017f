"""What this machine reaches at best: positive, and of the right work."""

import itertools
import time

import pytest
import torch

from mypt.bench import limits
from mypt.bench.limits import Rate, gemm_flops, synchronize

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _small_products(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_SIZE", 16)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_rate_is_positive_by_either_clock(dtype: torch.dtype) -> None:
    rate = gemm_flops(dtype, CPU)

    assert rate.per_second > 0
    assert rate.per_cpu_second > 0


def test_the_work_is_that_of_square_products_and_the_best_round_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flops = 2 * 16**3 * limits._PRODUCTS
    seconds = [9.0, 4.0, 2.0, 4.0, 4.0, 4.0]  # the first one warms up
    wall = itertools.chain.from_iterable((10.0 * i, 10.0 * i + each) for i, each in enumerate(seconds))
    cpu = itertools.chain.from_iterable((10.0 * i, 10.0 * i + 2 * each) for i, each in enumerate(seconds))
    monkeypatch.setattr(time, "perf_counter", lambda: next(wall))
    monkeypatch.setattr(time, "process_time", lambda: next(cpu))

    assert gemm_flops(torch.float32, CPU) == Rate(flops / 2, flops / 4)


def test_another_size_of_product_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(clock)))

    assert gemm_flops(torch.float32, CPU, 32).per_second == 2 * 32**3 * limits._PRODUCTS


def test_a_processor_has_nothing_to_wait_for() -> None:
    synchronize(CPU)
