"""The loop: what happens when, what is done about bad steps, and how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mypt.config import Section
from mypt.dataset.batch import Batch
from mypt.dataset.mixture import MixtureOrder, OrderStage, Source
from mypt.dataset.token_batches import MixtureBatches
from mypt.dataset.token_shards import TokenShards
from mypt.errors import LossDiverged
from mypt.training.checkpointer import Checkpointer, newest_checkpoint, sealed_checkpoints
from mypt.training.device_batch import DeviceBatch
from mypt.training.guard import WINDOW
from mypt.training.metrics_log import MetricsLog, read_rows
from mypt.training.recipe import TrainingConfig
from mypt.training.reports import CategoryLoss, ValidationReport
from mypt.training.state import Progress, restore
from mypt.training.step import StepResult
from mypt.training.trainer import _STEPS_BETWEEN_READS, Trainer
from mypt.training.validation import Validation
from tests.training.models import TINY, Diary, make_stepper, only_world

N_IDS = 8 * 40 + 1
SHARDS = TokenShards((np.arange(N_IDS, dtype=np.uint16) % TINY.vocab_size,), TINY.block_size)


class Recipe(Section):
    name: str = "a"


@dataclass(frozen=True)
class Batches(MixtureBatches):
    """Real batches that remember what was asked of them, and can be poisoned."""

    asked: list[int] = field(default_factory=list)
    poisoned: frozenset[int] = frozenset()

    def batch(self, index: int) -> Batch:
        self.asked.append(index)
        batch = super().batch(index)
        if index in self.poisoned:
            return replace(batch, weights=np.full_like(batch.weights, np.inf))
        return batch


@dataclass(frozen=True)
class FixedValidation(Validation):
    """Reports numbers without reading text."""

    losses: tuple[float, ...] = (2.0,)

    def run(self, model: object, step: int) -> ValidationReport:  # noqa: ARG002
        loss = self.losses[min(step, len(self.losses) - 1)]
        categories = {name: CategoryLoss(loss, loss, 10, 10) for name in ("held_out", "train")}
        return ValidationReport(step, categories)


def make_trainer(folder: Path, diary: Diary, **settings: Any) -> Trainer:
    losses = settings.pop("losses", (2.0,))
    poisoned = settings.pop("poisoned", ())
    switch = settings.pop("switch", None)
    values = {"steps": 5, "grad_accum_steps": 2, "batch_size": 1, "validate_every": 2, "checkpoint_every": 3}
    config = TrainingConfig.model_validate({**values, "precision": "fp32", **settings})
    stepper = make_stepper(config)
    source = Source("a", SHARDS.n_windows)
    stages = [OrderStage("first", 0, {source: 1.0})]
    if switch is not None:
        stages.append(OrderStage("second", switch * 2, {source: 1.0}))
    order = MixtureOrder(tuple(stages), seed=0)
    checkpoints = folder / "checkpoints"

    def roll_back() -> Progress | None:
        path = newest_checkpoint(checkpoints, Recipe(), [])
        return None if path is None else restore(path, stepper)

    log = MetricsLog(folder / "metrics.jsonl", "genesis")
    progress = roll_back() or Progress()
    log.resume(progress.metrics_head or "genesis")
    return Trainer(
        stepper=stepper,
        batches=Batches(order, (SHARDS,), 1, poisoned=frozenset(poisoned)),
        validation=FixedValidation((), 1, np.zeros(1, dtype=np.int64), losses=tuple(losses)),
        checkpointer=Checkpointer(checkpoints, Recipe(), [], only_world(), keep=9),
        progress=progress,
        observers=[diary],
        log=log,
        roll_back=roll_back,
    )


def asked(trainer: Trainer) -> list[int]:
    assert isinstance(trainer.batches, Batches)
    return trainer.batches.asked


def steps_kept(folder: Path) -> list[int]:
    return [int(path.name.removeprefix("step-")) for path in sealed_checkpoints(folder / "checkpoints")]


def test_validations_and_checkpoints_come_on_time_and_at_both_ends(tmp_path: Path) -> None:
    diary = Diary()

    assert make_trainer(tmp_path, diary).run() is True

    assert diary.lines == [
        "start 0/5", "validation 0", "step 1", "step 2", "validation 2", "step 3", "step 4", "validation 4",
        "step 5", "validation 5",
    ]  # fmt: skip
    assert steps_kept(tmp_path) == [2, 3, 5], "2 is the first GOLD one"


def test_each_new_gold_checkpoint_is_saved_and_kept(tmp_path: Path) -> None:
    trainer = make_trainer(
        tmp_path, Diary(), validate_every=1, checkpoint_every=4, losses=(9.0, 5.0, 4.0, 4.5, 4.2, 4.1)
    )
    trainer.checkpointer._keep = 1

    trainer.run()

    assert steps_kept(tmp_path) == [2, 5]


def test_a_resumed_run_asks_for_the_batches_that_come_next(tmp_path: Path) -> None:
    diary = Diary()
    trainer = make_trainer(tmp_path, diary)
    trainer.progress = Progress(step=3, tokens=48, data_offset=4)

    trainer.run()

    assert asked(trainer) == [14, 15, 16, 17]
    assert diary.lines[:2] == ["start 3/5", "step 4"]
    assert diary.reports[-1].tokens == 48 + 4 * 8


def test_a_stop_ends_after_the_running_step_with_a_checkpoint(tmp_path: Path) -> None:
    diary = Diary()
    trainer = make_trainer(tmp_path, diary, validate_every=5)
    trainer.should_stop = lambda: len(diary.reports) == 2

    assert trainer.run() is False

    assert steps_kept(tmp_path) == [2]
    assert diary.lines[-1] == "step 2"


def test_a_stop_during_the_last_step_is_no_early_end(tmp_path: Path) -> None:
    diary = Diary()
    trainer = make_trainer(tmp_path, diary)
    trainer.should_stop = lambda: len(diary.reports) == 5

    assert trainer.run() is True


def test_a_finished_run_does_nothing_more(tmp_path: Path) -> None:
    diary = Diary()
    trainer = make_trainer(tmp_path, diary)
    trainer.progress = Progress(step=5)

    assert trainer.run() is True
    assert diary.lines == ["start 5/5"]


def test_a_bad_step_is_skipped_and_named(tmp_path: Path) -> None:
    diary = Diary()
    trainer = make_trainer(tmp_path, diary, poisoned=[5])

    assert trainer.run() is True

    assert [report.verdict for report in diary.reports] == ["good", "good", "nonfinite", "good", "good"]
    assert all(torch.isfinite(parameter).all() for parameter in trainer.stepper.model.parameters())
    assert asked(trainer) == list(range(10))


def test_bad_steps_that_do_not_end_stop_the_run(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, Diary(), poisoned=range(2, 10), max_bad_steps=2, validate_every=5)

    with pytest.raises(LossDiverged, match=r"step 3: .* is no number .*; 2 bad steps in a row") as caught:
        trainer.run()
    assert "learning_rate" in caught.value.hint


def test_a_recipe_may_stop_at_the_first_bad_step(tmp_path: Path) -> None:
    with pytest.raises(LossDiverged, match="step 1"):
        make_trainer(tmp_path, Diary(), poisoned=[0], on_bad_step="stop").run()


def test_a_rollback_restores_the_checkpoint_and_passes_over_the_data_since(tmp_path: Path) -> None:
    diary = Diary()
    trainer = make_trainer(
        tmp_path, diary, steps=6, poisoned=[9], on_bad_step="rollback", validate_every=6, checkpoint_every=3
    )

    assert trainer.run() is True

    # Step 5 reads micro-batches 8 and 9; the run goes back to step 3 and on with micro-batch 10.
    assert diary.lines == [
        "start 0/6", "validation 0", "step 1", "step 2", "step 3", "step 4", "step 5", "rollback 5 to 3",
        "step 4", "step 5", "step 6", "validation 6",
    ]  # fmt: skip
    assert (trainer.progress.data_offset, trainer.progress.rollbacks) == (2, 1)
    assert asked(trainer)[-6:] == [10, 11, 12, 13, 14, 15]


def test_a_run_that_was_killed_after_a_rollback_ends_in_the_same_state(tmp_path: Path) -> None:
    settings = {"steps": 6, "poisoned": [9], "on_bad_step": "rollback", "validate_every": 6}
    straight = make_trainer(tmp_path / "a", Diary(), **settings)
    straight.run()
    killed = make_trainer(tmp_path / "b", Diary(), **settings)
    killed.should_stop = lambda: killed.progress.rollbacks == 1 and _fail()
    with pytest.raises(KeyboardInterrupt):
        killed.run()

    again = make_trainer(tmp_path / "b", Diary(), **settings)
    again.run()

    expected = straight.stepper.model.state_dict()
    assert all(torch.equal(w, expected[name]) for name, w in again.stepper.model.state_dict().items())
    assert straight.log is not None
    assert again.log is not None
    assert again.log.head == straight.log.head


def _fail() -> bool:
    raise KeyboardInterrupt


def test_rollbacks_that_do_not_help_stop_the_run(tmp_path: Path) -> None:
    trainer = make_trainer(
        tmp_path, Diary(), steps=9, poisoned=range(8, 99), on_bad_step="rollback", max_bad_steps=2,
        validate_every=9,
    )  # fmt: skip

    with pytest.raises(LossDiverged, match="2 times back to a checkpoint did not help"):
        trainer.run()
    assert trainer.progress.rollbacks == 2


def test_where_nothing_can_be_rolled_back_to_the_step_is_skipped(tmp_path: Path) -> None:
    diary = Diary()

    make_trainer(tmp_path, diary, poisoned=[0], on_bad_step="rollback", validate_every=5).run()

    assert [report.verdict for report in diary.reports] == ["nonfinite", *["good"] * 4]


def test_a_stage_begins_at_its_step_and_what_was_usual_before_is_forgotten(tmp_path: Path) -> None:
    diary = Diary()
    trainer = make_trainer(tmp_path, diary, switch=3)
    trainer.stepper.guard.count.fill_(WINDOW)

    trainer.run()

    assert [report.stage for report in diary.reports] == ["first"] * 3 + ["second"] * 2
    assert int(trainer.stepper.guard.count) == 2
    rows = [row for row in read_rows(tmp_path / "metrics.jsonl") if row["event"] == "stage"]
    assert [(row["step"], row["name"]) for row in rows] == [(0, "first"), (3, "second")]


def test_the_log_ends_with_the_run(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, Diary())

    trainer.run()

    rows = list(read_rows(tmp_path / "metrics.jsonl"))
    assert rows[-1]["event"] == "end"
    assert trainer.log is not None
    assert rows[-1]["chain"] == trainer.log.head
    assert sum(row["event"] == "gold" for row in rows) == 4


def test_held_out_text_without_a_finite_loss_ends_the_run_before_a_checkpoint(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, Diary(), losses=(2.0, 2.0, float("nan")), checkpoint_every=2)

    with pytest.raises(LossDiverged, match="step 2: the loss on held-out text"):
        trainer.run()
    assert steps_kept(tmp_path) == []


def test_steps_take_the_time_until_their_numbers_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    class Late(torch.Tensor):
        """A number that takes four seconds to come from its device."""

        def __float__(self) -> float:
            now[0] += 4.0
            return 1.0

    monkeypatch.setattr("mypt.training.trainer.time.perf_counter", lambda: now[0])
    monkeypatch.setitem(_STEPS_BETWEEN_READS, "cpu", 4)
    diary = Diary()
    trainer = make_trainer(tmp_path, diary, steps=4, validate_every=4)
    take = trainer.stepper.take

    def take_late(step: int, batches: Sequence[DeviceBatch]) -> StepResult:
        result = take(step, batches)
        return replace(result, loss=result.loss.as_subclass(Late))

    trainer.stepper.take = take_late  # type: ignore[method-assign]
    trainer.run()

    assert [report.seconds for report in diary.reports] == [4.0] * 4
