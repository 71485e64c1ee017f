"""Learning rates: which one to try, and which one a trained model may go on with.

The finder is the range test of Smith ("Cyclical Learning Rates for Training Neural
Networks", 2017, arXiv:1506.01186): steps at rates that rise exponentially, until the
loss runs away.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mypt.errors import ConfigError, TrainingError

_SMOOTHING = 0.9
"""Weight of the past in the smoothed loss."""
_DIVERGED = 1.5
"""A smoothed loss this many times the lowest one ends the test."""
_BELOW_LOWEST = 10.0
"""The rate of the lowest loss is already too high; this many times lower is a usual choice."""


@dataclass(frozen=True)
class RangeTest:
    """What the finder saw: one entry for each step that it took."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestion: float
    """The rate to try."""
    has_diverged: bool
    """Whether the loss ran away before the highest rate; if not, higher rates were not tried."""


def find_rate(
    take_step: Callable[[float], float], *, lowest: float = 1e-6, highest: float = 1.0, steps: int = 100
) -> RangeTest:
    """Return what the losses at rising rates suggest; `take_step` trains one step and returns its loss.

    Raises ConfigError for bounds that do not rise, and TrainingError when the loss never fell.
    """
    rates, losses, smoothed = [], [], []
    average, has_diverged = 0.0, False
    for step, rate in enumerate(ramp(lowest, highest, steps), start=1):
        loss = take_step(rate)
        if not math.isfinite(loss):
            has_diverged = True
            break
        average = _SMOOTHING * average + (1 - _SMOOTHING) * loss
        rates.append(rate)
        losses.append(loss)
        smoothed.append(average / (1 - _SMOOTHING**step))  # the start counts fully, not as zero
        if smoothed[-1] > _DIVERGED * min(smoothed):
            has_diverged = True
            break
    return RangeTest(tuple(rates), tuple(losses), tuple(smoothed), suggest(rates, smoothed), has_diverged)


def ramp(lowest: float, highest: float, steps: int) -> list[float]:
    """Return rates from the lowest to the highest, each the same multiple of the one before."""
    if not 0 < lowest < highest or steps < 2:
        raise ConfigError(
            f"rates must rise from above 0 in at least 2 steps, got {lowest:g} to {highest:g} in {steps}"
        )
    return [lowest * (highest / lowest) ** (step / (steps - 1)) for step in range(steps)]


def suggest(rates: Sequence[float], smoothed: Sequence[float]) -> float:
    """Return the rate where the loss falls fastest, or a tenth of that of the lowest loss if that is lower.

    Raises TrainingError when the loss never fell.
    """
    lowest = min(range(len(smoothed)), key=smoothed.__getitem__, default=0)
    if lowest == 0:
        raise TrainingError(
            f"the loss never fell at any of {len(rates)} learning rates",
            hint="begin at a lower rate, or look at the data and the model",
        )
    slopes = [(smoothed[i + 1] - smoothed[i]) / math.log(rates[i + 1] / rates[i]) for i in range(lowest)]
    steepest = rates[min(range(len(slopes)), key=slopes.__getitem__)]
    return min(steepest, rates[lowest] / _BELOW_LOWEST)


def safe_rate(parent_final_rate: float, factor: float) -> float:
    """Return the highest learning rate at which a model may go on learning."""
    return parent_final_rate * factor


def refuse_unsafe(rate: float, parent_final_rate: float | None, factor: float, *, forced: bool) -> None:
    """Raise ConfigError for a learning rate at which a parent would forget, unless that is forced.

    Without the parent's own last rate no rate is known to be safe.
    """
    if forced:
        return
    if parent_final_rate is None:
        raise ConfigError(
            f"training.learning_rate={rate:g}: the parent does not say the learning rate that it ended with, "
            "so nobody can say what is safe for it",
            hint="choose a low rate and add --set force_learning_rate=true",
        )
    limit = safe_rate(parent_final_rate, factor)
    if rate > limit * (1 + 1e-5):  # the limit as the hint writes it is allowed
        raise ConfigError(
            f"training.learning_rate={rate:g} is above {limit:g}, so the parent would forget: "
            f"it ended at {parent_final_rate:g}, and {factor:g} times that is allowed",
            hint=f"--set training.learning_rate={limit:g}, or --set force_learning_rate=true",
        )
