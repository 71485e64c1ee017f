"""A run as TensorBoard events: written to a folder, read by whoever starts TensorBoard there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mypt.errors import InputError
from mypt.training.reports import StepReport, ValidationReport

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TensorBoardObserver:
    """Writes each report as points, and takes back those after the step that a run goes on from."""

    def __init__(self, folder: Path) -> None:
        self._writer_class = _import_writer()
        self._folder = folder
        self._writer: SummaryWriter | None = None
        self._tokens: int | None = None

    def on_start(self, step: int, steps: int) -> None:  # noqa: ARG002
        """Take back every point after the step; all of them when the run starts anew."""
        self._open(after=step)

    def on_step(self, report: StepReport) -> None:
        """Write what the step measured."""
        points = {
            "training/loss": report.loss,
            "training/learning_rate": report.learning_rate,
            "training/grad_norm": report.grad_norm,
        }
        if report.seconds > 0:
            points["speed/data_wait"] = report.data_seconds / report.seconds
            if self._tokens is not None:
                points["speed/tokens_per_second"] = (report.tokens - self._tokens) / report.seconds
        self._tokens = report.tokens
        self._write(points, report.step)

    def on_validation(self, report: ValidationReport) -> None:
        """Write the loss of each category, and let readers see what was written."""
        points = {f"bits_per_byte/{name}": loss.bits_per_byte for name, loss in report.categories.items()}
        points |= {
            f"accuracy/{name}": loss.accuracy
            for name, loss in report.categories.items()
            if loss.accuracy is not None
        }
        for name, part in report.parts.items():
            points |= {f"nats_per_token/{name}": part.nats_per_token, f"accuracy/{name}": part.accuracy}
        self._write(points, report.step)
        if self._writer is not None:
            self._writer.flush()

    def on_event(self, row: Mapping[str, object]) -> None:
        """Write whether a checkpoint is GOLD; take back what a rollback undid."""
        match row:
            case {"event": "gold", "step": int(step), "is_gold": bool(is_gold)}:
                self._write({"gold/is_gold": float(is_gold)}, step)
            case {"event": "rollback", "to_step": int(step)}:
                self._open(after=step)

    def close(self) -> None:
        """Write out what is still in memory."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None

    def _open(self, *, after: int) -> None:
        """Start another file, whose first entry tells readers to forget later points of earlier files."""
        self.close()
        self._tokens = None
        self._writer = self._writer_class(str(self._folder), purge_step=after + 1 if after else 0)

    def _write(self, points: Mapping[str, float], step: int) -> None:
        if self._writer is not None:
            for name, value in points.items():
                self._writer.add_scalar(name, value, step)


@contextmanager
def tensorboard_events(folder: Path) -> Iterator[TensorBoardObserver]:
    """Yield an observer that writes to a folder until the block ends; InputError without tensorboard."""
    observer = TensorBoardObserver(folder)
    try:
        yield observer
    finally:
        observer.close()


def _import_writer() -> "type[SummaryWriter]":
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise InputError(
            "TensorBoard events need the package tensorboard, which is not installed",
            hint="pip install 'mypt[tensorboard]', or train without --tensorboard",
        ) from error
    return SummaryWriter
