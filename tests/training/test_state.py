"""The state of a run is everything that its next step depends on."""

from pathlib import Path

import pytest
import torch

from mypt.config import Section
from mypt.errors import CheckpointError
from mypt.training.checkpointer import Checkpointer, checkpoint_path
from mypt.training.recipe import TrainingConfig
from mypt.training.reports import CategoryLoss, ValidationReport
from mypt.training.state import Progress, restore, state_tensors
from mypt.training.step import Stepper
from tests.training.models import TINY, make_batch, make_stepper, on_cpu, only_world

TRAINING = TrainingConfig(steps=10, learning_rate=1e-2)
REPORT = ValidationReport(0, {"held_out": CategoryLoss(5.0, 2.5, 10, 20)})


class Recipe(Section):
    name: str = "a"


def save(folder: Path, stepper: Stepper, progress: Progress) -> Path:
    checkpointer = Checkpointer(folder, Recipe(), [], only_world(), keep=9)
    checkpointer.save(stepper, progress)
    checkpointer.wait()
    checkpointer.close()
    return checkpoint_path(folder, progress.step)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_restored_run_takes_the_same_next_step(tmp_path: Path, precision: str) -> None:
    straight = make_stepper(TRAINING, precision=precision)
    for step in range(3):
        straight.take(step, on_cpu(make_batch(rows=2, seed=step)))
    progress = Progress(
        step=3, tokens=48, data_offset=2, rollbacks=1, bad_in_a_row=1, metrics_head="ab", validations=[REPORT]
    )
    path = save(tmp_path, straight, progress)

    resumed = make_stepper(TRAINING, precision=precision)
    restored = restore(path, resumed)

    assert restored == progress
    assert restored.data_step == 5
    for stepper in (straight, resumed):
        stepper.take(3, on_cpu(make_batch(rows=2, seed=3)))
    expected = state_tensors(straight)
    assert all(torch.equal(value, expected[name]) for name, value in state_tensors(resumed).items())
    assert resumed.scaler.state_dict() == straight.scaler.state_dict()


def test_the_state_names_weights_moments_and_what_the_guard_remembers() -> None:
    stepper = make_stepper(TRAINING)
    stepper.take(0, on_cpu(make_batch(rows=2)))

    names = state_tensors(stepper).keys()

    n_parameters = len(list(stepper.model.parameters()))
    assert len(names) == 4 * n_parameters + 2  # weight, two moments, number of steps
    assert {
        "model.token_embedding.weight",
        "optimizer.blocks.0.mlp.down.weight.exp_avg",
        "guard.history",
    } <= names


def test_restoring_in_the_middle_of_a_run_brings_back_what_was_then(tmp_path: Path) -> None:
    stepper = make_stepper(TRAINING)
    stepper.take(0, on_cpu(make_batch(rows=2)))
    path = save(tmp_path, stepper, Progress(step=1))
    then = {name: value.clone() for name, value in state_tensors(stepper).items()}
    stepper.take(1, on_cpu(make_batch(rows=2, seed=1)))

    restore(path, stepper)

    assert all(torch.equal(value, then[name]) for name, value in state_tensors(stepper).items())


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path, make_stepper(TRAINING), Progress(step=2))
    wider = make_stepper(TRAINING, TINY.model_copy(update={"n_embd": 32}))

    with pytest.raises(CheckpointError, match="not those of this recipe"):
        restore(path, wider)


def test_a_run_is_not_continued_in_another_precision(tmp_path: Path) -> None:
    path = save(tmp_path, make_stepper(TRAINING), Progress(step=2))

    with pytest.raises(CheckpointError, match=r"began in torch\.float32 and would go on in torch\.bfloat16"):
        restore(path, make_stepper(TRAINING, precision="bf16"))
