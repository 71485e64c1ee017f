"""`mypt sft`: the six phases from a base model to an assistant."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import DEMO_MODEL, Out, Overrides, RecipePath, Replace, default_out
from mypt.cli.console import note, progress_bar, stop_signal
from mypt.cli.processes import Processes
from mypt.cli.training import DEFAULT, Options, observers_of, run_training
from mypt.config import load
from mypt.errors import InputError
from mypt.files import write_json
from mypt.provenance.artifact import Artifact
from mypt.sft.phases import PHASES
from mypt.sft.recipe import PhaseRecipe
from mypt.sft.run import Curriculum, PhaseResult
from mypt.training.run import train as train_here
from mypt.training.sft_recipe import SftRecipe

RECIPES = Path("configs/sft")
Phases = Annotated[
    tuple[str, ...],
    Parameter(negative="", help="Numbers of phases, or recipes as JSON files; or else --all."),
]


def phases() -> None:
    """Print what each phase teaches, which tags it introduces and what it replays."""
    for phase in PHASES:
        tags = sorted(tag.value for tag in phase.introduces if not tag.value.startswith("</"))
        replay = ", ".join(f"{share:.0%} of phase {number}" for number, share in phase.replay.items())
        print(f"{phase.number}  {phase.slug}: {phase.learns}")
        made_by = ", ".join(phase.generators)
        print(f"   tags {' '.join(tags) or '-'}; replay {replay or '-'}; generators {made_by}")


@dataclass(frozen=True)
class RunOptions:
    """Where phases begin and end."""

    base: Annotated[Path, Parameter(help="Folder of the base model.")] = DEMO_MODEL
    recipes: Annotated[Path, Parameter(help="Folder of the recipes of the phases.")] = RECIPES
    out: Annotated[Path, Parameter(help="Folder that gets a folder for each phase.")] = Path("artifacts/sft")
    keep_going: Annotated[
        bool, Parameter(negative="", help="Go on to the next phase though a gate stays shut.")
    ] = False
    processes: Processes = 1
    replace: Replace = False


def run(
    which: Phases = (),
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="All six phases.")] = False,
    options: Annotated[RunOptions, Parameter(name="*")] = RunOptions(),
    overrides: Overrides = (),
) -> None:
    """Take phases from their parents through their gates, and print the folder of the last model.

    Steps that are finished are found; Ctrl-C stops the training with a checkpoint, and the same
    command goes on. Ends with exit code 5 when a gate stays shut.
    """
    paths = _recipe_paths(which, options.recipes, all_=all_)
    results = run_phases([load(path, PhaseRecipe, overrides) for path in paths], options)
    if results is None:
        note(f"stopped with a checkpoint in {options.out}; the same command goes on from there")
        sys.exit(130)
    print(results[-1].model.path)
    for result in results:
        result.gate.raise_if_failed(result.folder.gate.as_posix())


def train(
    recipe: RecipePath, *, out: Out = None, overrides: Overrides = (), options: Options = DEFAULT
) -> None:
    """Train one phase on episodes that are tokenised already, and print the folder of the model."""
    model = run_training(load(recipe, SftRecipe, overrides), out or default_out(recipe, "sft"), options)
    print(model.path)


def run_phases(recipes: Sequence[PhaseRecipe], options: RunOptions) -> list[PhaseResult] | None:
    """Return what each phase came to, up to one whose gate stays shut unless told to keep going.

    None when the training was stopped.
    """
    results: list[PhaseResult] = []
    with stop_signal() as should_stop:
        train_phase = _trainer(options, should_stop)
        curriculum = Curriculum(options.base, options.out, progress_bar, train_phase, replace=options.replace)
        for recipe in recipes:
            note(f"phase {recipe.phase}: {recipe.definition.learns}")
            result = curriculum.run(recipe)
            if result is None:
                return None
            results.append(result)
            if not _note_gate(result) and not options.keep_going:
                break
    return results


def _recipe_paths(which: Sequence[str], folder: Path, *, all_: bool) -> list[Path]:
    """Return the recipes in the order of their phases; InputError when none or both are asked for."""
    if all_ == bool(which):
        raise InputError("say which phases: numbers, recipes, or --all", hint="mypt sft run --all")
    numbers = {str(phase.number): folder / f"{phase.slug}.json" for phase in PHASES}
    return [numbers.get(name, Path(name)) for name in (numbers if all_ else which)]


def _note_gate(result: PhaseResult) -> bool:
    """Say how a gate judged, and return whether it opened."""
    buckets, verdict = result.gate.buckets, "opens" if result.gate.passed else "stays shut"
    n_passed = sum(bucket.passed for bucket in buckets)
    note(f"the gate of phase {result.phase.number} {verdict}: {n_passed} of {len(buckets)} buckets pass")
    return result.gate.passed


def _trainer(
    options: RunOptions, should_stop: Callable[[], bool]
) -> Callable[[SftRecipe, Path], Artifact | None]:
    """Return what trains a phase: this process, or several others that do nothing else."""

    def here(recipe: SftRecipe, folder: Path) -> Artifact | None:
        with observers_of(recipe, folder) as observers:
            return train_here(recipe, folder, observers, should_stop=should_stop, replace=options.replace)

    def elsewhere(recipe: SftRecipe, folder: Path) -> Artifact | None:
        path = folder.with_name("train.json")
        write_json(path, recipe.model_dump(mode="json"))
        command = [sys.executable, "-m", "mypt", "sft", "train", path.as_posix(), "--out", folder.as_posix()]
        more = ["--processes", str(options.processes), *(["--replace"] if options.replace else [])]
        code = subprocess.run([*command, *more], check=False, stdout=subprocess.DEVNULL).returncode  # noqa: S603
        if code not in (0, 130):
            sys.exit(code)
        return here(recipe, folder) if code == 0 else None

    return here if options.processes == 1 else elsewhere
