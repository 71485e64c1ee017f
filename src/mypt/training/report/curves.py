"""Curves of a run, thinned to what a page can show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mypt.training.run_record import RunLog

MAX_POINTS = 600

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Values over steps; where many steps share a point, their mean and their extremes."""

    steps: Numbers
    middle: Numbers
    low: Numbers
    high: Numbers

    @property
    def is_thinned(self) -> bool:
        """Say whether some point stands for several values."""
        return bool((self.low < self.high).any())


@dataclass(frozen=True)
class StageStart:
    """Where a stage of the curriculum begins."""

    name: str
    step: int
    """Its first step."""


def thin(steps: Sequence[int], values: Sequence[float] | Numbers, limit: int = MAX_POINTS) -> Curve:
    """Return the finite values as a curve of at most `limit` points."""
    x, y = np.asarray(steps, dtype=np.float64), np.asarray(values, dtype=np.float64)
    is_finite = np.isfinite(y)
    x, y = x[is_finite], y[is_finite]
    if len(x) <= limit:
        return Curve(x, y, y, y)
    starts = np.linspace(0, len(x), limit, endpoint=False).astype(np.int64)
    sizes = np.diff(starts, append=len(x))
    return Curve(
        np.add.reduceat(x, starts) / sizes,
        np.add.reduceat(y, starts) / sizes,
        np.minimum.reduceat(y, starts),
        np.maximum.reduceat(y, starts),
    )


def step_curves(log: RunLog) -> Mapping[str, Curve]:
    """Return loss, learning rate, gradient norm and tokens per second of each step that stands."""
    reports = log.steps
    steps = [report.step for report in reports]
    tokens = np.array([report.tokens for report in reports], dtype=np.float64)
    seconds = np.array([report.seconds for report in reports], dtype=np.float64)
    learned = np.diff(tokens, prepend=np.nan)
    speed = np.divide(learned, seconds, out=np.full(len(steps), np.nan), where=seconds > 0)
    speed[learned <= 0] = np.nan
    return {
        "loss": thin(steps, [report.loss for report in reports]),
        "learning_rate": thin(steps, [report.learning_rate for report in reports]),
        "grad_norm": thin(steps, [report.grad_norm for report in reports]),
        "tokens_per_second": thin(steps, speed),
    }


def category_curves(log: RunLog) -> Mapping[str, Curve]:
    """Return bits per byte of each category that was ever measured."""
    names = sorted({name for report in log.validations for name in report.categories})
    return {
        name: thin(
            [report.step for report in log.validations if name in report.categories],
            [
                report.categories[name].bits_per_byte
                for report in log.validations
                if name in report.categories
            ],
        )
        for name in names
    }


def stage_starts(log: RunLog) -> list[StageStart]:
    """Return where each stage begins, the first one included."""
    starts: list[StageStart] = []
    for report in log.steps:
        if not starts or starts[-1].name != report.stage:
            starts.append(StageStart(report.stage, report.step))
    return starts


def last_step(log: RunLog) -> int:
    """Return the newest step of which anything is known."""
    known = [log.steps[-1].step] if log.steps else []
    known += [log.validations[-1].step] if log.validations else []
    return max(known, default=0)
