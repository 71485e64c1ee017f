"""A training run in the terminal: how far, how well, how fast, and what went wrong."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from mypt.bench.mfu import MfuMeter, mfu_meter
from mypt.cli.console import err, note
from mypt.tokenizer.registry import load_tokenizer
from mypt.training.initial_model import architecture
from mypt.training.precision import DTYPES, resolve_device, resolve_precision
from mypt.training.reports import HELD_OUT, StepReport, ValidationReport
from mypt.training.sft_recipe import TrainingRecipe

_RECENT_STEPS = 20
_BAD = {
    "nonfinite": "the loss or its gradient is no number",
    "spike": "the loss or its gradient is far above the last steps",
}


class ProgressObserver:
    """Moves the bar with each step, and notes what does not happen in every step."""

    def __init__(self, bar: "_BarWithFacts", task: TaskID, make_meter: Callable[[], MfuMeter] | None) -> None:
        self._bar = bar
        self._task = task
        self._make_meter = make_meter
        self._meter: MfuMeter | None = None
        self._recent: deque[StepReport] = deque(maxlen=_RECENT_STEPS + 1)
        self._held_out = ""
        self._gold = ""

    def on_start(self, step: int, steps: int) -> None:
        """Place the bar where the run starts or goes on."""
        if step:
            note(f"going on from the checkpoint at step {step}")
        self._bar.update(self._task, completed=step, total=steps)
        if self._make_meter is not None and step < steps:
            self._meter = self._make_meter()
            peak = self._meter.peak
            note(f"MFU: 6N + 12LdT a token, of {peak.flops / 1e12:,.2f} TFLOP/s ({peak.source})")

    def on_step(self, report: StepReport) -> None:
        """Show the step, and say so when its update was left out."""
        self._recent.append(report)
        self._bar.update(self._task, completed=report.step)
        self._show()
        if report.verdict in _BAD:
            note(
                f"step {report.step}: {_BAD[report.verdict]} (loss {report.loss:.3f}); its update is left out"
            )

    def on_validation(self, report: ValidationReport) -> None:
        """Show how well held-out text is predicted."""
        if HELD_OUT in report.categories:
            self._held_out = f"held-out {report.held_out.bits_per_byte:.3f} bits/byte"
            self._show()

    def on_event(self, row: Mapping[str, object]) -> None:
        """Note a new GOLD, a new stage and a way back."""
        match row["event"]:
            case "gold" if row["is_gold"]:
                self._gold = f"GOLD {row['step']}"
                self._show()
                note(f"step {row['step']}: new GOLD, {row['value']:.3f} bits/byte on held-out text")
            case "stage" if row["step"]:
                note(f"step {row['step']}: stage {row['name']} begins")
            case "rollback":
                self._recent.clear()
                note(f"step {row['step']}: back to step {row['to_step']}; the data in between is passed over")

    def _show(self) -> None:
        facts = [*self._facts_of_recent(), self._held_out, self._gold]
        self._bar.facts = "  ".join(fact for fact in facts if fact)

    def _facts_of_recent(self) -> Iterable[str]:
        """Say of the newest step its loss, and of the recent ones how fast they were."""
        if not self._recent:
            return
        yield f"loss {self._recent[-1].loss:.3f}"
        speed = _tokens_per_second(self._recent)
        if speed is not None:
            yield f"{speed:,.0f} tokens/s"
            if self._meter is not None:
                yield f"MFU {self._meter.share(speed):.1%}"
        seconds = sum(step.seconds for step in self._recent)
        if seconds > 0:
            yield f"data wait {sum(step.data_seconds for step in self._recent) / seconds:.1%}"
        yield f"stage {self._recent[-1].stage}"


@contextmanager
def training_progress(make_meter: Callable[[], MfuMeter] | None = None) -> Iterator[ProgressObserver]:
    """Show a bar while the block runs; yield the observer that moves it.

    With a meter it shows MFU; it is made when training starts, because a machine may have to be measured.
    """
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with _BarWithFacts(*columns, console=err) as bar:
        yield ProgressObserver(bar, bar.add_task("training", total=None), make_meter)


def recipe_meter(recipe: TrainingRecipe) -> MfuMeter:
    """Return the meter of what a recipe trains, on all processes of its run."""
    device = resolve_device(recipe.training.device)
    return mfu_meter(
        architecture(recipe, load_tokenizer(Path(recipe.dataset_paths[0]))),
        device,
        DTYPES[resolve_precision(recipe.training.precision, device)],
        n_devices=torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1,
    )


class _BarWithFacts(Progress):
    """A bar with a line below it that wraps where the terminal is narrow."""

    facts = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return the bar and the line."""
        yield from super().get_renderables()
        if self.facts:
            yield Text(self.facts)


def _tokens_per_second(steps: Iterable[StepReport]) -> float | None:
    """Return the speed over some steps; the first one only says how many tokens came before."""
    first, *rest = steps
    seconds = sum(step.seconds for step in rest)
    return (rest[-1].tokens - first.tokens) / seconds if seconds > 0 else None
