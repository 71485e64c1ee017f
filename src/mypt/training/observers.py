"""Who is told what a run does: the seam, and the log that every run writes."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from mypt.files import canonical_json, storage_errors, write_atomic
from mypt.training.validation import ValidationReport


@dataclass(frozen=True)
class StepReport:
    """What one step measured."""

    step: int
    """Steps done, this one included."""
    loss: float
    """Nats per token."""
    learning_rate: float
    grad_norm: float
    tokens: int
    """Tokens trained on since the start of the run."""
    seconds: float
    """Wall time of the step."""


@runtime_checkable
class Observer(Protocol):
    """Is told of every step and validation, and of the start; must not change the run."""

    def on_start(self, step: int, steps: int) -> None:
        """Learn that a run starts or goes on at a step."""
        ...

    def on_step(self, report: StepReport) -> None:
        """Learn of a step."""
        ...

    def on_validation(self, report: ValidationReport) -> None:
        """Learn of a validation."""
        ...


class MetricsLog:
    """Appends one JSON line per step and validation to the run's `metrics.jsonl`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_start(self, step: int, steps: int) -> None:  # noqa: ARG002
        """Drop what an earlier process wrote after the checkpoint it left, or all when it left none."""
        if step == 0:
            self.path.unlink(missing_ok=True)
        elif self.path.exists():
            lines = [line for line in self.path.read_bytes().splitlines() if _is_kept(line, step)]
            write_atomic(self.path, b"".join(line + b"\n" for line in lines))

    def on_step(self, report: StepReport) -> None:
        """Write the step."""
        norm = report.grad_norm if math.isfinite(report.grad_norm) else None  # JSON has no infinity
        self._append({"event": "step", **asdict(report), "grad_norm": norm})

    def on_validation(self, report: ValidationReport) -> None:
        """Write the validation."""
        self._append({"event": "validation", **asdict(report)})

    def _append(self, row: dict[str, object]) -> None:
        with storage_errors(self.path), self.path.open("ab") as file:
            file.write(canonical_json(row) + b"\n")


def _is_kept(line: bytes, step: int) -> bool:
    """Keep whole lines up to a step; a kill may have torn the last one."""
    try:
        return bool(json.loads(line)["step"] <= step)
    except (ValueError, KeyError):
        return False
