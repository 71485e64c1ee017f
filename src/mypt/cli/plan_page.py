"""A plan as a page for people: what it takes, and what each number rests on."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mypt.model.size import TrainingMemory
from mypt.training.plan import Plan
from mypt.training.plan_notes import Note

Rows = list[tuple[str, str]]

_GB = 1e9
_GIB = 2**30
_STYLES = {"refused": "bold red", "warning": "yellow"}
_LARGE = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def print_plan(title: str, plan: Plan, notes: Sequence[Note]) -> None:
    """Print the page to stdout."""
    console = Console(file=sys.stdout, highlight=False, emoji=False, soft_wrap=True)
    machine = plan.machine
    console.print(
        f"[bold]{escape(title)}[/] on {machine.n_processes} x {escape(machine.name)}, {machine.precision}"
    )
    _section(console, "Model and work", _work_rows(plan))
    console.print(_sources(plan))
    _section(console, "Time", _time_rows(plan))
    _section(console, "Memory of each device", _memory_rows(plan))
    _section(console, "Disk", _disk_rows(plan))
    for note in notes:
        console.print(f"[{_STYLES[note.level]}]{note.level}:[/] {escape(note.text)}")


def _section(console: Console, title: str, rows: Rows) -> None:
    table = Table(title=title, title_justify="left", title_style="bold cyan", show_header=False, box=None)
    table.add_column(no_wrap=True, min_width=22)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, escape(value))
    console.print(table)


def _work_rows(plan: Plan) -> Rows:
    work, config, each = plan.work, plan.config, plan.work.flops_per_token
    return [
        (
            "parameters",
            f"{work.parameters:,}: {config.n_layer} layers x {config.n_embd}, {config.vocab_size:,} ids",
        ),
        ("steps", f"{work.steps:,} of {work.tokens_per_step:,} tokens"),
        ("tokens", f"{large(work.tokens)}, {work.tokens / work.parameters:.1f} for each parameter"),
        (
            "arithmetic",
            f"{each.conventional_training_flops / 1e9:.3g} GFLOP for a token as published (6N + 12LdT), "
            f"{each.training_flops / 1e9:.3g} counted exactly",
        ),
        (
            "",
            f"{work.conventional_training_flops:.3g} FLOP in all, {work.training_flops:.3g} counted exactly",
        ),
    ]


def _sources(plan: Plan) -> Table:
    table = Table(title="What is read", title_justify="left", title_style="bold cyan", box=None)
    table.add_column("stage")
    table.add_column("dataset")
    for name in ("share", "tokens", "of", "epochs"):
        table.add_column(name, justify="right")
    for use in plan.sources:
        known = "not built yet" if use.available is None else large(use.available)
        epochs = "unknown" if use.epochs is None else f"{use.epochs:.2f}"
        table.add_row(
            escape(use.stage), escape(use.dataset), f"{use.share:.0%}", large(use.tokens), known, epochs
        )
    return table


def _time_rows(plan: Plan) -> Rows:
    time, machine = plan.time, plan.machine
    return [
        ("the whole run", f"{duration(time.seconds)} at {time.tokens_per_second:,.0f} tokens per second"),
        ("of it validation", f"{duration(time.validation_seconds)}, {time.n_validations:,} times"),
        ("rests on", f"{machine.mfu:.0%} of {rate(machine.peak_flops)} a device"),
        ("  the share", machine.mfu_origin),
        ("  the peak", machine.peak_origin),
    ]


def _memory_rows(plan: Plan) -> Rows:
    memory = plan.memory
    verdict = "fits" if memory.fits else "DOES NOT FIT"
    levels = ", ".join(f"{name} {gib(size)}" for name, size in memory.by_checkpointing.items())
    return [
        *((name, gib(size)) for name, size in _parts(memory.needed)),
        (
            "together",
            f"{gib(memory.needed.total_bytes)} of {gib(memory.usable_bytes)} that can be used: {verdict}",
        ),
        ("with checkpointing", f"of activations: {levels}"),
    ]


def _parts(needed: TrainingMemory) -> list[tuple[str, int]]:
    return [
        ("weights", needed.weights_bytes),
        ("gradients", needed.gradients_bytes),
        ("optimizer", needed.optimizer_bytes),
        ("copies to compute with", needed.cast_weights_bytes),
        ("activations", needed.activations_bytes),
        ("logits", needed.logits_bytes),
    ]


def _disk_rows(plan: Plan) -> Rows:
    disk = plan.disk
    return [
        ("a checkpoint", f"{disk.checkpoint_bytes / _GB:.2f} GB, every {duration(disk.seconds_between)}"),
        ("the model", f"{disk.model_bytes / _GB:.2f} GB"),
        (
            "room needed",
            f"{disk.needed_bytes / _GB:.2f} GB for {disk.n_kept} checkpoints, one in the making, the model",
        ),
    ]


def large(number: float) -> str:
    """Return a large number in words that people use."""
    for unit, name in _LARGE:
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number:,.0f}"


def rate(flops: float) -> str:
    """Return FLOP per second in the unit of its size."""
    return f"{flops / 1e12:.4g} TFLOP/s" if flops >= 1e12 else f"{flops / 1e9:.4g} GFLOP/s"


def gib(n_bytes: int) -> str:
    """Return a size in GiB, small ones in MiB."""
    return f"{n_bytes / _GIB:.1f} GiB" if n_bytes >= _GIB else f"{n_bytes / 2**20:.0f} MiB"


def duration(seconds: float) -> str:
    """Return a time in the unit that people would say it in."""
    for unit, length in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} seconds"
