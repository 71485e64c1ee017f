"""Our step as it is timed: it trains, it is fed, and it takes turns."""

from collections.abc import Iterator

import pytest
import torch

from mypt.bench.contender import Contender, OurStep, time_in_turns
from mypt.bench.random_rows import RandomRows
from mypt.bench.shapes import shape
from mypt.model.size import count_parameters
from mypt.training.distributed import World, process_group
from mypt.training.recipe import TrainingConfig

CONFIG = shape("char-2M").model_copy(
    update={"n_layer": 1, "n_embd": 16, "n_head": 2, "block_size": 8, "vocab_size": 16}
)
TRAINING = TrainingConfig(steps=4, batch_size=2, grad_accum_steps=3, precision="fp32", device="cpu")
ROWS = RandomRows(2, 8, 16)


@pytest.fixture
def world() -> Iterator[World]:
    with process_group("cpu") as world:
        yield world


def test_a_step_moves_the_weights_and_takes_all_its_micro_batches(world: World) -> None:
    ours = OurStep(CONFIG, TRAINING, world, ROWS)
    before = [parameter.clone() for parameter in ours.stepper.model.parameters()]

    with ours.fed(2):
        ours.step()
        ours.step()
        with pytest.raises(StopIteration):
            ours.step()

    assert isinstance(ours, Contender)
    assert ours.n_parameters == count_parameters(CONFIG)
    assert ours.waited > 0
    after = ours.stepper.model.parameters()
    assert all(not torch.equal(was, now) for was, now in zip(before, after, strict=True))


class Recorded:
    n_parameters = 0

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log

    def step(self) -> None:
        self.log.append(self.name)


def test_contenders_take_turns() -> None:
    log: list[str] = []

    timers = time_in_turns([Recorded("a", log), Recorded("b", log)], torch.device("cpu"), 3)

    assert log == ["a", "b"] * 3
    assert [len(timer.seconds()) for timer in timers] == [3, 3]
