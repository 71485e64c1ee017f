"""Who is told what a run does: the seam."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from mypt.training.reports import StepReport, ValidationReport


@runtime_checkable
class Observer(Protocol):
    """Is told of all that happens in a run, in order; must not change the run."""

    def on_start(self, step: int, steps: int) -> None:
        """Learn that a run starts or goes on at a step."""
        ...

    def on_step(self, report: StepReport) -> None:
        """Learn of a step."""
        ...

    def on_validation(self, report: ValidationReport) -> None:
        """Learn of a validation."""
        ...

    def on_event(self, row: Mapping[str, object]) -> None:
        """Learn of anything rarer: `event` is gold, stage, rollback or end, and `step` is when."""
        ...
