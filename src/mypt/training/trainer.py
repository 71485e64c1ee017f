"""The loop: steps, validations, checkpoints, what to do about a bad step, and a clean stop when asked."""

import gc
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

from mypt.dataset.batch import Batch
from mypt.dataset.mixture import MixtureOrder
from mypt.errors import LossDiverged
from mypt.training.checkpointer import Checkpointer
from mypt.training.device_batch import DeviceBatch
from mypt.training.gold import decide, gold_step
from mypt.training.guard import VERDICTS
from mypt.training.metrics_log import MetricsLog
from mypt.training.observers import Observer
from mypt.training.prefetch import Prefetcher
from mypt.training.reports import StepReport
from mypt.training.schedule import learning_rate
from mypt.training.state import Progress
from mypt.training.step import Stepper, StepResult
from mypt.training.validation import Validation

_STEPS_BETWEEN_READS = {"cpu": 1, "cuda": 16}
"""Steps after which results are read; on a GPU reading waits for it."""


@runtime_checkable
class RunBatches(Protocol):
    """The micro-batches of a whole run, as a function of their number."""

    @property
    def order(self) -> MixtureOrder:
        """Say which sample of which source each one is."""
        ...

    @property
    def row_tokens(self) -> int:
        """Return how many tokens a sample has."""
        ...

    def batch(self, index: int) -> Batch:
        """Return micro-batch number `index` of the run."""
        ...


class _Taken(NamedTuple):
    """A step whose results were not read yet."""

    step: int
    stage: str
    rate: float
    tokens: int
    result: StepResult
    data_seconds: float


class _RollBack(Exception):
    """A bad step asks for the last checkpoint."""


@dataclass
class Trainer:
    """Takes a run from where it is to its last step; every process of the run has one."""

    stepper: Stepper
    batches: RunBatches
    validation: Validation
    checkpointer: Checkpointer
    progress: Progress
    log: MetricsLog | None = None
    """Kept by the main process."""
    observers: Sequence[Observer] = ()
    should_stop: Callable[[], bool] = lambda: False
    """Asked after each step; true ends the run early, with a checkpoint."""
    roll_back: Callable[[], Progress | None] = lambda: None
    """Restores the newest checkpoint; None when there is none yet."""
    _unread: list[_Taken] = field(default_factory=list)
    _unread_since: float = 0.0
    """When the first of them began, by the clock."""

    def run(self) -> bool:
        """Train, and say whether the run reached its last step.

        Raises LossDiverged when bad steps do not end, and what writing a checkpoint raises.
        """
        for observer in self._all_observers():
            observer.on_start(self.progress.step, self._steps)
        if self.progress.step == 0 and not self.progress.validations:
            self._validate()
        with _quiet_collector():
            while True:
                try:
                    is_finished = self._train()
                except _RollBack:
                    continue
                self.checkpointer.wait()
                if is_finished:
                    self._end()
                return is_finished

    @property
    def _steps(self) -> int:
        return self.stepper.config.steps

    def _train(self) -> bool:
        """Take steps until the end, a stop, or a rollback."""
        with Prefetcher(self.batches, self._micro_batches(), self.stepper.on_device) as ahead:
            while self.progress.step < self._steps:
                self._step(ahead)
                done, config = self.progress.step, self.stepper.config
                is_last = done == self._steps
                is_stopped = self.stepper.world.any(self.should_stop()) and not is_last
                is_gold = False
                if done % config.validate_every == 0 or is_last:
                    is_gold = self._validate()
                if done % config.checkpoint_every == 0 or is_last or is_stopped or is_gold:
                    self._save()
                if is_stopped:
                    return False
        return True

    def _micro_batches(self) -> Iterator[int]:
        """Yield the numbers of the micro-batches that this process computes, from where the run is."""
        stepper = self.stepper
        first = self.progress.data_step
        for step in range(first, first + self._steps - self.progress.step):
            start = step * stepper.config.grad_accum_steps + stepper.world.rank * stepper.n_local
            yield from range(start, start + stepper.n_local)

    def _step(self, ahead: Prefetcher[DeviceBatch]) -> None:
        stepper, step = self.stepper, self.progress.step
        stage = self._enter_stage()
        if not self._unread:
            self._unread_since = time.perf_counter()
        waited = ahead.waited
        rate = learning_rate(step, stepper.config)
        stepper.optimizers.set_learning_rate(rate)
        batches = [next(ahead) for _ in range(stepper.n_local)]
        result = stepper.take(self.progress.data_step, batches)
        self.progress.step = step + 1
        self.progress.tokens += sum(batch.n_tokens for batch in batches) * stepper.world.size
        waited = ahead.waited - waited
        self._unread.append(_Taken(step + 1, stage, rate, self.progress.tokens, result, waited))
        if len(self._unread) >= _STEPS_BETWEEN_READS[stepper.world.device.type]:
            self._read()

    def _enter_stage(self) -> str:
        """Return the stage of the step; where it begins, what was a usual loss is forgotten."""
        step = self.progress.data_step
        stage, before = self._stage_at(step), self._stage_at(step - 1) if step else None
        if stage != before:
            self._read()
            self.stepper.guard.reset()
            self._tell({"event": "stage", "step": self.progress.step, "name": stage})
        return stage

    def _stage_at(self, step: int) -> str:
        config = self.stepper.config
        return self.batches.order.stage_at(step * config.batch_size * config.grad_accum_steps).name

    def _read(self) -> None:
        """Report the steps that were taken, and act on bad ones."""
        taken, self._unread = self._unread, []
        # A GPU is waited for here; only now is known how long the steps took, and only of all of them.
        numbers = [(float(t.result.loss), float(t.result.grad_norm), int(t.result.verdict)) for t in taken]
        seconds = (time.perf_counter() - self._unread_since) / max(1, len(taken))
        for step, (loss, grad_norm, verdict) in zip(taken, numbers, strict=True):
            report = StepReport(
                step=step.step,
                loss=loss,
                learning_rate=step.rate,
                grad_norm=grad_norm,
                tokens=step.tokens,
                stage=step.stage,
                verdict=VERDICTS[verdict],
                seconds=seconds,
                data_seconds=step.data_seconds,
            )
            for observer in self._all_observers():
                observer.on_step(report)
            self._act_on(report)

    def _act_on(self, report: StepReport) -> None:
        """Count bad steps, and stop or go back where the recipe says so."""
        if report.verdict in ("good", "overflow"):
            self.progress.bad_in_a_row = 0
            return
        config = self.stepper.config
        self.progress.bad_in_a_row += 1
        if config.on_bad_step == "stop":
            raise _diverged(report, "training.on_bad_step=stop")
        if self.progress.bad_in_a_row >= config.max_bad_steps:
            raise _diverged(report, f"{self.progress.bad_in_a_row} bad steps in a row")
        if config.on_bad_step == "rollback":
            if self.progress.rollbacks >= config.max_bad_steps:
                raise _diverged(report, f"{self.progress.rollbacks} times back to a checkpoint did not help")
            self._go_back(report.step)

    def _go_back(self, bad_step: int) -> None:
        """Restore the last checkpoint and pass over the data since then; without one, only skip the step."""
        offset, rollbacks = self.progress.data_offset, self.progress.rollbacks
        self.checkpointer.wait()
        restored = self.roll_back()
        if restored is None:
            return
        restored.data_offset = offset + bad_step - restored.step
        restored.rollbacks = rollbacks + 1
        self.progress = restored
        self._unread.clear()
        row = {"event": "rollback", "step": bad_step, "to_step": restored.step}
        self._tell({**row, "data_offset": restored.data_offset})
        raise _RollBack

    def _validate(self) -> bool:
        """Measure every category, and say whether this is the GOLD checkpoint so far."""
        self._read()
        report = self.validation.run(self.stepper.model, self.progress.step)
        if not math.isfinite(report.held_out.nats_per_token):
            raise LossDiverged(f"step {report.step}: the loss on held-out text is no number", hint=_HINT)
        self.progress.validations.append(report)
        for observer in self._all_observers():
            observer.on_validation(report)
        decision = decide(self.progress.validations, self.stepper.config.gold)[-1]
        self._tell({"event": "gold", **asdict(decision)})
        return decision.is_gold

    def _save(self) -> None:
        """Checkpoint; the log is on the disk before what continues it."""
        self._read()
        gold = gold_step(decide(self.progress.validations, self.stepper.config.gold))
        if self.log is not None:
            self.log.flush()
            self.progress.metrics_head = self.log.head
        self.checkpointer.save(self.stepper, self.progress, gold)

    def _end(self) -> None:
        self._tell({"event": "end", "step": self.progress.step})
        if self.log is not None:
            self.log.flush()

    def _tell(self, row: Mapping[str, object]) -> None:
        for observer in self._all_observers():
            observer.on_event(row)

    def _all_observers(self) -> Iterator[Observer]:
        """Yield who is told, the log first; nobody on other than the main process."""
        if self.stepper.world.is_main:
            yield from [*([self.log] if self.log is not None else []), *self.observers]


_HINT = "lower training.learning_rate or raise training.warmup_steps, and train anew with --replace"


def _diverged(report: StepReport, why_now: str) -> LossDiverged:
    what = {"nonfinite": "is no number", "spike": "is far above the usual"}[report.verdict]
    numbers = f"loss {report.loss:.4g}, gradient {report.grad_norm:.4g}"
    return LossDiverged(f"step {report.step}: loss or gradient {what} ({numbers}); {why_now}", hint=_HINT)


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """Keep Python's garbage collector from pausing steps: what exists now is not looked at again."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()
