"""`mypt eval`: what a model does on the suites, whether the gate opens, and what changed."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import ModelPath, Overrides, Replace
from mypt.config import load, validate
from mypt.errors import InputError
from mypt.evaluation.compare import compare as compare_results
from mypt.evaluation.gate import GateRecipe
from mypt.evaluation.gate_run import RESULTS_FOLDER, read_report, run_gate
from mypt.evaluation.report import to_markdown, to_page
from mypt.evaluation.run import EvaluationRecipe, Results, evaluate, read_results
from mypt.files import write_atomic
from mypt.sft.run import phase_of

GATES = Path("configs/gates")
"""Where the recipes of the gates lie, one for each phase."""

Out = Annotated[Path, Parameter(help="Folder to write.")]
ResultsPath = Annotated[Path, Parameter(help="Folder of results, or of a gate that has some.")]
Names = Annotated[tuple[str, ...], Parameter(negative="")]


def run(
    model: ModelPath,
    *,
    out: Out,
    suite: Annotated[Names, Parameter(help="Name or file of a suite; may be repeated.")] = (),
    bucket: Annotated[Names, Parameter(help="Judge this bucket only; may be repeated.")] = (),
    device: Annotated[str, Parameter(help="auto, cpu or cuda.")] = "auto",
    replace: Replace = False,
) -> None:
    """Let a model answer the cases of suites, and print how many of each bucket pass."""
    values = {"suites": suite, "buckets": bucket, "device": device}
    recipe = validate(values, EvaluationRecipe, "the command line")
    results = evaluate(model, recipe, out, replace=replace).results
    for name, outcomes in results.buckets().items():
        print(f"{name}\t{sum(outcome.passed for outcome in outcomes)}/{len(outcomes)}")
    print(out)


def gate(
    model: ModelPath,
    *,
    out: Out,
    phase: Annotated[int | None, Parameter(help="Judge what is due after this phase, 1 to 6.")] = None,
    recipe: Annotated[Path | None, Parameter(help="Another recipe than the phase's own.")] = None,
    overrides: Overrides = (),
    replace: Replace = False,
) -> None:
    """Judge a model by the buckets of its phase and all earlier ones; a gate that stays shut ends with 5."""
    loaded = load(_recipe_path(phase, recipe), GateRecipe, overrides)
    report = run_gate(model, loaded, out, phase_of=phase_of, replace=replace)
    print(to_markdown(report).partition("\n## ")[0])
    report.raise_if_failed(str(out))


def compare(before: ResultsPath, after: ResultsPath) -> None:
    """Print what changed from one model to another, bucket by bucket, and which cases flipped."""
    print(compare_results(_results(before), _results(after)).to_markdown())


def report(
    *gates: Annotated[Path, Parameter(help="Folders of gates, one or several.")],
    out: Annotated[Path, Parameter(help="File to write.")] = Path("gates.html"),
) -> None:
    """Write what gates said as one HTML page, with every bucket over the phases."""
    if not gates:
        raise InputError("no gate is named", hint="mypt eval report artifacts/gates/* --out gates.html")
    write_atomic(out, to_page([read_report(folder) for folder in gates]).encode())
    print(out)


def _recipe_path(phase: int | None, recipe: Path | None) -> Path:
    if (phase is None) == (recipe is None):
        raise InputError(
            "name either a phase or a recipe", hint="--phase 1, or --recipe configs/gates/phase1.json"
        )
    return recipe or GATES / f"phase{phase}.json"


def _results(folder: Path) -> Results:
    inner = folder / RESULTS_FOLDER
    return read_results(inner if inner.is_dir() else folder)
