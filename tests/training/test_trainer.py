"""The loop: what happens when, and how it ends."""

from dataclasses import replace

import pytest

from mypt.dataset.batch import Batch
from mypt.errors import LossDiverged
from mypt.training.recipe import TrainingConfig
from mypt.training.state import Progress
from mypt.training.trainer import Trainer
from mypt.training.validation import Validation, ValidationReport
from tests.training.models import Diary, make_batch, make_stepper


class Batches:
    """A source that remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def batch(self, index: int) -> Batch:
        self.asked.append(index)
        return make_batch(rows=1, seed=index)


class FixedValidation(Validation):
    """Reports a number without reading text."""

    def __init__(self, nats: float = 2.0) -> None:
        object.__setattr__(self, "nats", nats)

    def run(self, model: object, step: int) -> ValidationReport:  # noqa: ARG002
        return ValidationReport(step, 3.0, self.nats, 10, 10)  # type: ignore[attr-defined]


def make_trainer(diary: Diary, progress: Progress | None = None, **settings: int) -> Trainer:
    config = TrainingConfig.model_validate(
        {"steps": 5, "grad_accum_steps": 2, "validate_every": 2, "checkpoint_every": 3, **settings}
    )
    return Trainer(
        stepper=make_stepper(config),
        batches=Batches(),
        validation=FixedValidation(),
        progress=progress or Progress(),
        observers=[diary],
        save=lambda progress: diary.lines.append(f"checkpoint {progress.step}"),
    )


def test_validations_and_checkpoints_come_on_time_and_at_both_ends() -> None:
    diary = Diary()

    assert make_trainer(diary).run() is True

    assert diary.lines == [
        "start 0/5", "validation 0", "step 1", "step 2", "validation 2", "step 3", "checkpoint 3", "step 4",
        "validation 4", "step 5", "validation 5", "checkpoint 5",
    ]  # fmt: skip


def test_a_resumed_run_asks_for_the_batches_that_come_next() -> None:
    diary = Diary()
    trainer = make_trainer(diary, Progress(step=3, tokens=48))

    trainer.run()

    assert trainer.batches.asked == [6, 7, 8, 9]  # type: ignore[attr-defined]
    assert diary.lines[:2] == ["start 3/5", "step 4"]
    assert diary.reports[-1].tokens == 48 + 4 * 8


def test_a_stop_ends_after_the_running_step_with_a_checkpoint() -> None:
    diary = Diary()
    trainer = replace(make_trainer(diary), should_stop=lambda: len(diary.reports) == 2)

    assert trainer.run() is False

    assert diary.lines[-1] == "checkpoint 2"


def test_a_stop_during_the_last_step_is_no_early_end() -> None:
    diary = Diary()
    trainer = replace(make_trainer(diary), should_stop=lambda: len(diary.reports) == 5)

    assert trainer.run() is True


def test_a_finished_run_does_nothing_more() -> None:
    diary = Diary()

    assert make_trainer(diary, Progress(step=5)).run() is True
    assert diary.lines == ["start 5/5"]


def test_a_loss_that_is_no_number_ends_the_run_before_a_checkpoint() -> None:
    diary = Diary()
    trainer = make_trainer(diary, checkpoint_every=1)
    with_nan = trainer.stepper.model.final_norm.weight
    with_nan.data.fill_(float("nan"))

    with pytest.raises(LossDiverged, match="step 0: the loss is nan") as caught:
        trainer.run()
    assert "learning_rate" in caught.value.hint
    assert not any(line.startswith("checkpoint") for line in diary.lines)
