"""`mypt plan`: what a run will take, before it is run."""

import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.types import PositiveInt

from mypt.cli.arguments import Overrides, RecipePath
from mypt.cli.config import load_training_recipe
from mypt.cli.plan_page import print_plan
from mypt.errors import ConfigError
from mypt.training.plan import Plan, make_plan
from mypt.training.plan_data import read_architecture, read_counts
from mypt.training.plan_machine import Machine, named_machine
from mypt.training.plan_notes import Note, notes_on

_HERE = ("auto", "cpu", "cuda")

Share = Annotated[float, Parameter(help="Share of the peak that training reaches, such as 0.45.")]


def plan(
    recipe: RecipePath,
    *,
    device: Annotated[str, Parameter(help="h100, a100, rtx4090, …; auto measures this machine.")] = "auto",
    processes: Annotated[PositiveInt, Parameter(help="Devices that train together.")] = 1,
    mfu: Share | None = None,
    overrides: Overrides = (),
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="For machines.")] = False,
) -> None:
    """Say what a run takes: work, epochs, memory, disk and hours. Ends with 1 when it cannot work."""
    if mfu is not None and not 0 < mfu <= 1:
        raise ConfigError(f"--mfu {mfu}: expected a share above 0 and up to 1", hint="--mfu 0.45")
    loaded = load_training_recipe(recipe, overrides)
    machine = _machine(device, loaded.training.precision, processes, mfu)
    counts = read_counts(loaded)
    made = make_plan(loaded, read_architecture(loaded, counts), machine, counts)
    notes = notes_on(made, loaded)
    if as_json:
        print(json.dumps(plan_values(made, notes)))
    else:
        print_plan(str(recipe), made, notes)
    if any(note.level == "refused" for note in notes):
        sys.exit(1)


def plan_values(plan: Plan, notes: tuple[Note, ...]) -> dict[str, Any]:
    """Return a plan as plain values, what follows from others included."""
    values = {**asdict(plan), "config": plan.config.model_dump(mode="json")}
    values["work"] |= {
        "tokens": plan.work.tokens,
        "training_flops": plan.work.training_flops,
        "conventional_training_flops": plan.work.conventional_training_flops,
    }
    values["work"]["flops_per_token"] |= {
        "training_flops": plan.work.flops_per_token.training_flops,
        "conventional_training_flops": plan.work.flops_per_token.conventional_training_flops,
    }
    for value, use in zip(values["sources"], plan.sources, strict=True):
        value["epochs"] = use.epochs
    values["memory"] |= {"total_bytes": plan.memory.needed.total_bytes, "fits": plan.memory.fits}
    values["time"]["seconds"] = plan.time.seconds
    values["disk"]["needed_bytes"] = plan.disk.needed_bytes
    return {**values, "notes": [asdict(note) for note in notes]}


def _machine(device: str, precision: str, n_processes: int, mfu: float | None) -> Machine:
    if device not in _HERE:
        return named_machine(device, precision, n_processes=n_processes, mfu=mfu)
    from mypt.bench.this_machine import this_machine  # brings torch, which takes seconds to import

    return this_machine(device, precision, n_processes=n_processes, mfu=mfu)
