"""A model goes to the gate: its cases are evaluated, the verdict is written, both are kept as artifacts."""

from pathlib import Path

from mypt.errors import ManifestMismatch
from mypt.evaluation.gate import GateRecipe, GateReport, PhaseOf, judge_gate, recorded_phase, require_phase
from mypt.evaluation.report import to_markdown, to_page
from mypt.evaluation.run import evaluate
from mypt.files import read_json, write_atomic, write_json
from mypt.provenance.artifact import find, staged
from mypt.provenance.manifest import read_manifest

RESULTS_FOLDER, REPORT_FOLDER, REPORT_NAME = "results", "report", "gate.json"


def run_gate(
    folder: Path, recipe: GateRecipe, out: Path, *, phase_of: PhaseOf = recorded_phase, replace: bool = False
) -> GateReport:
    """Return the verdict on a sealed model, made or found as it was made before.

    `out` gets two artifacts, the results and the report, whether the model passes or not. Raises InputError
    for a model that was not trained for the phase, and for a bucket that no suite has.
    """
    require_phase(folder, recipe.phase, phase_of)
    evaluated = evaluate(folder, recipe.to_evaluation(), out / RESULTS_FOLDER, replace=replace)
    inputs, target = [evaluated.artifact], out / REPORT_FOLDER
    if find(target, "evaluation", recipe, inputs, replace=replace) is None:
        forgetting = read_manifest(folder).counts.get("forgetting")
        report = judge_gate(evaluated.results, recipe, forgetting)
        with staged(target, "evaluation", recipe, inputs, replace=replace) as draft:
            draft.counts |= {"passed": report.passed, "phase": report.phase}
            write_json(draft.path / REPORT_NAME, report.model_dump(mode="json"))
            write_atomic(draft.path / "report.md", to_markdown(report).encode())
            write_atomic(draft.path / "report.html", to_page([report]).encode())
    return read_report(target)


def read_report(folder: Path) -> GateReport:
    """Return the verdict that a gate left in a folder; ManifestMismatch when there is none."""
    inner = folder / REPORT_FOLDER if (folder / REPORT_FOLDER).is_dir() else folder
    if not (inner / REPORT_NAME).is_file():
        raise ManifestMismatch(f"{folder}: holds no verdict of a gate", hint="mypt eval gate makes one")
    return GateReport.model_validate(read_json(inner / REPORT_NAME))
