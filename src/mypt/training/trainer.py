"""The loop: steps, validations, checkpoints, and a clean stop when asked."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mypt.dataset.batch import BatchSource
from mypt.errors import LossDiverged
from mypt.training.observers import Observer, StepReport
from mypt.training.optimizer import set_learning_rate
from mypt.training.schedule import learning_rate
from mypt.training.state import Progress
from mypt.training.step import Stepper
from mypt.training.validation import Validation


@dataclass
class Trainer:
    """Takes a run from where it is to its last step."""

    stepper: Stepper
    batches: BatchSource
    validation: Validation
    progress: Progress
    save: Callable[[Progress], None]
    """Seals a checkpoint."""
    observers: Sequence[Observer] = ()
    should_stop: Callable[[], bool] = lambda: False
    """Asked after each step; true ends the run early, with a checkpoint."""

    def run(self) -> bool:
        """Train, and say whether the run reached its last step."""
        config = self.stepper.config
        for observer in self.observers:
            observer.on_start(self.progress.step, config.steps)
        if self.progress.step == 0 and not self.progress.validations:
            self._validate()
        while self.progress.step < config.steps:
            self._step()
            done = self.progress.step
            stopping = self.should_stop() and done < config.steps
            if done % config.validate_every == 0 or done == config.steps:
                self._validate()
            if done % config.checkpoint_every == 0 or done == config.steps or stopping:
                self.save(self.progress)
            if stopping:
                return False
        return True

    def _step(self) -> None:
        config, step = self.stepper.config, self.progress.step
        started = time.perf_counter()
        rate = learning_rate(step, config)
        set_learning_rate(self.stepper.optimizer, rate)
        first = step * config.grad_accum_steps
        batches = [self.batches.batch(first + i) for i in range(config.grad_accum_steps)]
        result = self.stepper.take(step, batches)
        self.progress.step = step + 1
        self.progress.tokens += sum(batch.n_tokens for batch in batches)
        report = StepReport(
            step=self.progress.step,
            loss=_finite(float(result.loss), step),
            learning_rate=rate,
            grad_norm=float(result.grad_norm),
            tokens=self.progress.tokens,
            seconds=time.perf_counter() - started,
        )
        for observer in self.observers:
            observer.on_step(report)

    def _validate(self) -> None:
        report = self.validation.run(self.stepper.model, self.progress.step)
        _finite(report.nats_per_token, self.progress.step)
        self.progress.validations.append(report)
        for observer in self.observers:
            observer.on_validation(report)


def _finite(loss: float, step: int) -> float:
    if not math.isfinite(loss):
        raise LossDiverged(
            f"step {step}: the loss is {loss}",
            hint="lower training.learning_rate or raise training.warmup_steps, and train anew with --replace",
        )
    return loss
