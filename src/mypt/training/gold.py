"""Which checkpoint is GOLD: the lowest held-out loss that three guards let through."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from mypt.config import Section
from mypt.training.reports import COPY, HELD_OUT, TRAIN, ValidationReport

Guard = Literal["before_training", "not_finite", "overfit_ratio", "consecutive_rises", "eval_regression"]


class GoldConfig(Section):
    """Thresholds of the three guards; a checkpoint that one of them rejects is never GOLD."""

    overfit_ratio: Annotated[float, Field(gt=1)] = 2.0
    """Largest held-out loss per byte, as a multiple of the loss on fixed windows of the training text."""
    consecutive_rises: Annotated[int, Field(ge=1)] = 2
    """So many rises of the held-out loss in a row reject a checkpoint."""
    eval_regression: Annotated[float, Field(gt=0)] = 0.20
    """Largest rise of any eval set's loss over its lowest so far, as a share."""


@dataclass(frozen=True)
class GoldDecision:
    """What became of one checkpoint, and the number that decided it."""

    step: int
    is_gold: bool
    """Whether it is the lowest accepted one so far; the last such decision of a run is its GOLD."""
    accepted: bool
    """Whether every guard let it through."""
    guard: Guard | None
    """Which guard rejected it."""
    value: float | None
    """The guard's number, None where it is not finite; without a guard, held-out bits per byte."""
    threshold: float | None
    """What the number was held against; without a guard, the lowest held-out bits per byte before."""
    category: str
    """Whose number it is."""


def decide(history: Iterable[ValidationReport], config: GoldConfig) -> list[GoldDecision]:
    """Return one decision for each validation, replaying them in order; nothing else is state."""
    replay = _Replay(config)
    return [replay.judge(report) for report in history]


def gold_step(decisions: Sequence[GoldDecision]) -> int | None:
    """Return the step of the GOLD checkpoint, or None when there is none."""
    return next((decision.step for decision in reversed(decisions) if decision.is_gold), None)


@dataclass
class _Replay:
    """What the validations so far amount to."""

    config: GoldConfig
    gold: float = math.inf
    """Lowest held-out loss of any accepted one."""
    rises: int = 0
    """Rises of the held-out loss in a row."""
    held_out: float = math.inf
    """Held-out loss of the one before."""
    lowest: dict[str, float] = field(default_factory=dict)
    """Lowest loss of each category."""

    def judge(self, report: ValidationReport) -> GoldDecision:
        """Decide about the next validation."""
        losses = {name: loss.bits_per_byte for name, loss in sorted(report.categories.items())}
        self.rises = self.rises + 1 if losses[HELD_OUT] > self.held_out else 0
        rejection = next(self._rejections(report.step, losses), None)
        decision = rejection or self._accept(report.step, losses[HELD_OUT])
        self.held_out = losses[HELD_OUT]
        for name, loss in losses.items():
            if math.isfinite(loss):
                self.lowest[name] = min(loss, self.lowest.get(name, math.inf))
        return decision

    def _accept(self, step: int, loss: float) -> GoldDecision:
        before, self.gold = self.gold, min(self.gold, loss)
        return GoldDecision(
            step=step, is_gold=loss < before, accepted=True, guard=None, value=loss,
            threshold=_finite(before), category=HELD_OUT,
        )  # fmt: skip

    def _rejections(self, step: int, losses: Mapping[str, float]) -> Iterator[GoldDecision]:
        """Yield what each guard has against a checkpoint."""
        config = self.config
        if step == 0:
            yield _reject(step, "before_training", losses[HELD_OUT], None, HELD_OUT)
        for category, loss in losses.items():
            if not math.isfinite(loss):
                yield _reject(step, "not_finite", loss, None, category)
        ratio = _ratio(losses[HELD_OUT], losses.get(TRAIN, math.inf))
        if ratio > config.overfit_ratio:
            yield _reject(step, "overfit_ratio", ratio, config.overfit_ratio, TRAIN)
        if self.rises >= config.consecutive_rises:
            yield _reject(step, "consecutive_rises", self.rises, config.consecutive_rises, HELD_OUT)
        rise, category = self._largest_regression(losses)
        if rise > config.eval_regression:
            yield _reject(step, "eval_regression", rise, config.eval_regression, category)

    def _largest_regression(self, losses: Mapping[str, float]) -> tuple[float, str]:
        """Return the largest rise over an eval set's lowest loss so far, as a share, and the set."""
        # A model that learns language at first finds random text ever less likely: copying is no eval set.
        sets = [name for name in losses if name not in (HELD_OUT, TRAIN, COPY)]
        rises = [(_ratio(losses[name], self.lowest.get(name, math.inf)) - 1, name) for name in sets]
        return max(rises, key=lambda rise: rise[0], default=(0.0, ""))


def _reject(
    step: int, guard: Guard, value: float | int, threshold: float | int | None, category: str
) -> GoldDecision:
    return GoldDecision(
        step=step, is_gold=False, accepted=False, guard=guard, value=_finite(float(value)),
        threshold=None if threshold is None else float(threshold), category=category,
    )  # fmt: skip


def _ratio(loss: float, reference: float) -> float:
    """Divide losses; above a loss of zero is infinitely worse, and nothing is above an unknown one."""
    if reference > 0:
        return loss / reference
    return math.inf if loss > 0 else 1.0


def _finite(value: float) -> float | None:
    """Return a number that JSON can hold."""
    return value if math.isfinite(value) else None
