"""What is timed: something that takes whole optimizer steps, ours or a peer's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import torch

from mypt.bench.timing import StepTimer
from mypt.dataset.batch import BatchSource
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.training.assembly import make_stepper
from mypt.training.device_batch import DeviceBatch
from mypt.training.distributed import World
from mypt.training.prefetch import Prefetcher
from mypt.training.recipe import TrainingConfig


@runtime_checkable
class Contender(Protocol):
    """Takes steps on batches of its own, one after the other."""

    @property
    def n_parameters(self) -> int:
        """Return how many weights it trains."""
        ...

    def step(self) -> None:
        """Take one step: forward, backward, clipping and optimizer."""
        ...


class OurStep:
    """The engine's own step, fed as in a run by a thread that makes batches ahead."""

    def __init__(self, config: GPTConfig, training: TrainingConfig, world: World, rows: BatchSource) -> None:
        model = GPT(config)
        init_weights(model, seed=0)
        self.stepper = make_stepper(model, training, world)
        self._rows = rows
        self._done = 0
        self._ahead: Prefetcher[DeviceBatch]

    @contextmanager
    def fed(self, n_steps: int) -> Iterator[None]:
        """Make batches for so many steps while the block runs."""
        stepper = self.stepper
        n_batches = n_steps * stepper.config.grad_accum_steps
        with Prefetcher(self._rows, range(n_batches), stepper.on_device) as ahead:
            self._ahead = ahead
            yield

    @property
    def n_parameters(self) -> int:
        """Return how many weights it trains."""
        return sum(parameter.numel() for parameter in self.stepper.model.parameters())

    @property
    def waited(self) -> float:
        """Return the seconds spent on waiting for batches so far."""
        return self._ahead.waited

    def step(self) -> None:
        """Take one step of the engine."""
        stepper = self.stepper
        stepper.optimizers.set_learning_rate(stepper.config.learning_rate)
        batches = [next(self._ahead) for _ in range(stepper.n_local)]
        stepper.take(self._done, batches)
        self._done += 1


def time_in_turns(contenders: Sequence[Contender], device: torch.device, steps: int) -> list[StepTimer]:
    """Return the times of each, taken in turns so that all of them meet the same noise."""
    timers = [StepTimer(device) for _ in contenders]
    for _ in range(steps):
        for contender, timer in zip(contenders, timers, strict=True):
            timer.time(contender.step)
    return timers
