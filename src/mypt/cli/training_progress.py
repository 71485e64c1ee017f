"""A training run as a progress bar: loss, speed, bits per byte on held-out text."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from mypt.cli.console import err, note
from mypt.training.observers import StepReport
from mypt.training.validation import ValidationReport


class ProgressObserver:
    """Moves the bar with each step."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def on_start(self, step: int, steps: int) -> None:
        """Place the bar where the run starts or goes on."""
        if step:
            note(f"going on from the checkpoint at step {step}")
        self._bar.update(self._task, completed=step, total=steps)

    def on_step(self, report: StepReport) -> None:
        """Show the loss of the step."""
        self._bar.update(self._task, completed=report.step, loss=f"loss {report.loss:.3f}")

    def on_validation(self, report: ValidationReport) -> None:
        """Show how well held-out text is predicted."""
        self._bar.update(self._task, held_out=f"held-out {report.bits_per_byte:.3f} bits/byte")


@contextmanager
def training_progress() -> Iterator[ProgressObserver]:
    """Show a bar while the block runs; yield the observer that moves it."""
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}  {task.fields[held_out]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as bar:
        yield ProgressObserver(bar, bar.add_task("training", total=None, loss="", held_out=""))
