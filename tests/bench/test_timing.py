"""Spreads and clocks."""

import time

import pytest
import torch

from mypt.bench.timing import Spread, StepTimer, seconds_of

CPU = torch.device("cpu")


def test_a_spread_is_the_median_and_the_tenths_around_it() -> None:
    assert Spread.of([float(n) for n in range(11)]) == Spread(5.0, 1.0, 9.0)
    assert Spread.of([2.0]) == Spread(2.0, 2.0, 2.0)


def test_one_outlier_does_not_move_the_median() -> None:
    assert Spread.of([1.0, 1.0, 1.0, 1.0, 100.0]).median == 1.0


def test_each_step_has_its_wall_and_its_processor_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, processor = iter([0.0, 3.0, 10.0, 14.0]), iter([0.0, 5.0, 5.0, 5.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(wall))
    monkeypatch.setattr(time, "process_time", lambda: next(processor))
    timer, done = StepTimer(CPU), []

    timer.time(lambda: done.append(1))
    timer.time(lambda: done.append(2))

    assert done == [1, 2]
    assert timer.seconds() == [3.0, 4.0]
    assert timer.processor == [5.0, 1e-9]


def test_a_single_time_is_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = iter([1.0, 3.5])
    monkeypatch.setattr(time, "perf_counter", lambda: next(wall))

    assert seconds_of(lambda: None, CPU) == 2.5


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_is_timed_by_its_own_clock_without_waiting() -> None:
    device = torch.device("cuda")
    a = torch.randn(4096, 4096, device=device)
    timer = StepTimer(device)

    for _ in range(3):
        timer.time(lambda: a @ a)

    assert len(timer.seconds()) == 3
    assert all(seconds > 0 for seconds in timer.seconds())
    assert timer.processor == []
